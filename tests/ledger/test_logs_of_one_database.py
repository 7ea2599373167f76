"""The open logs of one database in one process: they share connections and threads, however many they are."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest

from ledger.append import append_threads
from ledger.append.writer import lock_key
from ledger.database import Database
from ledger.ledger import Ledger, open_ledger
from ledger.models import Request
from tests.waiting import LONGEST_SECONDS, until

LOGS = 12
THREADS = 3


@pytest.fixture
def shared(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(append_threads, "THREADS", THREADS)
    with Database(database) as opened:
        yield opened


@pytest.fixture
def logs(database: str, shared: Database) -> Iterator[list[Ledger]]:
    with ExitStack() as stack:
        opened = [open_ledger(database, f"log-{number}", migrating=False, database=shared) for number in range(LOGS)]
        yield [stack.enter_context(ledger) for ledger in opened]


def connections(database: str, role: str) -> int:
    with psycopg.connect(database) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
        [found] = connection.execute(asked, (f"parley {role}",)).fetchone() or [0]
    return int(found)


def appenders() -> int:
    return sum(thread.name == "parley-appender" for thread in threading.enumerate())


def test_logs_that_are_written_at_once_share_few_connections(logs, database, submission):
    before = appenders()
    opening = [log.append(Request((submission("d", "opened", "deal.opened"),), by="desk")) for log in logs]
    bids = [
        log.append(Request((submission("d", f"b{number}", "bid.submitted"),), by="desk"))
        for number in range(20)
        for log in logs
    ]
    assert {future.result(LONGEST_SECONDS).position for future in opening} == {1}
    assert {future.result(LONGEST_SECONDS).events[0].id for future in bids} == {f"b{number}" for number in range(20)}
    assert appenders() - before <= THREADS
    assert connections(database, "append") <= THREADS
    for log in logs:
        assert [row.position for row in log.read_log(0)] == list(range(1, 22))


def test_a_log_with_a_long_queue_lets_others_take_their_turn(logs, submission, monkeypatch):
    monkeypatch.setattr(append_threads, "THREADS", 1)
    monkeypatch.setattr("ledger.append.request_queue.BATCH_EVENTS", 1)
    order: list[str] = []
    busy, other = logs[:2]
    for log in (busy, other):
        log.on_commit.append(lambda log=log: order.append(log.tenant))
    with busy.pool.connection() as blocker, blocker.transaction():
        blocker.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key(busy.tenant),))
        futures = [
            busy.append(Request((submission("d", "opened", "deal.opened"),), by="desk")),
            *(busy.append(Request((submission("d", f"b{n}", "bid.submitted"),), by="desk")) for n in range(9)),
            other.append(Request((submission("d", "opened", "deal.opened"),), by="desk")),
        ]
    for future in futures:
        future.result(LONGEST_SECONDS)
    assert order.index(other.tenant) <= 1


def test_an_idle_thread_ends_with_its_connection_and_the_next_append_has_another(
    logs, database, submission, monkeypatch
):
    before = appenders()
    monkeypatch.setattr(append_threads, "IDLE_SECONDS", 0.01)
    logs[0].append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(LONGEST_SECONDS)
    until(lambda: appenders() == before)
    until(lambda: connections(database, "append") == 0)
    bid = submission("d", "b", "bid.submitted")
    assert logs[0].append(Request((bid,), by="desk")).result(LONGEST_SECONDS).version == 2


def test_one_connection_listens_for_all_logs_as_long_as_any_is_open(database, shared, submission):
    with ExitStack() as stack:
        logs = [
            stack.enter_context(open_ledger(database, f"log-{number}", migrating=False, database=shared))
            for number in range(5)
        ]
        hubs = [log.hub for log in logs]
        for log in logs:
            with open_ledger(database, log.tenant, migrating=False) as elsewhere:
                event = submission("d", "opened", "deal.opened")
                elsewhere.append(Request((event,), by="other")).result(LONGEST_SECONDS)
        assert all(hub.reached(1, LONGEST_SECONDS) for hub in hubs)
        until(lambda: connections(database, "listen") == 1)
    until(lambda: connections(database, "listen") == 0)


def test_what_is_lost_on_the_way_is_read_of_each_of_many_logs(logs, database, monkeypatch):
    monkeypatch.setattr("ledger.subscription.listener.LOOK_SECONDS", 0.01)
    hubs = [log.hub for log in logs]
    with psycopg.connect(database, autocommit=True) as connection:
        for log in logs:
            connection.execute(
                "INSERT INTO events (tenant, position, deal_id, version, id, type, recorded_at, recorded_by, leaf,"
                " leaf_hash) VALUES (%s, 1, 'd', 1, 'e', 'bid.submitted', now(), 'x', '', sha256(''))",
                (log.tenant,),
            )
    assert all(hub.reached(1, LONGEST_SECONDS) for hub in hubs)
