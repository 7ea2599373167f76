"""Loading of a log: events prepared as an import prepares them, by two processes, and copied by a superuser.

What is measured afterwards is a log like any other: its leaves are chained and its payloads committed to. COPY refuses
tables with row-level security to every role but a superuser, so the product's own imports do not load like this.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from operator import attrgetter
from time import time_ns

import msgspec
import psycopg
from psycopg import Connection, Cursor
from psycopg.rows import TupleRow

from domain.envelope import Submission
from domain.time.instants import SECOND, Moment
from ledger.append.preparation import Staged, prepare
from ledger.ledger import Ledger
from ledger.merkle.tree import leaf_hash

Part = Callable[[], Iterable[Submission]]
"""A part of a log's events in order; a process makes it, so that it can be pickled. Later parts of a deal follow."""

PROCESSES = 2
AHEAD = 2 * PROCESSES
"""Parts that are prepared or wait to be copied, so that memory stays flat."""

EVENTS = """COPY events (
    tenant, position, deal_id, version, id, type, occurred_earliest, occurred_latest, recorded_at, recorded_by, leaf,
    leaf_hash
) FROM STDIN (FORMAT binary)"""
EVENT_TYPES = ("text", "int8", "text", "int4", "text", "text", "date", "date", "timestamptz", "text", "bytea", "bytea")
PAYLOADS = "COPY event_payload (tenant, position, payload, salt) FROM STDIN (FORMAT binary)"
PAYLOAD_TYPES = ("text", "int8", "bytea", "bytea")
ENTITIES = "COPY things (tenant, deal_id, kind, id, version) FROM STDIN (FORMAT binary)"
ENTITY_TYPES = ("text", "text", "text", "text", "int4")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_members = attrgetter(*Staged.__struct_fields__)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Staged]).decode


def load(url: str, ledger: Ledger, parts: Iterable[Part], by: str = "bench", *, by_day: bool = False) -> int:
    """Record the events of these parts in an empty log, as a superuser and in one transaction. Returns their number.

    `by_day`: the deals develop side by side, each event recorded on its day, or on that of the one before it in its
    deal if that is later; all are then held in memory. Otherwise they are recorded an hour ago, part after part.
    """
    if ledger.head().position:
        raise ValueError(f"the log {ledger.tenant} has events: only an empty one is loaded")
    context = get_context("spawn")
    with psycopg.connect(url) as connection, ProcessPoolExecutor(PROCESSES, context) as pool:
        copied = _Copied(connection, ledger.tenant)
        prepared = _prepared(pool, ledger.origin, by, parts)
        for day, staged in _days(prepared) if by_day else ((None, each) for each in prepared):
            copied.add(staged, day)
        copied.end()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) events, event_payload, things")
    return copied.position


def _prepared(pool: ProcessPoolExecutor, origin: str, by: str, parts: Iterable[Part]) -> Iterator[list[Staged]]:
    waiting: deque[Future[bytes]] = deque()
    for part in parts:
        waiting.append(pool.submit(_prepare, origin, by, part))
        if len(waiting) == AHEAD:
            yield _decode(waiting.popleft().result())
    while waiting:
        yield _decode(waiting.popleft().result())


def _prepare(origin: str, by: str, part: Part) -> bytes:
    return _encode([_members(prepare(origin, submission, by)) for submission in part()])


def _days(prepared: Iterable[Sequence[Staged]]) -> Iterator[tuple[date, list[Staged]]]:
    """All events in the order of their days, that of a deal unchanged."""
    latest: dict[str, date] = {}
    days: defaultdict[date, list[Staged]] = defaultdict(list)
    for staged in prepared:
        for one in staged:
            day = max(one.earliest or date.min, latest.get(one.deal_id, date.min))
            latest[one.deal_id] = day
            days[day].append(one)
    for day in sorted(days):
        yield day, days.pop(day)


class _Copied:
    """The tables of a log while events are copied into them."""

    def __init__(self, connection: Connection[TupleRow], tenant: str) -> None:
        self._cursor = connection.cursor()
        self._tenant = tenant
        self.position = 0
        self._tips: dict[str, tuple[int, bytes]] = {}
        self._entities: dict[tuple[str, str, str], int] = {}
        self._recorded_at: Moment = 0
        self._hour_ago: Moment = time_ns() // 1_000 - 3_600 * SECOND

    def add(self, staged: Sequence[Staged], day: date | None) -> None:
        """Copy the next events, recorded on a day or an hour ago, each a microsecond after the one before."""
        begins = self._hour_ago if day is None else (day - EPOCH.date()).days * 86_400 * SECOND
        self._recorded_at = max(self._recorded_at, begins)
        events, payloads = [], []
        for one in staged:
            version, previous = self._tips.get(one.deal_id, (0, None))
            version += 1
            self.position += 1
            self._recorded_at += 1
            leaf = one.template.fill(version, self._recorded_at, previous)
            digest = leaf_hash(leaf)
            self._tips[one.deal_id] = (version, digest)
            for kind, name in one.makes:
                self._entities.setdefault((one.deal_id, kind, name), version)
            events.append(
                (self._tenant, self.position, one.deal_id, version, one.id, one.type, one.earliest, one.latest,
                 EPOCH + timedelta(microseconds=self._recorded_at), one.by, leaf, digest)
            )  # fmt: skip
            payloads.append((self._tenant, self.position, one.payload, one.salt))
        _copy(self._cursor, EVENTS, EVENT_TYPES, events)
        _copy(self._cursor, PAYLOADS, PAYLOAD_TYPES, payloads)

    def end(self) -> None:
        """Copy the registry of what the deals hold."""
        rows = [(self._tenant, *entity, version) for entity, version in self._entities.items()]
        _copy(self._cursor, ENTITIES, ENTITY_TYPES, rows)


def _copy(cursor: Cursor[TupleRow], statement: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with cursor.copy(statement.encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
