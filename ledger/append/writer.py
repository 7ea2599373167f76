"""The two round trips of an append, or its only one, on one connection that stays in pipeline mode."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from hashlib import sha256
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg import Cursor

from domain.time.instants import Moment
from ledger.append.batch import BatchView, Entity
from ledger.append.preparation import Staged
from ledger.encoding.event_codec import ERASING, erased_by
from ledger.models import Recorded
from ledger.postgres import binary_arrays
from ledger.postgres.binary_arrays import Column
from ledger.postgres.connection import SINCE_2000, connect
from ledger.postgres.server_role import ServerRole
from ledger.sql import sql

LOCK_TIMEOUT_SECONDS = 10
"""Timeout of an append that waits for another process; also the longest time a stalled process may block others: each
round trip ends with a sync, after which the server takes the connection for idle."""

SLICE_EVENTS = 100
"""Rows in one statement."""

Sent = Cursor[tuple[Any, ...]]


def lock_key(tenant: str) -> int:
    """The advisory lock of a log."""
    return int.from_bytes(sha256(b"parley log " + tenant.encode()).digest()[:8], "big", signed=True)


class Writer:
    """Writes to one log at a time. Used by one thread. All methods raise psycopg.Error; after one, the writer is
    `broken`."""

    def __init__(
        self, conninfo: str, tenant: str, *, impatient: bool = False, server: ServerRole | None = None
    ) -> None:
        """An `impatient` one gives up a statement that takes SILENT_SECONDS, also where the server answers others.
        `server` notes to which kind of server it is connected."""
        self.turn_to(tenant)
        self._connection = connect(conninfo, "append", server)
        self._connection.impatient = impatient
        self._connection.execute(sql("writer_settings").encode(), {"timeout": f"{LOCK_TIMEOUT_SECONDS}s"})
        self._poll = poll()  # unlike select it takes any number of open files
        self._poll.register(self._connection.fileno(), POLLIN)
        self._mode = ExitStack()
        self._pipeline = self._mode.enter_context(self._connection.pipeline())

    def turn_to(self, tenant: str) -> None:
        """Write to the log of a tenant from the next batch on."""
        self._tenant = tenant
        self._lock = lock_key(tenant)

    def close(self) -> None:
        """Close the connection; safe on a broken one."""
        with suppress(psycopg.Error):
            self._mode.close()
        self._connection.close()

    @property
    def lost(self) -> bool:
        """The connection is lost, and the outcome of a commit in progress is unknown."""
        return self._connection.broken or self._connection.closed

    def begin(
        self, prepared: Iterable[Staged], *, lock: bool = True, find_ids: bool = True, keys: Sequence[bytes] = ()
    ) -> BatchView:
        """Round trip one: open a transaction, take the lock, and read all that the batch needs to know.

        Without `find_ids` the event ids are not looked up.
        """
        deals: dict[str, None] = {}
        ids: dict[str, None] = {}
        asked: dict[Entity, None] = {}
        for one in prepared:
            deals[one.deal_id] = ids[one.id] = None
            if one.target is not None:
                ids[one.target] = None
            for kind, thing_id in (*one.needs, *one.makes):
                asked[(one.deal_id, kind, thing_id)] = None
        self._send("BEGIN")
        if lock:
            self._send(sql("lock_log"), lock=self._lock)
        else:
            self._send(sql("set_tenant"))
        found = self._send(
            sql("batch_state"),
            deals=binary_arrays.texts(deals),
            ids=binary_arrays.texts(ids if find_ids else ()),
            thing_deals=binary_arrays.texts(deal_id for deal_id, _, _ in asked),
            kinds=binary_arrays.texts(kind for _, kind, _ in asked),
            things=binary_arrays.texts(thing_id for _, _, thing_id in asked),
        )
        used = self._send(sql("idempotency_keys"), keys=binary_arrays.byteas(keys)) if keys else None
        self._pipeline.sync()
        view = BatchView(head=0, first_recorded=0, heads={}, known={}, held=dict.fromkeys(asked, False))
        if used is not None:
            view.keys = dict(used.fetchall())
        taken: list[str] = []
        for what, a, b, c, number, at, digest in found.fetchall():
            if what == "thing":
                view.held[(a, b, c)] = True
            elif what == "deal":
                view.heads[a] = (number, digest)
            elif what == "id":
                taken.append(a)
            elif what == "log":
                view.head, view.recorded = number, at
            else:
                view.clock = at
        view.first_recorded = max(view.clock, view.recorded + 1)
        if taken:
            self._find_ids(view, taken)
        return view

    def find_ids(self, view: BatchView, prepared: Iterable[Staged]) -> None:
        """Look up the event ids; one more round trip."""
        self._find_ids(view, [one.id for one in prepared])

    def _find_ids(self, view: BatchView, ids: Sequence[str]) -> None:
        found = self._send(sql("events_by_id"), ids=binary_arrays.texts(ids)).fetchall()
        view.known = {row.id: row for row in map(Recorded._make, found)}

    def write(self, view: BatchView) -> None:
        """Round trip two: insert the view's rows and commit. On disk when this returns."""
        for start in range(0, len(view.rows), SLICE_EVENTS):
            end = start + SLICE_EVENTS
            self.insert(view, view.rows[start:end], view.placed[start:end], last=end >= len(view.rows))
        if view.new_keys:
            keys, events = binary_arrays.byteas(view.new_keys), binary_arrays.byteas(view.new_keys.values())
            self._send(sql("insert_idempotency_keys"), keys=keys, events=events)
        self.finish(view)

    def append_at_once(self, view: BatchView, latest: Moment) -> bool:
        """The only round trip of an undated view: its rows are inserted, dated and committed in one statement.

        False where the database's clock is later than `latest`, or the log does not end in the event of `view.head`:
        nothing is written then. Raises UniqueViolation, with nothing written, where the log has grown since, or an
        event id is taken.
        """
        rows, placed, tips = view.rows, view.placed, view.tips or {}
        parts = [one.template.parts(row.version, tips[row.deal_id]) for row, one in zip(rows, placed, strict=True)]
        bounds = {
            "lock": self._lock,
            "before": view.head,
            "tip": view.tip,
            "earliest_instant": view.recorded + 1 - SINCE_2000,
            "latest_instant": latest - SINCE_2000,
        }
        if len(rows) == 1 and not view.things:
            written = self._send(sql("append_one"), **bounds, **_values(rows[0], placed[0], *parts[0]))
        else:
            written = self._send(
                sql("append_at_once"),
                **bounds,
                **_columns(rows, placed),
                **_entities(view.things),
                heads=binary_arrays.texts(head for head, _ in parts),
                tails=binary_arrays.texts(tail for _, tail in parts),
            )
        self._pipeline.sync()
        if not (completed := written.fetchall()):
            return False
        view.rows = [
            row._replace(recorded_at=at, leaf=leaf, leaf_hash=digest)
            for row, (at, leaf, digest) in zip(rows, completed, strict=True)
        ]
        return True

    @property
    def idle(self) -> bool:
        """Whether the connection has nothing to read: a server that has closed it would have said so."""
        return not self._poll.poll(0)

    def insert(self, view: BatchView, rows: Sequence[Recorded], placed: Sequence[Staged], *, last: bool) -> None:
        """Insert rows of the view; the `last` are only sent, for `finish` to follow at once."""
        things = view.things if last else {}
        self._send(
            sql("append_batch"),
            before=rows[0].position - 1,
            first_recorded=rows[0].recorded_at - SINCE_2000,
            **_columns(rows, placed),
            **_entities(things),
            leaves=binary_arrays.byteas(row.leaf for row in rows),
            hashes=binary_arrays.byteas(row.leaf_hash for row in rows),
            head=rows[-1].position,
            last=last,
        )
        if not last:
            self._pipeline.sync()

    def finish(self, view: BatchView) -> None:
        """Once all rows are inserted: COMMIT. On disk when this returns."""
        if erased := self._erased(view):
            self._send(sql("become_eraser"))
            self._send(sql("erase_payloads"), positions=erased)
            self._send(sql("insert_erased_events"), positions=erased)
        commit = self._send("COMMIT")
        self._pipeline.sync()
        if commit.statusmessage != "COMMIT":
            raise psycopg.InternalError(f"the server answered {commit.statusmessage} to COMMIT")

    def _erased(self, view: BatchView) -> list[int]:
        """Positions of the events whose payloads this batch destroys."""
        targets = [erased_by(row) for row in view.rows if row.type == ERASING]
        found = [self.event(target) for target in targets if target is not None]
        return [recorded.position for recorded in found if recorded is not None]

    def abandon(self) -> None:
        """End the transaction of a batch without inserts."""
        self._send("COMMIT")  # at a ROLLBACK psycopg would forget all that it has prepared
        self._pipeline.sync()

    # Lookups (see ledger.append.batch): one round trip each, under the lock.

    def holds(self, deal_id: str, kind: str, thing_id: str) -> bool:
        return bool(self._ask_things([(deal_id, kind, thing_id)]).fetchall())

    def event(self, event_id: str) -> Recorded | None:
        found = self._send(sql("events_by_id"), ids=binary_arrays.texts([event_id])).fetchall()
        return Recorded._make(found[0]) if found else None

    def record_events(self, deal_id: str) -> Sequence[Recorded]:
        return [Recorded._make(row) for row in self._send(sql("record_events"), deal=deal_id).fetchall()]

    def _ask_things(self, things: Iterable[Entity]) -> Sent:
        deals, kinds, ids = zip(*things, strict=True)
        return self._send(
            sql("entities_held"),
            deals=binary_arrays.texts(deals),
            kinds=binary_arrays.texts(kinds),
            ids=binary_arrays.texts(ids),
        )

    def _send(self, query: str, **parameters: object) -> Sent:
        if not parameters and "%(" not in query:
            return self._connection.execute(query.encode())
        return self._connection.execute(
            query.encode(), {"tenant": self._tenant, **parameters}, prepare=True, binary=True
        )


def _values(row: Recorded, placed: Staged, head: str, tail: str) -> dict[str, object]:
    """What is inserted of one event, without its instant; of its leaf what is before and after that."""
    return {
        "deal": row.deal_id,
        "version": row.version,
        "id": row.id,
        "type": row.type,
        "earliest": placed.earliest,
        "latest": placed.latest,
        "by": row.recorded_by,
        "payload": row.payload,
        "salt": row.salt,
        "head": head,
        "tail": tail,
    }


def _columns(rows: Sequence[Recorded], placed: Iterable[Staged]) -> dict[str, Column]:
    """The columns of events that are inserted, without their instants and leaves."""
    _, deals, versions, ids, types, _, by, _, _, payloads, salts = zip(*rows, strict=True)
    days = [(one.earliest, one.latest) for one in placed]
    return {
        "deals": binary_arrays.texts(deals),
        "versions": binary_arrays.integers(versions),
        "ids": binary_arrays.texts(ids),
        "types": binary_arrays.texts(types),
        "earliest": binary_arrays.dates(earliest for earliest, _ in days),
        "latest": binary_arrays.dates(latest for _, latest in days),
        "by": binary_arrays.texts(by),
        "payloads": binary_arrays.byteas_or_null(payloads),
        "salts": binary_arrays.byteas_or_null(salts),
    }


def _entities(versions: Mapping[Entity, int]) -> dict[str, Column]:
    """The columns of entities that are named for the first time, with the version."""
    return {
        "thing_deals": binary_arrays.texts(deal_id for deal_id, _, _ in versions),
        "kinds": binary_arrays.texts(kind for _, kind, _ in versions),
        "things": binary_arrays.texts(name for _, _, name in versions),
        "thing_versions": binary_arrays.integers(versions.values()),
    }
