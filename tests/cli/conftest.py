"""The command line as people use it: arguments in, text and an exit code out, on a real database."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from typer.testing import CliRunner

from api.cli import app
from api.demo import SAGA, SEEDS
from ledger.postgres.embedded.server import Embedded
from tests.waiting import LONGEST_SECONDS

_numbers = count(1)
COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]


@dataclass(frozen=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def words(self) -> str:
        """The output on one line, so that a sentence is found wherever it was broken."""
        return " ".join(self.out.split())


@dataclass(frozen=True)
class Parley:
    """Runs commands on one database."""

    url: str

    def __call__(self, *arguments: str) -> Ended:
        return run(*arguments, "--database", self.url)


def run(*arguments: str) -> Ended:
    """Run the command in this process."""
    ended = CliRunner().invoke(app, list(arguments), prog_name="parley")
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Ended(ended.exit_code, ended.stdout, ended.stderr)


@pytest.fixture(autouse=True)
def _a_plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PARLEY_SERVER", "PARLEY_API_KEY", "PARLEY_DATABASE", "PARLEY_DATA", "COLUMNS", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def fresh(cluster: Embedded) -> Callable[[], str]:
    """Makes the URL of a new, empty database; it goes with the server."""

    def make() -> str:
        name = f"cli_{next(_numbers)}"
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return make_conninfo(cluster.url, dbname=name)

    return make


@pytest.fixture(scope="session")
def loaded(fresh: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with both timelines, for tests that only read."""
    url = fresh()
    folder = tmp_path_factory.mktemp("timelines")
    for timeline in (SEEDS, SAGA):
        file = folder / timeline.file
        file.write_bytes(timeline.read())
        assert run("import", str(file), "--database", url).code == 0
    return url


@pytest.fixture(scope="session")
def parley(loaded: str) -> Parley:
    """Runs commands on the database with both timelines."""
    return Parley(loaded)


@pytest.fixture
def writing(fresh: Callable[[], str]) -> Parley:
    """Runs commands on a database of the test's own, in which the deal `d` is open."""
    on_it = Parley(fresh())
    opened = on_it("record", "d", "deal.opened", "title=A deal", "kind=merger", "subject=target", "parties=buyer",
                   "--occurred", "2020-01-01", "--id", "opening")  # fmt: skip
    assert opened.code == 0, opened.err
    return on_it


@dataclass
class Serving:
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    url: str
    said: list[str]

    def stop(self, by: signal.Signals = signal.SIGINT) -> int:
        """Its exit code."""
        self.process.send_signal(by)
        return self.process.wait(timeout=LONGEST_SECONDS)


@pytest.fixture(scope="session")
def serving(loaded: str) -> Iterator[Serving]:
    """`parley serve` on the database with both timelines."""
    yield from start("serve", "--database", loaded, "--port", "0")


def start(*arguments: str, **options: Any) -> Iterator[Serving]:
    """A command that serves, once it has said where."""
    process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True, **options)
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "http://" in line:
                break
        else:
            raise AssertionError("".join(said))
        yield Serving(process, next(word for word in said[-1].split() if word.startswith("http://")), said)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
