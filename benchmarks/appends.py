"""Recording: our ledger, leaf hash and NOTIFY included, against the library's own recorder and against bare inserts.

All three write the same events to the same server, which flushes to disk at every commit. Our writers are coroutines,
as they are in the server; the rivals, which block, have a thread and a connection for each writer.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from itertools import count

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from benchmarks.events import bid, opening
from benchmarks.measure import Result, at_least, ratio, timed
from domain.envelope import Submission
from ledger.encoding.leaf import payload_bytes
from ledger.ledger import Ledger, open_ledger
from ledger.models import Request

EVENTS = {1: 600, 8: 2_000, 64: 6_000}
"""Per rival and round, by number of writers."""

GOALS = at_least(append_1_vs_stock=3.5, append_8_vs_stock=4, append_64_vs_stock=8, append_64_vs_raw=2)

_numbers = count()


def measure(url: str) -> Iterator[Result]:
    """The ratios, on an empty server."""
    stock = Stock(database(url, "bench_stock"))
    raw_url = database(url, "bench_raw")
    with open_ledger(database(url, "bench_ledger")) as ledger:
        ours = Ours(ledger)
        for writers in EVENTS:
            versus = f"stock eventsourcing recorder, {writers} writers"
            yield ratio(GOALS[f"append_{writers}_vs_stock"], versus, *_turns(writers, ours.append, stock.append))
        stock.close()  # its 64 connections make room for the other rival's
        raw = Raw(raw_url)
        versus = "psycopg INSERT and COMMIT, a thread and connection for each of 64 writers"
        yield ratio(GOALS["append_64_vs_raw"], versus, *_turns(64, ours.append, raw.append))
        raw.close()


Append = Callable[[list[list[Submission]]], float]


def _turns(writers: int, ours: Append, rival: Append) -> tuple[Callable[[int], float], Callable[[int], float]]:
    """Each of the two, given fresh events every round; the first round is for warming up as well."""
    return (lambda _: ours(_shares(writers)), lambda _: rival(_shares(writers)))


def _shares(writers: int) -> list[list[Submission]]:
    """What each writer records: its own deal's events."""
    share = EVENTS[writers] // writers
    return [[bid(f"deal-{writer}", next(_numbers)) for _ in range(share)] for writer in range(writers)]


def _threads(shares: list[list[Submission]], write: Callable[[list[Submission], int], None]) -> float:
    """Events a second."""
    threads = [threading.Thread(target=write, args=(share, number)) for number, share in enumerate(shares)]
    with timed() as seconds:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return sum(map(len, shares)) / seconds()


class Ours:
    """The ledger as the server uses it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        ledger.import_batch([opening(f"deal-{number}") for number in range(64)], "bench")

    def append(self, shares: list[list[Submission]]) -> float:
        async def write(share: list[Submission]) -> None:
            for submission in share:
                await self._ledger.append_soon(Request((submission,), by="bench"))

        async def all_write() -> float:
            with timed() as seconds:
                await asyncio.gather(*map(write, shares))
            return sum(map(len, shares)) / seconds()

        return asyncio.run(all_write())


class Stock:
    """The library's recorder, as it comes."""

    def __init__(self, url: str) -> None:
        told = conninfo_to_dict(url)
        self._datastore = PostgresDatastore(
            str(told["dbname"]), str(told["host"]), str(told.get("port", "5432")), str(told["user"]), "",
            pool_size=64, originator_id_type="text",
        )  # fmt: skip
        self._recorder = PostgresApplicationRecorder(self._datastore)
        self._recorder.create_table()

    def append(self, shares: list[list[Submission]]) -> float:
        def write(share: list[Submission], _: int) -> None:
            for submission in share:
                # Ids of events are the versions here: the library checks nothing else.
                event = StoredEvent(submission.deal_id, next(_numbers), submission.type, payload_bytes(submission))
                self._recorder.insert_events([event])

        return _threads(shares, write)

    def close(self) -> None:
        self._datastore.close()


class Raw:
    """The least that records an event: one INSERT, one COMMIT, on a table like Parley's without guard or registry."""

    def __init__(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "CREATE TABLE raw (deal_id text, version bigint, id text, type text, payload bytea,"
                " position bigserial UNIQUE, PRIMARY KEY (deal_id, version), UNIQUE (id))"
            )
        self._connections = [psycopg.connect(url) for _ in range(64)]

    def append(self, shares: list[list[Submission]]) -> float:
        def write(share: list[Submission], number: int) -> None:
            connection = self._connections[number]
            for submission in share:
                connection.execute(
                    "INSERT INTO raw (deal_id, version, id, type, payload) VALUES (%s, %s, %s, %s, %s)",
                    (submission.deal_id, next(_numbers), submission.id, submission.type, payload_bytes(submission)),
                )
                connection.commit()

        return _threads(shares, write)

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


def database(url: str, name: str) -> str:
    """The URL of an empty database of this name."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return make_conninfo(url, dbname=name)
