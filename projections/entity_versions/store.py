"""The stored rows of long deals as a query reads them, each with a keyed digest that is checked.

The digest covers the row, the hash of the leaf of the last event that it knows (and so all of the deal's record up to
there), and the last erasure of the deal: a row that was altered, that belongs to a record rolled back since, or that
holds what was erased since, is passed over and derived from the record. Without a key nothing stored is read.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
import structlog
from msgspec.structs import astuple
from psycopg import errors
from psycopg.sql import SQL, Identifier

from domain.entities.base import Entity, Key
from domain.envelope import RecordedEvent
from domain.folded_deal import EntityKey
from ledger.append.preparation import OPENING
from ledger.encoding.erasures import Erasure, erasures
from ledger.encoding.event_codec import ERASING, line
from ledger.ledger import Ledger
from ledger.models import Recorded
from ledger.postgres.connection import transaction
from projections.entity_versions.chains import Chains, Wanted
from projections.entity_versions.event_index import Chunk
from projections.keyed_digest import Authenticator
from projections.row_authentication import NotAuthentic, RowAuthenticator
from projections.schema_names import schema_name
from projections.sql import sql

log = structlog.get_logger()

NAME = "entities"
"""The name of the projection."""

LAST = 2**31 - 1
"""The last known version of a row that holds as far as is known."""

_chunks = msgspec.msgpack.Decoder(Chunk)


def slot_of(entity_key: EntityKey) -> bytes:
    """The column that identifies an entity of a deal."""
    return "/".join(entity_key).encode("utf-8", "surrogatepass")


def pack(chunk: Chunk) -> bytes:
    """The stored form of a chunk of the index."""
    return zlib.compress(msgspec.msgpack.encode(chunk), 1)


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """An entity folded up to a place, as known from one version to another."""

    key: Key
    known_from: int
    known_to: int
    entity: Entity

    def holds(self, start: int, version: int) -> bool:
        """Whether it is of that moment or an earlier one, and known so at that version."""
        return self.key[0] <= start and self.known_from <= version <= self.known_to


class EntityStore:
    """The live rows of one log, and the events that they are derived from. Safe to share between threads."""

    def __init__(self, ledger: Ledger, authenticator: Authenticator | None) -> None:
        self.ledger = ledger
        self.trusts = authenticator is not None
        """Whether a key is at hand."""
        self.rows = RowAuthenticator(authenticator, ledger.tenant, ledger.origin, NAME)
        """The authenticator of the rows."""
        self._schema_name = schema_name(NAME, ledger.tenant)

    def _read(self, name: str, **given: Any) -> list[Any]:
        with transaction(self.ledger.pool, self.ledger.tenant) as connection:
            parameters = {"tenant": self.ledger.tenant, **given}
            return connection.execute(sql(name).encode(), parameters, binary=True).fetchall()

    def _read_live(self, name: str, **given: Any) -> list[Any]:
        """Rows of the live tables; none where the tables are not there, or without a key."""
        if not self.trusts:
            return []
        table = Identifier(self._schema_name, "entity_versions")
        statement = SQL(sql(name)).format(schema=Identifier(self._schema_name), entity_versions=table)
        try:
            with transaction(self.ledger.pool, self.ledger.tenant) as connection:
                parameters = {"tenant": self.ledger.tenant, **given}
                return connection.execute(statement, parameters, binary=True).fetchall()
        except errors.UndefinedTable:
            return []

    def _trusted(self, table: str, basis: str, rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, dict[str, Any]]]:
        """Those rows that bear their digest, of this basis and of this record: each after its other columns."""
        for *before, text, mac, leaf_hash in rows:
            row = orjson.loads(text) if self.rows.is_authentic(table, text, mac) else {}
            if _is_of(row, basis, leaf_hash):
                yield (*before, mac), row
            else:
                log.warning("stored-derivation-not-trusted", projection=NAME, table=table)

    def verified(
        self, deal_id: str, table: str, basis: str, rows: Sequence[Sequence[Any]]
    ) -> list[tuple[Any, dict[str, Any]]]:
        """Each of these rows after its other columns, for the writer, which goes on from them. Digests are checked of
        rows of other transactions, and not without a key. Raises NotAuthentic where one is forged, of another basis
        or of another record."""
        self.rows.check(table, ((deal_id, text, mac) for *_, text, mac, own, _ in rows if not own))
        found = [(tuple(before), orjson.loads(text), leaf_hash) for *before, text, _, _, leaf_hash in rows]
        if not all(_is_of(row, basis, leaf_hash) for _, row, leaf_hash in found):
            raise NotAuthentic([deal_id])
        return [(before, row) for before, row, _ in found]

    def origin(self, deal_id: str) -> tuple[RecordedEvent | None, int]:
        """A deal's opening, and the version of its last erasure (0: none): on both rests all that is derived of it."""
        rows = self._read("deal_origin", deal=deal_id, opening=OPENING, erasing=ERASING)
        opened = [position for position, _, kind in rows if kind == OPENING][:1]
        erased = max((version for _, version, kind in rows if kind == ERASING), default=0)
        return next(iter(self.events_at(opened)), None) if opened else None, erased

    def erasures(self, deal_id: str) -> dict[str, Erasure]:
        """The erased events of a deal, each with its remains in the erasure."""
        return erasures(Recorded._make(row) for row in self.ledger.rows("record_events", deal=deal_id))

    def events_at(self, positions: Sequence[int]) -> list[RecordedEvent]:
        """The events at these positions, decoded."""
        rows = self._read("events_at_positions", positions=list(positions))
        return [line(Recorded._make(row)) for row in rows]

    def chunks(self, deal_id: str, basis: str) -> list[tuple[int, Chunk]]:
        """The stored index of a deal: (first version, places), by version."""
        rows = self._read_live("read_event_index", deal=deal_id)
        return [
            (row["from_version"], _chunks.decode(zlib.decompress(bytes_of(row["chunk"]))))
            for _, row in self._trusted("event_index", basis, rows)
        ]

    def covered(self, deal_id: str, basis: str) -> int:
        """The version that the rows of a deal reach; 0: there are none that can be trusted."""
        rows = self._read_live("read_entity_coverage", deal=deal_id)
        return max((row["version"] for _, row in self._trusted("covered_deals", basis, rows)), default=0)

    def digests(self, deal_id: str, slots: Sequence[bytes], start: int, version: int) -> dict[bytes, bytes | None]:
        """Of each entity that has a row at a moment, as known at a version, the digest of that row."""
        rows = self._read_live("read_entity_digests", deal=deal_id, slots=[*slots], start=start, version=version)
        return {slots[number - 1]: mac for number, mac in rows}

    def entity_versions(
        self, deal_id: str, basis: str, slots: Mapping[bytes, EntityKey], start: int, version: int, chains: Chains
    ) -> Mapping[EntityKey, tuple[bytes, EntityVersion]]:
        """Of each entity that has a trusted row at a moment, as known at a version, that row after its digest."""
        names = [*slots]
        rows = self._read_live("read_entity_versions", deal=deal_id, slots=names, start=start, version=version)
        trusted = {
            slots[names[number - 1]]: (mac, row)
            for (number, mac), row in self._trusted("entity_versions", basis, rows)
            if bytes_of(row["slot"]) == names[number - 1]
        }
        bodies = {slot: body_of(row) for slot, (_, row) in trusted.items()}
        found = {}
        for slot, decoded in chains.read(bodies, lambda wanted: self._bases(deal_id, wanted)).items():
            mac, row = trusted[slot]
            held = EntityVersion(bodies[slot][0], row["known_from"], row["known_to"], decoded.entity)
            if held.holds(start, version):
                found[slot] = (mac, held)
        return found

    def _bases(self, deal_id: str, wanted: Wanted) -> Mapping[bytes, bytes]:
        return dict(self._read_live("entity_bodies", deal=deal_id, **columns(wanted)))


def columns(wanted: Wanted) -> dict[str, Any]:
    """The places of rows as columns, and their digests."""
    names = ("slot", "start", "rank", "version", "known_from", "digest")
    rows = [(slot_of(slot), *astuple(named)) for slot, named in wanted]
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def body_of(row: Mapping[str, Any]) -> tuple[Key, int, bytes]:
    """The place of a row, the version from which it is known, and its body."""
    return (row["start"], row["rank"], row["version"]), row["known_from"], bytes_of(row["body"])


def _is_of(row: Mapping[str, Any], basis: str, leaf_hash: bytes) -> bool:
    """Whether a row was derived on a basis, from the record that has this leaf."""
    return row.get("basis") == basis and bytes_of(row["leaf_hash"]) == leaf_hash


def bytes_of(column: str) -> bytes:
    """The bytes of a bytea in the text of a row."""
    return bytes.fromhex(column[2:])
