"""Snapshots and places as stored in PostgreSQL, each row with a keyed digest that is checked on reading.

The digest covers the row, the hash of the deal's leaf at its version (and so all of the deal's record up to there), and
the last erasure by then: a row that was altered, that belongs to a record rolled back since, or that holds what was
erased since, is passed over and derived again. Without a key nothing is stored, and nothing stored is read.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
import structlog

from domain.entities.base import Entity, Key
from domain.envelope import RecordedEvent
from domain.folded_deal import EntityKey
from ledger.append.preparation import OPENING
from ledger.encoding.erasures import Erasure, erasures
from ledger.encoding.event_codec import ERASING, line
from ledger.ledger import Ledger
from ledger.models import Recorded
from ledger.postgres.connection import connect, transaction
from projections.keyed_digest import Authenticator, code_version
from projections.snapshots.codec import decode, encode
from projections.snapshots.event_index import Chunk
from projections.sql import sql

log = structlog.get_logger()

_chunks = msgspec.msgpack.Decoder(Chunk)
_versions = msgspec.msgpack.Decoder(tuple[int, ...])


@dataclass(frozen=True, slots=True, order=True)
class Snapshot:
    """The place of a folded state; its entities are read when needed."""

    key: Key
    version: int
    kind: str
    open_versions: tuple[int, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class StoredSnapshot:
    """A snapshot as it is stored."""

    snapshot: Snapshot
    things: bytes


@dataclass(frozen=True, slots=True)
class StoredRows:
    """What is stored of a deal."""

    places: list[tuple[int, Chunk]]
    snapshots: list[StoredSnapshot]


class SnapshotStore:
    """The tables of one log's snapshots. Made on first use; safe to share between threads."""

    def __init__(self, ledger: Ledger, authenticator: Authenticator | None = None) -> None:
        self.ledger = ledger
        self.authenticator = authenticator
        """None: no key is at hand."""
        self._created = False

    def _create_tables(self) -> None:
        """Create the tables, once among all processes."""
        with connect(self.ledger.conninfo) as connection, connection.transaction():
            connection.execute(sql("lock_snapshot_tables").encode())
            connection.execute(sql("snapshot_tables").encode())
        self._created = True

    def _execute(self, statement: str, parameters: dict[str, Any], *, reads: bool = False) -> list[Any]:
        if not self._created:
            self._create_tables()
        with transaction(self.ledger.pool, self.ledger.tenant) as connection:
            cursor = connection.execute(statement.encode(), {"tenant": self.ledger.tenant, **parameters}, binary=reads)
            return cursor.fetchall() if reads else []

    def origin(self, deal_id: str) -> tuple[RecordedEvent | None, int]:
        """A deal's opening, and the version of its last erasure (0: none): on both rests all that is derived of it."""
        rows = self._execute(sql("deal_origin"), {"deal": deal_id, "opening": OPENING, "erasing": ERASING}, reads=True)
        opened = [position for position, _, kind in rows if kind == OPENING][:1]
        erased = max((version for _, version, kind in rows if kind == ERASING), default=0)
        return next(iter(self.events_at(opened)), None) if opened else None, erased

    def erasures(self, deal_id: str) -> dict[str, Erasure]:
        """The erased events of a deal, each with its remains in the erasure."""
        return erasures(Recorded._make(row) for row in self.ledger.rows("record_events", deal=deal_id))

    def _digest(self, table: str, deal_id: str, erased: int, leaf_hash: bytes, *parts: str | int | bytes) -> bytes:
        assert self.authenticator is not None
        return self.authenticator.digest(
            table, self.ledger.tenant, self.ledger.origin, deal_id, erased, leaf_hash, *parts
        )

    def _leaf_hash(self, deal_id: str, version: int) -> bytes:
        rows = self._execute(sql("leaf_hash"), {"deal": deal_id, "version": version}, reads=True)
        return rows[0][0] if rows else b""

    def _trusted(self, deal_id: str, erased: int, rows: Sequence[tuple[Any, ...]], table: str) -> Iterator[Any]:
        """Those rows that bear their digest; each ends with the hash of its leaf and the digest."""
        for *parts, leaf_hash, mac in rows:
            if self.authenticator is not None and self.authenticator.verify(
                mac, table, self.ledger.tenant, self.ledger.origin, deal_id, erased, leaf_hash, *parts
            ):
                yield parts
            else:
                log.warning("stored-derivation-not-trusted", table=table, deal=deal_id, version=parts[0])

    def chunks(self, deal_id: str, erased: int) -> list[tuple[int, Chunk]]:
        """Stored places: (first version, places), by version."""
        if self.authenticator is None:
            return []
        rows = self._execute(sql("event_index"), {"deal": deal_id, "code": code_version()}, reads=True)
        return [
            (first, _chunks.decode(zlib.decompress(places)))
            for first, _, places in self._trusted(deal_id, erased, rows, "places")
        ]

    def save_chunk(self, deal_id: str, erased: int, first: int, chunk: Chunk) -> None:
        if self.authenticator is None:
            return
        last = first + len(chunk.positions) - 1
        places = zlib.compress(msgspec.msgpack.encode(chunk), 1)
        mac = self._digest("places", deal_id, erased, self._leaf_hash(deal_id, last), first, last, places)
        given = {"deal": deal_id, "first": first, "last": last, "places": places, "mac": mac}
        self._execute(sql("upsert_event_index"), {**given, "code": code_version()})

    def snapshots(self, deal_id: str, erased: int) -> list[Snapshot]:
        """Every snapshot of a deal, by place and version."""
        if self.authenticator is None:
            return []
        rows = self._execute(sql("snapshots_of_deal"), {"deal": deal_id, "code": code_version()}, reads=True)
        return [
            Snapshot((start, rank, last), version, kind, _versions.decode(open_versions))
            for version, start, rank, last, kind, open_versions, _ in self._trusted(
                deal_id, erased, rows, "checkpoints"
            )
        ]

    def save(self, deal_id: str, erased: int, checkpoint: Snapshot, things: dict[EntityKey, Entity]) -> None:
        if self.authenticator is None:
            return
        start, rank, last = checkpoint.key
        stored = zlib.compress(encode(things), 1)
        given: dict[str, str | int | bytes] = {
            "version": checkpoint.version, "start": start, "rank": rank, "last": last, "kind": checkpoint.kind,
            "open": msgspec.msgpack.encode(checkpoint.open_versions), "hash": sha256(stored).digest(),
        }  # fmt: skip
        leaf_hash = self._leaf_hash(deal_id, checkpoint.version)
        mac = self._digest("checkpoints", deal_id, erased, leaf_hash, *given.values())
        self._execute(
            sql("upsert_snapshot"), {"deal": deal_id, **given, "things": stored, "code": code_version(), "mac": mac}
        )

    def things(self, deal_id: str, erased: int, checkpoint: Snapshot) -> dict[EntityKey, Entity] | None:
        """The folded state of a snapshot; None where it was dropped or altered meanwhile."""
        if self.authenticator is None:
            return None
        start, rank, last = checkpoint.key
        given = {"start": start, "rank": rank, "last": last, "version": checkpoint.version, "kind": checkpoint.kind}
        rows = self._execute(sql("snapshot_entities"), {"deal": deal_id, **given}, reads=True)
        for things, *row in rows:
            for *_, open_versions, digest in self._trusted(deal_id, erased, [tuple(row)], "checkpoints"):
                if digest == sha256(things).digest() and _versions.decode(open_versions) == checkpoint.open_versions:
                    return decode(zlib.decompress(things))
        return None

    def drop(self, deal_id: str, checkpoints: Sequence[Snapshot] | None = None) -> None:
        """Drop some snapshots of a deal, or everything held of it."""
        if checkpoints is None:
            self._execute(sql("delete_snapshots_of_deal"), {"deal": deal_id})
            return
        for each in checkpoints:
            self._execute(
                sql("delete_snapshot"),
                {
                    "deal": deal_id, "start": each.key[0], "rank": each.key[1],
                    "last": each.key[2], "version": each.version, "kind": each.kind,
                },
            )  # fmt: skip

    def deals(self) -> list[str]:
        """The deals of which anything is stored."""
        return [deal_id for (deal_id,) in self._execute(sql("deals_with_snapshots"), {}, reads=True)]

    def rows(self, deal_id: str) -> StoredRows:
        """Everything that this code has stored of a deal, whether it bears its digest or not: for comparing it."""
        given = {"deal": deal_id, "code": code_version()}
        places = self._execute(sql("event_index"), given, reads=True)
        checkpoints = self._execute(sql("stored_snapshots"), given, reads=True)
        return StoredRows(
            [(first, _chunks.decode(zlib.decompress(data))) for first, _, data, *_ in places],
            [
                StoredSnapshot(Snapshot((start, rank, last), version, kind, _versions.decode(opened)), things)
                for start, rank, last, version, kind, opened, things in checkpoints
            ],
        )

    def clear(self) -> list[str]:
        """Drop everything held of every deal; the deals of which something was held."""
        rows = self._execute(sql("delete_snapshots"), {}, reads=True)
        return sorted({deal_id for (deal_id,) in rows})

    def events_at(self, positions: Sequence[int]) -> list[RecordedEvent]:
        """The events at these positions, decoded."""
        rows = self._execute(sql("events_at_positions"), {"positions": list(positions)}, reads=True)
        return [line(Recorded._make(row)) for row in rows]
