"""Checkpoints and places as they stand in PostgreSQL."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from domain.envelope import Line
from domain.fold import Slot
from domain.things import Key, Thing
from ledger.codec import line
from ledger.database import connect, transaction
from ledger.ledger import Ledger
from ledger.receipt import Recorded
from projections.checkpoints.codec import FORM, decode, encode
from projections.checkpoints.places import Chunk
from projections.sql import sql

_chunks = msgspec.msgpack.Decoder(Chunk)


@dataclass(frozen=True, slots=True, order=True)
class Checkpoint:
    """Where a folded state stands; its things are read when needed."""

    key: Key
    version: int
    kind: str
    open_versions: tuple[int, ...] = field(compare=False)


class Store:
    """The tables of one log's checkpoints. Made on first use; safe to share between threads."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._made = False

    def _make(self) -> None:
        """Make the tables, once, whoever comes first."""
        with connect(self.ledger.conninfo) as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('parley checkpoints'))")
            connection.execute(sql("checkpoints").encode())
        self._made = True

    def _run(self, statement: str, parameters: dict[str, Any], *, reads: bool = False) -> list[Any]:
        if not self._made:
            self._make()
        with transaction(self.ledger.pool, self.ledger.tenant) as connection:
            cursor = connection.execute(statement.encode(), {"tenant": self.ledger.tenant, **parameters}, binary=reads)
            return cursor.fetchall() if reads else []

    def chunks(self, deal_id: str, after_version: int) -> list[tuple[int, Chunk]]:
        """Stored places from a version on: (first version, places), without a gap."""
        rows = self._run(
            "SELECT from_version, places FROM projections.deal_places WHERE tenant = %(tenant)s AND deal_id = %(deal)s "
            "AND from_version > %(after)s AND form = %(form)s ORDER BY from_version",
            {"deal": deal_id, "after": after_version, "form": FORM},
            reads=True,
        )
        return [(first, _chunks.decode(zlib.decompress(data))) for first, data in rows]

    def keep_chunk(self, deal_id: str, first: int, chunk: Chunk) -> None:
        self._run(
            "INSERT INTO projections.deal_places (tenant, deal_id, from_version, form, places) "
            "VALUES (%(tenant)s, %(deal)s, %(first)s, %(form)s, %(places)s) "
            "ON CONFLICT (tenant, deal_id, from_version) DO UPDATE SET form = excluded.form, places = excluded.places",
            {
                "deal": deal_id, "first": first, "form": FORM,
                "places": zlib.compress(msgspec.msgpack.encode(chunk), 1),
            },
        )  # fmt: skip

    def checkpoints(self, deal_id: str) -> list[Checkpoint]:
        """Every checkpoint of a deal, by place and version."""
        rows = self._run(
            "SELECT start, rank, last_version, version, kind, open_versions FROM projections.deal_checkpoints "
            "WHERE tenant = %(tenant)s AND deal_id = %(deal)s AND form = %(form)s "
            "ORDER BY start, rank, last_version, version",
            {"deal": deal_id, "form": FORM},
            reads=True,
        )
        return [
            Checkpoint((start, rank, last), version, kind, tuple(msgspec.msgpack.decode(open_versions)))
            for start, rank, last, version, kind, open_versions in rows
        ]

    def keep(self, deal_id: str, checkpoint: Checkpoint, things: dict[Slot, Thing]) -> None:
        start, rank, last = checkpoint.key
        self._run(
            "INSERT INTO projections.deal_checkpoints "
            "(tenant, deal_id, version, start, rank, last_version, form, kind, open_versions, things) "
            "VALUES (%(tenant)s, %(deal)s, %(version)s, %(start)s, %(rank)s, %(last)s, %(form)s, %(kind)s, %(open)s, "
            "%(things)s) ON CONFLICT (tenant, deal_id, start, rank, last_version, version, kind) "
            "DO UPDATE SET form = excluded.form, open_versions = excluded.open_versions, things = excluded.things",
            {
                "deal": deal_id, "version": checkpoint.version, "start": start, "rank": rank, "last": last,
                "form": FORM, "kind": checkpoint.kind, "open": msgspec.msgpack.encode(checkpoint.open_versions),
                "things": zlib.compress(encode(things), 1),
            },
        )  # fmt: skip

    def things(self, deal_id: str, checkpoint: Checkpoint) -> dict[Slot, Thing] | None:
        """The folded state of a checkpoint; None where it was dropped meanwhile."""
        start, rank, last = checkpoint.key
        rows = self._run(
            "SELECT things FROM projections.deal_checkpoints WHERE tenant = %(tenant)s AND deal_id = %(deal)s "
            "AND start = %(start)s AND rank = %(rank)s AND last_version = %(last)s AND version = %(version)s "
            "AND kind = %(kind)s",
            {
                "deal": deal_id,
                "start": start,
                "rank": rank,
                "last": last,
                "version": checkpoint.version,
                "kind": checkpoint.kind,
            },
            reads=True,
        )
        return decode(zlib.decompress(rows[0][0])) if rows else None

    def drop(self, deal_id: str, checkpoints: Sequence[Checkpoint] | None = None) -> None:
        """Drop some checkpoints of a deal, or everything held of it."""
        if checkpoints is None:
            for table in ("deal_places", "deal_checkpoints"):
                statement = f"DELETE FROM projections.{table} WHERE tenant = %(tenant)s AND deal_id = %(deal)s"  # noqa: S608 - two names of ours
                self._run(statement, {"deal": deal_id})
            return
        for each in checkpoints:
            self._run(
                "DELETE FROM projections.deal_checkpoints WHERE tenant = %(tenant)s AND deal_id = %(deal)s "
                "AND start = %(start)s AND rank = %(rank)s AND last_version = %(last)s AND version = %(version)s "
                "AND kind = %(kind)s",
                {
                    "deal": deal_id, "start": each.key[0], "rank": each.key[1],
                    "last": each.key[2], "version": each.version, "kind": each.kind,
                },
            )  # fmt: skip

    def lines(self, positions: Sequence[int]) -> list[Line]:
        """The events at these positions, decoded."""
        rows = self._run(sql("events_at_positions"), {"positions": list(positions)}, reads=True)
        return [line(Recorded._make(row)) for row in rows]
