"""Reads of the transparency log: tree heads, tiles, proofs, and the seal level of each event.

recorded      on disk
signed        a tree head signed by the log covers it
witnessed     and a witness has signed such a tree head
timestamped   and an outside authority has stamped such a tree head
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from time import time_ns
from typing import Literal

from domain.errors import Busy, InvalidInput, NotProven
from domain.time.edtf import parse_moment
from domain.time.instants import SECOND, Moment
from ledger.encoding.leaf import read_leaf
from ledger.event_reader import LogReader
from ledger.merkle.note import COSIGNATURE, Checkpoint, Key, Note, Signature, Verified
from ledger.merkle.proof import InclusionProof
from ledger.merkle.tiles import ENTRIES, Tile, encode_bundle
from ledger.merkle.tree import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH, Tree
from ledger.postgres import binary_arrays
from ledger.tlog.witnesses import UnknownWitness, misdated

Level = Literal["recorded", "signed", "witnessed", "timestamped"]

COVERED_SOON_SECONDS = 1
"""Time within which a recorded event is covered by a tree head, while the signer works."""


JUDGED_KEPT = 1_000
"""Cosignatures of which it is remembered whether they hold."""


class NotYetSealed(Busy):
    """No tree head covers the event yet."""

    code = "not-yet-sealed"


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A cosignature of a witness on a tree head."""

    key: Key
    stated_at: Moment
    line: str


@dataclass(frozen=True, slots=True)
class Stamped:
    """A timestamp of `note`: `response` is the TimeStampResp of RFC 3161, DER."""

    stated_at: Moment
    note: bytes
    response: bytes


@dataclass(frozen=True)
class Head:
    """A tree head as the log signed it."""

    size: int
    signed_at: Moment
    root: bytes
    note: bytes

    @cached_property
    def checkpoint(self) -> Checkpoint:
        return Checkpoint.parse(Note.parse(self.note).text)


class TransparencyLog:
    """The transparency log of one ledger. Safe to share between threads. Methods raise Busy without a database."""

    def __init__(self, ledger: LogReader, witnesses: Iterable[Key] = ()) -> None:
        """`witnesses` are the keys whose cosignatures count."""
        self.ledger = ledger
        self.witnesses = tuple(witnesses)
        self._judged: dict[tuple[int, str, str], bool] = {}
        self._tree = Tree(0, self.read_tile)

    def head(self) -> Head | None:
        """The newest tree head; None before the first."""
        found = self.ledger.rows("newest_checkpoint")
        return Head(*found[0]) if found else None

    def covering(self, position: int) -> Head:
        """The first tree head that covers a position. Raises NotYetSealed."""
        found = self.ledger.rows("checkpoint_covering", size=position)
        if not found:
            raise NotYetSealed(
                f"Position {position} is recorded, and not yet covered by a signed checkpoint; ask again in a second.",
                extra={"retry_after": COVERED_SOON_SECONDS},
            )
        return Head(*found[0])

    def heads(self, after_size: int = 0, limit: int = 1_000) -> list[Head]:
        """Tree heads of growing size."""
        return [Head(*row) for row in self.ledger.rows("checkpoints", after=after_size, limit=limit)]

    def served(self, head: Head) -> bytes:
        """The signed note of a tree head, with what witnesses added."""
        return head.note + "".join(each.line for each in self.cosignatures(head.size)).encode()

    def public_keys(self) -> tuple[Key, ...]:
        """The public keys in use: those that signed the newest tree head."""
        head = self.head()
        if head is None:
            return ()
        signing = {(line.name, line.key_id) for line in Note.parse(head.note).signatures}
        return tuple(key for key in self.all_keys() if (key.name, key.id) in signing)

    def all_keys(self) -> tuple[Key, ...]:
        """Every public key that the log ever had, oldest first."""
        return tuple(Key.parse(vkey) for (vkey,) in self.ledger.rows("log_keys"))

    def tile(self, tile: Tile) -> bytes | None:
        """The bytes of a tile or an entry bundle; None where no signed tree has it."""
        head = self.head()
        level = max(tile.level, 0)
        if head is None or tile.index * TILE_WIDTH + tile.width > head.size >> level * TILE_HEIGHT:
            return None
        if tile.level == ENTRIES:
            rows = self.ledger.leaves(tile.index * TILE_WIDTH, tile.width)
            return encode_bundle([leaf for _, leaf, _ in rows])
        return self.read_tile(tile.level, tile.index, tile.width)

    def proof(self, position: int) -> InclusionProof:
        """Proof that the event at a position is in the newest tree head. Raises NotYetSealed."""
        head = self.head()
        if head is None or head.size < position:
            head = self.covering(position)
        hashes = self.tree(head.size).inclusion_proof(position - 1)
        return InclusionProof(position - 1, tuple(hashes), self.served(head))

    def tree(self, size: int) -> Tree:
        """The tree as it was at a size that a tree head has."""
        if self._tree.size != size:
            self._tree = Tree(size, self.read_tile)
        return self._tree

    def levels(self) -> "Levels":
        """The seal status of the log."""
        [(signed, stamped)] = self.ledger.rows("signed_extent")
        return Levels(signed or 0, self._witnessed(), stamped or 0)

    def _witnessed(self) -> int:
        """Leaves under the greatest tree head that a configured witness has signed."""
        if not self.witnesses:
            return 0
        rows = self.ledger.rows("newest_cosignatures", vkeys=binary_arrays.texts(map(str, self.witnesses)))
        return next((size for size, vkey, stated_at, line in rows if self._counts(size, vkey, stated_at, line)), 0)

    def cosignatures(self, size: int) -> list[Cosigned]:
        """The cosignatures of configured witnesses on the tree head of a size."""
        if not self.witnesses:
            return []
        found: dict[str, Cosigned] = {}
        for vkey, stated_at, line in self.ledger.rows(
            "cosignatures", size=size, vkeys=binary_arrays.texts(map(str, self.witnesses))
        ):
            if vkey not in found and self._counts(size, vkey, stated_at, line):
                found[vkey] = Cosigned(Key.parse(vkey), stated_at, line)
        return list(found.values())

    def _counts(self, size: int, vkey: str, stated_at: Moment, line: str) -> bool:
        """Whether a stored cosignature is valid and has a plausible time."""
        known = self._judged.get((size, vkey, line))
        if known is None:
            key = next(key for key in self.witnesses if str(key) == vkey)
            try:
                [verified] = Note.parse(self.covering(size).checkpoint.text() + b"\n" + line.encode()).verify([key])
                known = verified.time is not None and verified.time * SECOND == stated_at
            except NotProven:
                known = False
            known = known and misdated(stated_at // SECOND, self._existed_from(size), time_ns() // 1_000) is None
            self._judged[size, vkey, line] = known
            while len(self._judged) > JUDGED_KEPT:
                self._judged.pop(next(iter(self._judged)), None)
        return known

    def _existed_from(self, size: int) -> Moment:
        """When the last event under a tree head was recorded: before that there was no such tree."""
        [(_, leaf, _)] = self.ledger.leaves(size - 1, 1)
        return parse_moment(read_leaf(leaf).recorded_at)

    def timestamps(self, size: int) -> list[Stamped]:
        """The timestamps on the tree head of a size."""
        return [Stamped(*row) for row in self.ledger.rows("timestamps", size=size)]

    def cosign(self, vkey: str, note: bytes) -> Verified:
        """Store a witness's cosignature of a tree head of this log. Raises InvalidInput, NotProven."""
        try:
            key = Key.parse(vkey)
        except ValueError as error:
            raise InvalidInput(f"The witness's key cannot be read: {error}.") from error
        if key.kind != COSIGNATURE:
            raise InvalidInput(f"{key.name} is the key of a log; a witness signs with a cosignature key (type 0x04).")
        if key not in self.witnesses:
            raise UnknownWitness(
                f"{key.name} is no witness of this log: name its key in PARLEY_WITNESSES, and its cosignatures count."
            )
        sent = Note.parse(note)
        checkpoint = Checkpoint.parse(sent.text)
        ours = self.covering(checkpoint.size) if checkpoint.size else None
        if ours is None or ours.checkpoint.text() != sent.text:
            raise InvalidInput(
                f"The log {self.ledger.origin} has signed no checkpoint of {checkpoint.size} leaves with that root.",
                hint="read-checkpoint",
            )
        [verified] = sent.verify([key])
        if wrong := misdated(verified.time, self._existed_from(ours.size), time_ns() // 1_000):
            raise InvalidInput(f"The cosignature by {key.name} is not taken. {wrong} Set the witness's clock right.")
        line = _line_of(sent, key)
        self.ledger.rows("insert_cosignature", size=ours.size, vkey=str(key), seconds=verified.time, line=str(line))
        return verified

    def stamped(self, head: Head, stated_at: Moment, response: bytes) -> None:
        """Store an authority's timestamp of a tree head. The caller has verified it."""
        self.ledger.rows("insert_timestamp", size=head.size, microseconds=stated_at, note=head.note, response=response)

    def stored_size(self) -> int:
        """How many leaf hashes the stored tree has; at least as many as are signed."""
        found = self.ledger.rows("tree_size")
        return int(found[0][0]) if found else 0

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """The first hashes of a tile as they are stored, signed or not; fewer where there are fewer."""
        rows = self.ledger.rows("tile", level=level, first=index * TILE_WIDTH)
        return b"".join(hashes for (hashes,) in rows)[: width * HASH_BYTES]


@dataclass(frozen=True, slots=True)
class Levels:
    """The last positions that are signed, witnessed, timestamped; 0 where none is."""

    signed: int
    witnessed: int
    timestamped: int

    def of(self, position: int) -> Level:
        """The seal level of an event."""
        if position <= self.timestamped:
            return "timestamped"
        if position <= self.witnessed:
            return "witnessed"
        return "signed" if position <= self.signed else "recorded"


def _line_of(note: Note, key: Key) -> Signature:
    return next(line for line in note.signatures if (line.name, line.key_id) == (key.name, key.id))
