"""The rival with system-versioned tables: MariaDB, queried for the same 200 entities AS OF a moment.

It runs from the system's own packages in a folder of its own, over a Unix socket, with its usual settings.
"""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymysql

START_SECONDS = 60.0
FIRST = 1_577_836_800
STEP_SECONDS = 97


INSTALL_SECONDS = 180
PROGRAMS = ("mariadbd", "mariadb-install-db", "my_print_defaults")
PACKAGES = ("mariadb-server-core", "mariadb-client-core")
"""Of Debian: the programs alone, without a service that would start."""


MISSING = f"mariadbd is not installed (on Debian: apt-get install {' '.join(PACKAGES)})"


def installed() -> bool:
    """Whether its programs are there."""
    return all(map(shutil.which, PROGRAMS))


def install() -> None:
    """Install it from the system's packages where it is missing and this process may; otherwise it stays missing."""
    if installed() or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(
                ["apt-get", "-qq", *arguments],
                env=environment,
                timeout=INSTALL_SECONDS,
                capture_output=True,
                check=False,
            )


@contextmanager
def server() -> Iterator[Any]:
    """A connection to a MariaDB that was started for this; it is installed."""
    daemon, installer = PROGRAMS[:2]
    with tempfile.TemporaryDirectory(prefix="parley-mariadb-") as folder:
        data, socket = Path(folder) / "data", Path(folder) / "socket"
        whose = ["--no-defaults", f"--datadir={data}", "--user=root"]
        install = [installer, *whose, "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run(install, check=True, capture_output=True)
        running = subprocess.Popen(
            [daemon, *whose, f"--socket={socket}", "--skip-networking", "--innodb-buffer-pool-size=512M"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield _connected(str(socket))
        finally:
            running.terminate()
            running.wait(timeout=30)


def _connected(socket: str) -> Any:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return pymysql.connect(unix_socket=socket, user="root", autocommit=True)
        except pymysql.err.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def filled(connection: Any, versions: int, things: int) -> None:
    """A table of `things` rows with a history of `versions` row versions, in the order of their time."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE bench")
        cursor.execute("USE bench")
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(
            "CREATE TABLE things (id INT PRIMARY KEY, kind VARCHAR(20), status VARCHAR(20), due DATE, body JSON) "
            "WITH SYSTEM VERSIONING"
        )
        cursor.execute("SET system_versioning_insert_history = 1")
        draw = random.Random(1)
        last: dict[int, int] = {}
        rows: list[tuple[Any, ...]] = []
        for number in range(versions):
            thing = draw.randrange(things)
            if thing in last:
                rows.append(_row(thing, last[thing], number))
            last[thing] = number
        rows += [_row(thing, number, None) for thing, number in last.items()]
        for start in range(0, len(rows), 5_000):
            statement = (
                "INSERT INTO things (id, kind, status, due, body, row_start, row_end) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s)"
            )
            cursor.executemany(statement, rows[start : start + 5_000])


def _row(thing: int, since: int, until: int | None) -> tuple[Any, ...]:
    body = f'{{"obligation": "close the joint venture", "by": "cfius", "step": {since}, "because": ["event-{since}"]}}'
    end = "2038-01-19 03:14:07.999999" if until is None else moment(until)
    return thing, "deadline", "extended", "2026-01-23", body, moment(since), end


def moment(number: int) -> str:
    """The time of an event, as MariaDB writes it."""
    return datetime.fromtimestamp(FIRST + number * STEP_SECONDS, UTC).strftime("%Y-%m-%d %H:%M:%S.000000")


def as_of(connection: Any, number: int) -> int:
    """Every thing as it was at the time of an event; how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM things FOR SYSTEM_TIME AS OF TIMESTAMP'{moment(number)}'")
        return len(cursor.fetchall())
