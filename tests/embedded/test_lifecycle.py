"""The server runs as long as it has users, in whatever way they leave, and what was committed is durable."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from ledger.postgres.embedded.errors import NotRunning
from ledger.postgres.embedded.process_locks import supervised
from ledger.postgres.embedded.server import Embedded, ephemeral, running
from tests.waiting import until

USER = """
import sys
from pathlib import Path
from ledger.postgres.embedded.server import Embedded
server = Embedded(Path(sys.argv[1])).start()
print("joined" if server.joined else "started", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(data: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the server on `data` until it is killed; with it, how it came in."""
    command = [sys.executable, "-c", USER, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()


def wait_for_the_end_of(data: Path) -> None:
    """Block until the supervisor of `data` has ended: the kernel then gives its lock to us."""
    descriptor = os.open(data / "supervisor.lock", os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.close(descriptor)


def kill_supervisor(server: int) -> None:
    """Kill the parent of the server's process."""
    status = Path(f"/proc/{server}/status").read_text()
    os.kill(int(next(line.split()[1] for line in status.splitlines() if line.startswith("PPid:"))), signal.SIGKILL)


def write_row(server: Embedded) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n integer)")
        connection.execute("INSERT INTO kept VALUES (1)")


def rows(server: Embedded) -> int:
    with psycopg.connect(server.url) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert found is not None
    return int(found[0])


def test_a_new_folder_becomes_a_private_utf8_server_that_no_network_reaches(tmp_path: Path) -> None:
    data = tmp_path / "fresh"
    with running(data) as server, psycopg.connect(server.url) as connection:

        def told(question: str) -> object:
            row = connection.execute(question).fetchone()
            assert row is not None
            return row[0]

        assert not server.joined
        assert server.version.startswith(str(told("SHOW server_version")).split()[0])
        assert told("SHOW listen_addresses") == ""
        assert told("SHOW server_encoding") == "UTF8"
        assert told("SHOW fsync") == told("SHOW synchronous_commit") == told("SHOW data_checksums") == "on"
        assert told("SELECT current_database()") == "parley"
        for folder in (data, data / "postgres", data / "run"):
            assert folder.stat().st_mode & 0o777 == 0o700
        assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_leaving_stops_the_server_and_keeps_the_rows(tmp_path: Path) -> None:
    for expected in (1, 2):
        with running(tmp_path / "data") as server:
            write_row(server)
            assert rows(server) == expected
        assert not supervised(tmp_path / "data")
        assert not (tmp_path / "data" / "server.json").exists()


def test_a_second_process_joins_and_the_first_may_leave(tmp_path: Path) -> None:
    first = Embedded(tmp_path / "data").start()
    write_row(first)
    with another_process(tmp_path / "data") as (_, how):
        assert how == "joined"
        first.stop()
        with running(tmp_path / "data") as again:
            assert again.joined
            assert rows(again) == 1
    wait_for_the_end_of(tmp_path / "data")


def test_joining_where_nothing_runs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match="start"):
        Embedded(tmp_path / "nowhere").join()
    with running(tmp_path / "data"):
        pass
    with pytest.raises(NotRunning, match="start"):
        Embedded(tmp_path / "data").join()


def test_the_server_ends_with_a_user_killed_by_force_and_its_rows_survive(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with another_process(data) as (process, how):
        assert how == "started"
        server = Embedded(data).join()
        write_row(server)
        number = json.loads((data / "server.json").read_text())["pid"]
        server.stop()
        kill(process)
        wait_for_the_end_of(data)
    assert not Path(f"/proc/{number}").exists()
    with running(data) as after:
        assert not after.joined
        assert rows(after) == 1


def test_the_server_outlives_a_killed_starter_while_somebody_else_uses_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with another_process(data) as (process, _):
        joiner = Embedded(data).join()
        kill(process)
    write_row(joiner)
    assert rows(joiner) == 1
    joiner.stop()
    assert not supervised(data)


def test_a_killed_supervisor_takes_the_server_with_it_and_the_next_start_recovers(tmp_path: Path) -> None:
    data = tmp_path / "data"
    server = Embedded(data).start()
    write_row(server)
    number = server_pid(data)
    kill_supervisor(number)
    server.stop()
    with running(data) as after:
        assert not after.joined
        assert server_pid(data) != number
        assert rows(after) == 1


def test_a_fallen_server_is_started_again_for_its_users(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        write_row(server)
        number = json.loads((data / "server.json").read_text())["pid"]
        with psycopg.connect(server.url) as connection:
            os.kill(number, signal.SIGKILL)
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT pg_sleep(60)")
        log = (data / "postgres.log").open(encoding="utf-8")
        with log:
            told = ""
            while told.count("ready to accept connections") < 2:
                told += log.read()
        assert rows(server) == 1


def server_pid(data: Path) -> int:
    """The process id of the running server, once it is published: the file is gone while a server is started again."""

    def published() -> int:
        try:
            return int(json.loads((data / "server.json").read_text())["pid"])
        except FileNotFoundError:
            return 0

    return until(published)


def await_another_server(data: Path, former: int) -> int:
    """The process id of the server that took the place of `former`."""
    return until(lambda: number if (number := server_pid(data)) != former else 0)


def test_a_server_that_is_killed_again_and_again_comes_back_each_time(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        write_row(server)
        number = server_pid(data)
        for _ in range(6):
            os.kill(number, signal.SIGKILL)
            number = await_another_server(data, number)
        assert rows(server) == 1


def test_a_server_that_could_not_start_is_tried_again_until_it_can(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        write_row(server)
        number = server_pid(data)
        (data / "postgres" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
        os.kill(number, signal.SIGKILL)
        until(lambda: (data / "postgres.log").read_text().count("The next attempt follows") >= 2)
        (data / "postgres" / "postgresql.auto.conf").write_text("")
        await_another_server(data, number)
        assert rows(server) == 1


def test_a_killed_supervisor_is_replaced_while_the_server_is_in_use(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data) as server:
        write_row(server)
        for _ in range(2):
            number = server_pid(data)
            kill_supervisor(number)
            await_another_server(data, number)
            assert rows(server) == 1
        with another_process(data) as (_, how):
            assert how == "joined"
    wait_for_the_end_of(data)


def test_connection_strings_outlive_a_supervisor_whose_socket_stands_outside_the_folder(tmp_path: Path) -> None:
    data = tmp_path / ("a" * 100) / "data"
    with running(data) as server:
        write_row(server)
        number = server_pid(data)
        kill_supervisor(number)
        await_another_server(data, number)
        assert rows(server) == 1


def test_a_throwaway_server_leaves_nothing_behind() -> None:
    with ephemeral() as server:
        write_row(server)
        data = server.data
    assert not data.exists()
