"""Imports: our bulk path, from decoded submissions to committed rows, against COPY of the same rows made ready before.

The rival's tables have our indexes and no row-level security (COPY refuses tables that have it), its rows lie in memory
ready to be copied, and no other session may read or write while it runs.

And two long imports at once into an empty log: the slowest statement of each, against the slowest of one alone.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import psycopg

from benchmarks.appends import database
from benchmarks.events import bid, opening
from benchmarks.measure import Result, at_least, at_most, ratio, result, timed
from domain.envelope import Submission
from ledger.ledger import Ledger, open_ledger
from ledger.models import Recorded

GOALS = at_least(import_vs_copy=0.5) | at_most(import_2_at_once=10)

EVENTS = 20_000

LONG_EVENTS = 100_000
"""Of each of two imports at once."""

SAMPLE_SECONDS = 0.005
"""Between two looks at what the server is doing."""


def measure(url: str) -> Iterator[Result]:
    """The ratios, on an empty server."""
    yield _versus_copy(url)
    yield _at_once(url)


def _versus_copy(url: str) -> Result:
    with open_ledger(database(url, "bench_import")) as ledger:
        copied = Copied(database(url, "bench_copy"))

        def ours(number: int) -> float:
            events = [opening(f"deal-{number}"), *(bid(f"deal-{number}", each) for each in range(EVENTS))]
            with timed() as seconds:
                done = ledger.import_batch(events, "bench")
            assert done.recorded == EVENTS + 1
            return EVENTS / seconds()

        def rival(number: int) -> float:
            if ledger.head().position == 0:
                ours(-1)  # the rows to copy are those that an import has made
            return copied.copy(rows_of(ledger, number))

        return ratio(GOALS["import_vs_copy"], "COPY of the same prepared rows, indexes included", ours, rival)


def _at_once(url: str) -> Result:
    """Two imports at once into an empty log; each is recorded whole."""
    slowest = {clients: _slowest_statement(database(url, f"bench_import_{clients}"), clients) for clients in (1, 2)}
    value = slowest[2] / max(slowest[1], timedelta(seconds=SAMPLE_SECONDS))
    versus = f"the slowest statement of one import of {LONG_EVENTS:,} events alone"
    return result(GOALS["import_2_at_once"], versus, [value])


def _slowest_statement(url: str, clients: int) -> timedelta:
    """How long the slowest statement took that did not wait for the log's lock."""

    def events(deal_id: str) -> Iterator[Submission]:
        yield opening(deal_id)
        for number in range(LONG_EVENTS - 1):
            yield bid(deal_id, number)

    with open_ledger(url) as ledger, _statements(url) as slowest, ThreadPoolExecutor(clients) as pool:
        deals = [f"deal-{number}" for number in range(clients)]
        for done in pool.map(lambda deal_id: ledger.import_batch(events(deal_id), "bench"), deals):
            assert (done.recorded, done.repeated, done.refused) == (LONG_EVENTS, 0, ())
    return slowest[0]


RUNNING = """
SELECT max(clock_timestamp() - query_start) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND query NOT LIKE '%pg_advisory%'
"""


@contextmanager
def _statements(url: str) -> Iterator[list[timedelta]]:
    """The greatest age of a statement that was running while the block ran."""
    slowest = [timedelta(0)]
    ended = threading.Event()

    def look() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while not ended.wait(SAMPLE_SECONDS):
                [age] = connection.execute(RUNNING).fetchone() or [None]
                slowest[0] = max(slowest[0], age or timedelta(0))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield slowest
    finally:
        ended.set()
        thread.join()


def rows_of(ledger: Ledger, number: int) -> list[Recorded]:
    """The rows of the newest import, as another deal's."""
    last = ledger.head().position
    rows = ledger.read_log(last - EVENTS, 10_000) + ledger.read_log(last - EVENTS + 10_000, 10_000)
    shift = (number + 1) * 10 * EVENTS
    return [
        row._replace(position=row.position + shift, deal_id=f"copy-{number}", id=f"copy-{number}-{row.id}")
        for row in rows
    ]


TABLES = """
CREATE TABLE events (
    tenant text COLLATE "C" NOT NULL, position bigint NOT NULL, deal_id text COLLATE "C" NOT NULL,
    version integer NOT NULL, id text COLLATE "C" NOT NULL, type text COLLATE "C" NOT NULL,
    occurred_earliest date, occurred_latest date, recorded_at timestamptz NOT NULL, recorded_by text NOT NULL,
    leaf bytea NOT NULL, leaf_hash bytea NOT NULL,
    PRIMARY KEY (tenant, position), UNIQUE (tenant, deal_id, version), UNIQUE (tenant, id)
);
CREATE TABLE event_payload (
    tenant text COLLATE "C" NOT NULL, position bigint NOT NULL, payload bytea NOT NULL, salt bytea NOT NULL,
    PRIMARY KEY (tenant, position)
)
"""
EVENT_TYPES = ("text", "int8", "text", "int4", "text", "text", "date", "date", "timestamptz", "text", "bytea", "bytea")
DAY, INSTANT = date(2020, 8, 27), datetime(2020, 8, 28, tzinfo=UTC)


class Copied:
    """Tables like the ledger's, and binary COPY into them."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)
        self._connection.execute(TABLES)
        self._connection.commit()

    def copy(self, rows: list[Recorded]) -> float:
        events = [
            ("default", row.position, row.deal_id, row.version, row.id, row.type, DAY, DAY, INSTANT, row.recorded_by,
             row.leaf, row.leaf_hash)
            for row in rows
        ]  # fmt: skip
        payloads = [("default", row.position, row.payload, row.salt) for row in rows]
        with timed() as seconds:
            with self._connection.cursor() as cursor:
                with cursor.copy("COPY events FROM STDIN (FORMAT binary)") as copy:
                    copy.set_types(EVENT_TYPES)
                    for event in events:
                        copy.write_row(event)
                with cursor.copy("COPY event_payload FROM STDIN (FORMAT binary)") as copy:
                    copy.set_types(("text", "int8", "bytea", "bytea"))
                    for each in payloads:
                        copy.write_row(each)
            self._connection.commit()
        return len(rows) / seconds()
