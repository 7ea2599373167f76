"""Processes are killed, the server stops, the disk is full: nothing acknowledged is lost, nothing is half done."""

import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from domain.errors import Busy, OutcomeUnknown, ParleyError
from ledger.ledger import open_ledger
from ledger.models import Request
from ledger.postgres.embedded.server import Embedded

WRITER = """
import sys, threading
from itertools import count
sys.path[:0] = [sys.argv[1], sys.argv[2]]
from tests.submissions import make_submission
from ledger.ledger import open_ledger
from ledger.models import Request

ledger = open_ledger(sys.argv[3], sys.argv[4], migrating=False)
saying = threading.Lock()

def write(writer):
    for number in count():
        event = make_submission("d", f"{sys.argv[5]}-{writer}-{number}", "bid.submitted")
        ledger.append.appender(Request((event,), by="writer")).result(timeout=60)
        with saying:
            print(event.id, flush=True)

for writer in range(8):
    threading.Thread(target=write, args=(writer,)).start()
"""


def test_a_writer_killed_under_load_loses_no_acknowledged_event(ledger, submission, shared_database):
    ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    acknowledged: list[str] = []
    tests = Path(__file__).parents[1]
    for life in range(3):
        command = [
            sys.executable,
            "-c",
            WRITER,
            str(tests.parent),
            str(tests),
            shared_database,
            ledger.tenant,
            f"life{life}",
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                acknowledged.append(line.strip())
                if len(acknowledged) == 150 * (life + 1):
                    writer.kill()
                    break
            acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    stored = ledger.read_log(0)
    assert set(acknowledged) <= {row.id for row in stored}
    assert [row.position for row in stored] == list(range(1, len(stored) + 1))
    assert [row.version for row in stored] == list(range(1, len(stored) + 1))


def test_a_server_that_stops_under_load_gives_clear_errors_and_all_goes_on_after_it(tmp_path, submission):
    server = Embedded(tmp_path / "data", durable=False)
    with server:
        ledger = open_ledger(server.url)
        ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
        assert ledger.hub.reached(1, 10)
        outcomes: dict[str, ParleyError | None] = {}
        enough, stopped = threading.Event(), threading.Event()

        def write(writer: int) -> None:
            for number in range(100_000):
                event = submission("d", f"w{writer}-{number}", "bid.submitted")
                try:
                    ledger.append(Request((event,), by="desk")).result(timeout=30)
                    outcomes[event.id] = None
                except ParleyError as error:
                    outcomes[event.id] = error
                if len(outcomes) > 200:
                    enough.set()
                if stopped.is_set():
                    return

        writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
        for writer in writers:
            writer.start()
        assert enough.wait(30)
        server.stop()
        stopped.set()
        for writer in writers:
            writer.join()
    refusals = [error for error in outcomes.values() if error is not None]
    assert refusals
    assert {type(error) for error in refusals} <= {Busy, OutcomeUnknown}
    with pytest.raises(Busy, match="not available"):
        ledger.head()
    with server:
        assert server.url == ledger.conninfo
        # What was acknowledged is there; what was not, may be sent again and is then there once.
        for event_id, error in list(outcomes.items()):
            if error is not None:
                ledger.append(Request((submission("d", event_id, "bid.submitted"),), by="desk")).result(timeout=30)
        stored = ledger.read_log(0)
        assert sorted(row.id for row in stored) == sorted(["opened", *outcomes])
        assert [row.position for row in stored] == list(range(1, len(stored) + 1))
        assert ledger.hub.reached(len(stored), 10)
        ledger.close()


@pytest.mark.parametrize(("method", "expected"), [("append_at_once", None), ("write", 1)])
def test_a_connection_lost_at_commit_is_told_and_the_same_id_settles_it(ledger, submission, method, expected):
    ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    writer = ledger.appender._writer
    write = getattr(writer, method)

    def lose(*given):
        with ledger.pool.connection() as connection:
            connection.execute("RESET ROLE")
            connection.execute("SELECT pg_terminate_backend(%s)", (writer._connection.info.backend_pid,))
            connection.execute("SET ROLE parley_app")
        return write(*given)

    setattr(writer, method, lose)
    event = submission("d", "e1", "bid.submitted")
    with pytest.raises(OutcomeUnknown) as lost:
        ledger.append(Request((event,), by="desk", expected_version=expected)).result(timeout=30)
    assert lost.value.extra["ids"] == ["e1"]
    assert ledger.append(Request((event,), by="desk")).result(timeout=30).version == 2


def test_a_connection_lost_between_batches_is_made_again_unnoticed(ledger, submission, shared_database):
    ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    pid = ledger.appender._writer._connection.info.backend_pid
    with psycopg.connect(shared_database, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    event = submission("d", "e1", "bid.submitted")
    assert ledger.append(Request((event,), by="desk")).result(timeout=30).version == 2


def test_what_the_server_refuses_is_not_recorded_and_spares_the_rest_of_the_batch(database, submission):
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON events"
            " FOR EACH ROW WHEN (NEW.id LIKE 'big%') EXECUTE FUNCTION full_disk()"
        )
    with open_ledger(database) as ledger:
        ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
        futures = [
            ledger.append(Request((submission("d", name, "bid.submitted"),), by="desk")) for name in ("e1", "big", "e2")
        ]
        assert sorted(future.result(timeout=30).version for future in futures[::2]) == [2, 3]
        with pytest.raises(Busy, match="No space left on device"):
            futures[1].result(timeout=30)
        assert [row.position for row in ledger.read_log(0)] == [1, 2, 3]


def test_a_full_queue_is_told_at_once(ledger, submission, monkeypatch):
    monkeypatch.setattr("ledger.append.request_queue.QUEUE_EVENTS", 3)
    ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    with ledger.pool.connection() as blocker, blocker.transaction():
        from ledger.append.writer import lock_key

        blocker.execute("SELECT pg_advisory_xact_lock(%s)", (lock_key(ledger.tenant),))
        futures = [ledger.append(Request((submission("d", "e0", "bid.submitted"),), by="desk"))]
        # The appender may take a full queue before it waits for the lock; then as many again are queued.
        requests = (Request((submission("d", f"e{number}", "bid.submitted"),), by="desk") for number in range(1, 8))
        with pytest.raises(Busy, match="waiting to be recorded") as refusal:
            futures.extend(map(ledger.append, requests))
        assert refusal.value.extra == {"retry_after": 1}
    assert [future.result(timeout=30).version for future in futures] == list(range(2, 2 + len(futures)))


def test_closing_finishes_what_is_queued(shared_database, tenant, submission):
    ledger = open_ledger(shared_database, tenant, migrating=False)
    opened = ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk"))
    futures = [
        ledger.append(Request((submission("d", f"e{number}", "bid.submitted"),), by="desk")) for number in range(50)
    ]
    ledger.close()
    assert opened.result(timeout=0).version == 1
    assert [future.result(timeout=0).version for future in futures] == list(range(2, 52))
    with pytest.raises(Busy, match="closing"):
        ledger.append(Request((submission("d", "late", "bid.submitted"),), by="desk"))


def test_the_url_of_a_server_that_is_away_says_so(tmp_path):
    assert "host" in conninfo_to_dict(f"host={tmp_path}")
    with pytest.raises(psycopg.OperationalError):
        open_ledger(f"host={tmp_path} dbname=parley")
