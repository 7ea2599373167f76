"""What is frozen gives no sign: neither a server of PostgreSQL nor a process that leads may stop others for long."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import httpx
import psycopg
import pytest

from api import limits
from api.app import create_app
from api.runtime.runtime import Runtime
from api.settings import Settings
from api.workers import start_workers
from domain.errors import Busy
from ledger.ledger import open_ledger
from ledger.postgres import leadership, watchdog
from ledger.postgres.connection import CONNECTING, connect
from ledger.postgres.embedded.server import ephemeral
from ledger.postgres.watchdog import ServerSilent
from ledger.tlog.signer import LogSigner
from ledger.tlog.signing_keys import log_folder
from projections.batch_update import locked_tables
from projections.rebuild import catch_up
from projections.registry import PROJECTIONS
from projections.runner import Runner
from projections.state.state_reader import StateReader
from tests.api.conftest import bid, opened
from tests.api.live_server import Running
from tests.cli.conftest import COMMAND
from tests.failures.test_background_process import covered
from tests.waiting import LONGEST_SECONDS, until


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


@contextmanager
def frozen(pids: Callable[[], list[int]]) -> Iterator[None]:
    """Stop processes, first those that start others; they go on in the end."""
    stopped: list[int] = []
    while fresh := [pid for pid in pids() if pid not in stopped]:
        for pid in fresh:
            os.kill(pid, signal.SIGSTOP)
            stopped.append(pid)
    try:
        yield
    finally:
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)


@pytest.fixture
def shorter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is found in half the time."""
    monkeypatch.setattr(watchdog, "SILENT_SECONDS", 7)
    monkeypatch.setattr(watchdog, "PROBE_SECONDS", 4)
    monkeypatch.setattr(limits, "READY_SECONDS", 1.5)


@pytest.fixture
def silent_server() -> Iterator[tuple[str, Callable[[], list[int]]]]:
    """A PostgreSQL of the test's own: its URL, and its processes."""
    with ephemeral() as embedded:
        lines = (embedded.data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        postmaster = int(lines[0])
        yield embedded.url, lambda: [postmaster, *children(postmaster)]


def test_a_frozen_database_is_noticed_and_all_goes_on_when_it_answers_again(
    silent_server: tuple[str, Callable[[], list[int]]], shorter: None, tmp_path: Path
) -> None:
    url, processes = silent_server
    app = create_app(Settings(database=url, data=tmp_path))
    server = Running(app)
    try:
        with httpx.Client(base_url=server.url, timeout=LONGEST_SECONDS) as client, ThreadPoolExecutor() as threads:
            deal = opened(client)
            main = app.state.runtime.main
            until(lambda: covered(main.ledger))

            def ask(method: str, path: str, **options: object) -> "Future[httpx.Response]":
                return threads.submit(client.request, method, path, **options)

            with frozen(processes):
                written = ask("POST", f"{deal}/events", json=bid("b2", id="frozen"))
                read = [ask("GET", f"{deal}/events?limit={number}") for number in range(1, 4)]
                while not written.done():
                    assert client.get("/readyz").status_code == 503
                    assert client.get("/healthz").status_code == 200
                    time.sleep(0.2)
                assert written.result().status_code == 503
                assert written.result().json()["code"] in ("outcome-unknown", "busy")
                assert {each.result().status_code for each in read} == {503}
                # The next one does not wait for the same connections again.
                assert client.post(f"{deal}/events", json=bid("b3", id="next")).status_code == 503
            until(lambda: client.get("/readyz").status_code == 200)
            until(lambda: client.post(f"{deal}/events", json=bid("b2", id="frozen")).status_code in (200, 201))
            assert client.get(f"{deal}/state").status_code == 200
            until(lambda: covered(main.ledger))
            until(lambda: not client.get("/readyz").json()["failures"])
    finally:
        server.stop()


def test_a_server_that_starts_while_its_database_is_frozen_waits_for_it(
    silent_server: tuple[str, Callable[[], list[int]]], tmp_path: Path
) -> None:
    url, processes = silent_server
    runtime, opened = Runtime(Settings(database=url, data=tmp_path, run_workers=False), start_workers), Event()
    with frozen(processes):
        runtime.open_or_wait(opened.set)
        assert runtime.waiting
    assert opened.wait(LONGEST_SECONDS)
    assert runtime.failure is None
    assert not runtime.waiting
    runtime.close()


def test_a_statement_that_is_slow_is_waited_for_and_on_an_impatient_connection_it_is_not(
    database: str, shorter: None
) -> None:
    with connect(database) as slow, connect(database) as impatient, ThreadPoolExecutor() as threads:
        impatient.impatient = True
        waited = threads.submit(slow.execute, "SELECT 'done', pg_sleep(9)")
        with pytest.raises(ServerSilent, match="has not answered for 7 seconds"):
            impatient.execute("SELECT pg_sleep(60)")
        assert impatient.broken
        assert not waited.done()
        assert waited.result().fetchone()[0] == "done"


def test_a_frozen_process_does_not_lead_for_long(database: str, tmp_path: Path) -> None:
    """Another one signs and updates projections, and the frozen one stands by when it goes on."""
    command = [*COMMAND, "work", "--database", database, "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert "Parley works" in process.stdout.readline()
            with open_ledger(database, migrating=False) as ledger:
                app = create_app(Settings(database=database, data=tmp_path, run_workers=False))
                server = Running(app)
                try:
                    with httpx.Client(base_url=server.url, timeout=LONGEST_SECONDS) as client:
                        opened(client)
                        until(lambda: covered(ledger))
                        folder = log_folder(tmp_path, ledger.origin)
                        signer = LogSigner(database, ledger.tenant, ledger.origin, folder)
                        with frozen(lambda: [process.pid]), Runner(ledger, PROJECTIONS) as runner:
                            signer.start()
                            try:
                                until(lambda: signer.leading and runner.leading)
                                assert client.post("/v1/deals/tiktok/events", json=bid("b2")).status_code == 201
                                until(lambda: covered(ledger))
                            finally:
                                signer.close()
                        assert client.post("/v1/deals/tiktok/events", json=bid("b3")).status_code == 201
                        until(lambda: covered(ledger))
                finally:
                    server.stop()
        finally:
            process.kill()


def test_the_tables_that_a_frozen_process_was_writing_are_released(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a process that holds the tables of a projection and sends nothing any longer
    monkeypatch.setattr(leadership, "LEADER_SECONDS", 2)
    monkeypatch.setattr(leadership, "HEARTBEAT_SECONDS", LONGEST_SECONDS)
    projection = PROJECTIONS[0]
    with open_ledger(database) as ledger:
        catch_up(ledger, projection, StateReader(ledger))

        def write() -> None:
            with locked_tables(ledger, projection) as (connection, _):
                # When another begins to lead, then it goes on
                with Runner(ledger, PROJECTIONS) as runner:
                    until(lambda: projection.name in runner.reached.positions())
                connection.execute("SELECT 1")

        # And what the first one was writing is undone
        with pytest.raises(Busy):
            write()


def test_the_tables_of_a_process_that_works_for_long_are_not_released(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "LEADER_SECONDS", 2)
    monkeypatch.setattr(leadership, "HEARTBEAT_SECONDS", 0.2)
    with open_ledger(database) as ledger:
        catch_up(ledger, PROJECTIONS[0], StateReader(ledger))
        with locked_tables(ledger, PROJECTIONS[0]) as (connection, _):
            time.sleep(3)
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_request_waits_no_longer_than_twenty_seconds_for_a_silent_server() -> None:
    """For an answer, and then for a new connection."""
    assert watchdog.SILENT_SECONDS + CONNECTING["connect_timeout"] <= 20


def test_the_url_may_give_other_timeouts(database: str) -> None:
    with connect(f"{database} tcp_user_timeout=30000 connect_timeout=9") as connection:
        given = psycopg.conninfo.conninfo_to_dict(connection.info.dsn)
    assert (given["tcp_user_timeout"], given["connect_timeout"]) == ("30000", "9")
    assert given["keepalives_idle"] == "5"
