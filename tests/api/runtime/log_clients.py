"""A server of several logs, `http` its client; the keys of the logs and its connections."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.api_keys import Access
from ledger.database import Database
from ledger.ledger import open_ledger


@pytest.fixture
def app(database: str, tmp_path: Path) -> FastAPI:
    """The application; its main log is the first of `admin_keys`."""
    return create_app(Settings(database=database, tenant="t0", data=tmp_path))


@pytest.fixture
def http(app: FastAPI, keys: list[str]) -> Iterator[httpx.Client]:
    """A client of the application, once the logs of `keys` are made."""
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


def by(key: str) -> dict[str, str]:
    """The headers of a request with a key."""
    return {"Authorization": f"Bearer {key}"}


def admin_keys(database: str, logs: int) -> list[str]:
    """An administrator's key of each of so many new logs."""
    made = []
    with Database(database, size=1) as shared:
        for number in range(logs):
            ledger = open_ledger(database, f"t{number}", migrating=False, database=shared)
            made.append(Access(ledger, ledger.tenant).make("desk", "admin", by="test")[1])
    return made


def connections(database: str) -> int:
    """Connections to a database."""
    with psycopg.connect(database) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        [found] = connection.execute(asked).fetchone() or [0]
    return int(found)
