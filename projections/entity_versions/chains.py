"""Chains of entity versions: a row holds what its entity has more than that of an earlier row, its base.

The histories of an entity grow with its events; if each row held them whole, the rows of a deal would grow by the
square of its length. As in a skip list, a row that passes a multiple of 16 events is a base of the rows after it, one
that passes a multiple of 256 is a base of those, and so on: a chain has a row for each power, and a row holds as much
as its own power. Each row names the digest of its base, so what vouches for a row vouches for its chain.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from domain.entities.base import Entity, Key
from domain.folded_deal import EntityKey
from projections.entity_versions.codec import Link, Reference, Stored, decode, encode, parse

RADIX = 16
"""Events after which a row is a base, and the ratio of each power to the one before."""

CACHED_LINKS = 4_096
"""Decoded bases of one deal that are held in memory."""


Chain = tuple[Link, ...]
"""The bases of a row, newest first."""

Wanted = Sequence[tuple[EntityKey, Reference]]

Fetch = Callable[[Wanted], Mapping[bytes, bytes]]
"""Reads the bodies of rows, by their digests."""


def reference(key: Key, known_from: int, body: bytes) -> Reference:
    """What names a row as a base."""
    return Reference(*key, known_from, sha256(body).digest())


def level(count: int, before: int) -> int:
    """The greatest power of 16 of which a row of so many events passes a multiple that the row before it did not."""
    power = 0
    while (count := count // RADIX) != (before := before // RADIX):
        power += 1
    return power


def base(chain: Chain, power: int) -> Link | None:
    """The base of a row of this level that follows a chain."""
    return next((link for link in chain if link.level > power), None)


def link(chain: Chain, entity: Entity, power: int, named: Reference) -> Chain:
    """A chain after one more row: a base, unless it passed no multiple."""
    return (Link(entity, power, named), *(each for each in chain if each.level > power)) if power else chain


def size_after(entity: Entity, body: bytes, power: int, chain: Chain) -> int:
    """The bytes that a row costs which follows that of an entity, at least: those of a row that is a base are shared by
    all that rest on it."""
    return len(encode(entity, base=chain[0])) if power else len(body)


class Decoded(NamedTuple):
    """The entity of a row."""

    entity: Entity
    chain: Chain
    """The bases of the row after it."""
    level: int
    """The power of 16 of which the row passed a multiple; 0: of none."""


class Chains:
    """The decoded bases of one deal, by their digests."""

    def __init__(self) -> None:
        self._held: OrderedDict[bytes, Chain] = OrderedDict()

    def clear(self) -> None:
        """Hold nothing."""
        self._held.clear()

    def hold(self, chain: Chain) -> None:
        """Hold bases that are decoded already."""
        for at, each in enumerate(chain):
            self._held[each.reference.digest] = chain[at:]

    def read(self, rows: Mapping[EntityKey, tuple[Key, int, bytes]], fetch: Fetch) -> dict[EntityKey, Decoded]:
        """The entities of rows. A row is given by its place, the version from which it is known, and its body; those
        whose base is not there are left out."""
        parsed = {
            slot: [(reference(key, known_from, body), parse(body))] for slot, (key, known_from, body) in rows.items()
        }
        while wanted := [
            (slot, found)
            for slot, stored in parsed.items()
            if (found := stored[-1][1].base) is not None and found.digest not in self._held
        ]:
            bodies = fetch(wanted)
            for slot, named in wanted:
                body = bodies.get(named.digest)
                if body is None or sha256(body).digest() != named.digest:
                    del parsed[slot]
                else:
                    parsed[slot].append((named, parse(body)))
        entities = {slot: self._decoded(stored) for slot, stored in parsed.items()}
        while len(self._held) > CACHED_LINKS:
            self._held.popitem(last=False)
        return entities

    def _decoded(self, rows: Sequence[tuple[Reference, Stored]]) -> Decoded:
        """Decode rows, given newest first, from the oldest on; the bases are held."""
        (_, newest), *bases = rows
        chain: Chain = ()
        if (oldest := rows[-1][1].base) is not None:
            chain = self._held[oldest.digest]
            self._held.move_to_end(oldest.digest)
        for named, stored in reversed(bases):
            chain = self._held[named.digest] = link(chain, _entity(stored, chain), stored.level, named)
        entity = _entity(newest, chain)
        return Decoded(entity, link(chain, entity, newest.level, rows[0][0]), newest.level)


def _entity(stored: Stored, chain: Chain) -> Entity:
    return decode(stored, None if stored.base is None else chain[0].entity)
