"""A host that takes connections and never answers is given up by every command, after the timeout of connections."""

import ast
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import psycopg
import pytest

from ledger import log_databases
from ledger.maintenance import health_checks
from ledger.maintenance.backup import backup
from ledger.postgres import connection
from ledger.verification import catalog_audit, registry_audit

ROOT = Path(connection.__file__).parents[2]

OWN_TIMEOUT = {"ledger/postgres/watchdog.py", "ledger/postgres/availability.py"}
"""Files that connect by themselves, with a timeout of their own."""


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a host that never answers."""
    monkeypatch.setattr(connection, "CONNECTING", {"connect_timeout": 2})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"host=127.0.0.1 port={listening.getsockname()[1]} dbname=parley user=parley"


@pytest.mark.parametrize(
    "command",
    [
        lambda url, _: health_checks.has_log(url, "t"),
        lambda url, _: log_databases.resolve(url, "t"),
        lambda url, folder: backup(url, folder / "backup"),
        lambda url, _: list(catalog_audit.compare(url)),
        lambda url, _: registry_audit.rebuild(cast(Any, SimpleNamespace(conninfo=url))),
    ],
    ids=["doctor", "directory", "backup", "catalog", "registry"],
)
def test_a_command_gives_it_up(silent: str, tmp_path: Path, command: Any) -> None:
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        command(silent, tmp_path)


def test_the_doctor_says_that_it_does_not_answer(silent: str) -> None:
    [found] = health_checks.check_database(silent)
    assert (found.level, found.name) == ("broken", "database")


def test_every_connection_is_made_with_the_shared_timeouts() -> None:
    found = {
        str(path.relative_to(ROOT))
        for package in ("domain", "ledger", "projections", "api")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "psycopg.connect"
    }
    assert found == OWN_TIMEOUT
