"""A server is live without its database, and ready only while it can read and record."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from api import limits
from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import open_ledger
from ledger.postgres.embedded.server import Embedded
from tests.api.conftest import bid, opened, refused
from tests.waiting import until


@pytest.fixture
def client(database: str) -> Iterator[httpx.Client]:
    """A client of the application on a database of the test's own."""
    with open_ledger(database) as ledger:
        app = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as made:
            yield made


def test_a_database_that_does_not_answer_is_not_waited_for(
    client: httpx.Client, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz").status_code == 200
    with psycopg.connect(database) as blocker:
        blocker.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
        monkeypatch.setattr(limits, "READY_SECONDS", 0.1)
        for _ in range(3):
            assert "has not answered" in refused(client.get("/readyz"), 503, "busy")["detail"]
        assert client.get("/healthz").status_code == 200
        blocker.rollback()
    monkeypatch.undo()
    until(lambda: client.get("/readyz").status_code == 200)


def test_a_database_without_room_for_events_makes_the_server_unready(client: httpx.Client, database: str) -> None:
    deal = opened(client)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        connection.execute("CREATE TRIGGER full_disk BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION full_disk()")
        refused(client.post(f"{deal}/events", json=bid("b2")), 503, "busy")
        assert "No space left" in refused(client.get("/readyz"), 503, "busy")["detail"]
        connection.execute("DROP TRIGGER full_disk ON events")
    assert client.post(f"{deal}/events", json=bid("b2")).status_code == 201
    assert client.get("/readyz").status_code == 200


def test_a_server_that_cannot_write_files_is_unready_before_anybody_records(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{connection.info.dbname}" SET temp_file_limit = 0')
    with open_ledger(database) as ledger:
        app = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as made:
            assert "temp_file_limit" in refused(made.get("/readyz"), 503, "busy")["detail"]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 160 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk to be had here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(filler: Path) -> None:
    """Make a file that takes all the room there is."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 65536)


def test_on_a_full_disk_a_server_lives_is_unready_and_recovers_with_room(disk: Path) -> None:
    with Embedded(disk / "data", durable=False) as embedded:
        app = create_app(Settings(database=embedded.url, data=disk / "parley", run_workers=False))
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
            deal = opened(client)
            assert client.get("/readyz").status_code == 200
            filler = disk / "filler"
            fill(filler)
            until(lambda: client.get("/readyz").status_code == 503)
            assert client.get("/healthz").status_code == 200
            filler.unlink()
            until(lambda: client.get("/readyz").status_code == 200)
            until(lambda: client.post(f"{deal}/events", json=bid("b3", id="b3")).status_code == 201)


def test_after_a_long_absence_of_the_database_the_server_serves_again_at_once(tmp_path: Path) -> None:
    with Embedded(tmp_path / "data", durable=False) as embedded:
        app = create_app(Settings(database=embedded.url, data=tmp_path / "parley", run_workers=False))
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
            deal = opened(client)
            pool = app.state.runtime.main.ledger.pool
            embedded.stop()
            pool.timeout = 0.2
            # Four attempts at doubling distances: the fifth would come eight seconds after the fourth.
            until(lambda: client.get("/v1/deals").is_error and pool.get_stats().get("connections_errors", 0) >= 4)
            refused(client.get("/readyz"), 503, "busy")
            embedded.start()
            failed = pool.get_stats().get("connections_errors", 0)
            until(lambda: client.get("/v1/deals").status_code == 200)
            assert client.get("/readyz").status_code == 200
            assert client.post(f"{deal}/events", json=bid("b3")).status_code == 201
            assert pool.get_stats().get("connections_errors", 0) - failed <= 1
