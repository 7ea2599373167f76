"""A server that starts before its database waits for it; what no wait would mend ends it."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from api.background import Background
from api.runtime.runtime import Runtime, WouldBeOpen
from api.settings import Settings
from api.workers import start_workers
from ledger.postgres.availability import may_become_available
from ledger.postgres.embedded.server import Embedded
from tests.api.conftest import bid, refused
from tests.cli.conftest import COMMAND
from tests.waiting import LONGEST_SECONDS, until


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Embedded]:
    """A PostgreSQL that was stopped, and may be started."""
    with Embedded(tmp_path / "data", durable=False) as embedded:
        embedded.stop()
        yield embedded
        embedded.start()  # what is left in the end is stopped


@pytest.fixture
def port() -> int:
    """A port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answered(client: httpx.Client, path: str) -> int:
    """The status of an answer; 0 where nothing listens yet."""
    try:
        return client.get(path).status_code
    except httpx.ConnectError:
        return 0


def logged(file: Path) -> list[str]:
    """The names of the entries of a log, which are JSON."""
    return [json.loads(line)["event"] for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_server_refuses_requests_until_its_database_answers(away: Embedded, port: int, tmp_path: Path) -> None:
    command = [*COMMAND, "serve", "--database", away.url, "--data", str(tmp_path / "parley"), "--port", str(port)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log) as server:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_SECONDS) as client:
                until(lambda: answered(client, "/healthz") == 200)
                until(lambda: "database-awaited" in logged(tmp_path / "log"))
                for path in ("/readyz", "/v1/deals", "/"):
                    refused(client.get(path), 503, "busy")
                refused(client.post("/v1/deals/d/events", json=bid()), 503, "busy")
                away.start()
                until(lambda: client.get("/readyz").status_code == 200)
                assert client.get("/v1/deals").json()["items"] == []
            assert server.stdout is not None
            assert b"Parley serves" in server.stdout.readline()
            server.terminate()
            assert server.wait(LONGEST_SECONDS) == 0
        finally:
            server.kill()
        assert logged(tmp_path / "log").count("database-awaited") == 1


def test_a_background_that_runs_alone_waits_too(away: Embedded, tmp_path: Path) -> None:
    background, ready = Background(Settings(database=away.url, data=tmp_path / "parley")), threading.Event()
    thread = threading.Thread(target=background.run, args=[ready.set])
    thread.start()
    away.start()
    assert ready.wait(LONGEST_SECONDS)
    background.stop()
    thread.join(LONGEST_SECONDS)
    assert not thread.is_alive()


def test_a_background_that_waits_can_be_stopped(away: Embedded, tmp_path: Path) -> None:
    background = Background(Settings(database=away.url, data=tmp_path / "parley"))
    thread = threading.Thread(target=background.run, args=[lambda: None])
    thread.start()
    background.stop()
    thread.join(LONGEST_SECONDS)
    assert not thread.is_alive()


def test_a_server_that_would_be_open_to_all_ends_after_the_wait_without_an_answer(
    away: Embedded, tmp_path: Path
) -> None:
    runtime = Runtime(Settings(database=away.url, data=tmp_path / "parley", host="0.0.0.0"), start_workers)
    done = threading.Event()
    runtime.open_or_wait(done.set)
    try:
        assert runtime.waiting
        away.start()
        assert done.wait(LONGEST_SECONDS)
        assert isinstance(runtime.failure, WouldBeOpen)
        assert runtime.waiting
    finally:
        runtime.close()


def test_a_database_that_refuses_the_connection_is_not_waited_for(database: str) -> None:
    wrong = make_conninfo(database, dbname="missing")
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(wrong)
    assert not may_become_available(wrong, caught.value)
    standby = make_conninfo(database, target_session_attrs="standby")
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(standby)
    assert may_become_available(standby, caught.value)
