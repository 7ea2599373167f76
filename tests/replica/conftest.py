"""A server on a primary and one on its hot standby: `writer` and `reader` are their clients, `standby` makes more."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.postgres.embedded.server import Embedded, ephemeral
from ledger.postgres.embedded.standby import standby_of
from tests.api.conftest import bid, opened
from tests.waiting import until


def server_on(url: str, data: Path, **settings: Any) -> FastAPI:
    """A server in this process on a database."""
    return create_app(Settings(database=url, data=data, query_processes=False, **settings))


@contextmanager
def client_of(server: FastAPI) -> Iterator[httpx.Client]:
    """A client of a server, which runs meanwhile."""
    with httpx.Client(transport=InProcessTransport(server), base_url="http://127.0.0.1", timeout=60) as client:
        yield client


def serving(url: str, data: Path, **settings: Any) -> AbstractContextManager[httpx.Client]:
    """A client of a server on a database, which runs meanwhile."""
    return client_of(server_on(url, data, **settings))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the keys, which both hosts have."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def primary() -> Iterator[Embedded]:
    with ephemeral() as server:
        yield server


@pytest.fixture(scope="module")
def writer(primary: Embedded, folder: Path) -> Iterator[httpx.Client]:
    """A client of the server that records. Its log holds a deal, a list of it and a webhook."""
    with serving(primary.url, folder, webhooks_allow_private=True) as client:
        opened(client)
        assert client.post("/v1/lists", json={"name": "mine", "deals": ["tiktok"]}).status_code == 201
        hook = {"url": "http://127.0.0.1:9/", "types": ["deal.closed"]}
        assert client.post("/v1/webhooks", json=hook).status_code == 201
        yield client


@pytest.fixture(scope="module")
def standby(primary: Embedded, writer: httpx.Client) -> Iterator[Embedded]:
    with standby_of(primary) as server:
        yield server


@pytest.fixture(scope="module")
def reader(primary: Embedded, standby: Embedded, folder: Path) -> Iterator[httpx.Client]:
    """A client of the server on the standby, which notes on the primary who reads evidence."""
    with serving(standby.url, folder, writer=primary.url, writer_url="https://writer.example") as client:
        yield client


@pytest.fixture
def recorded(writer: httpx.Client) -> int:
    """The position of an event that was just recorded on the primary."""
    return record(writer)


def record(client: httpx.Client) -> int:
    """Record an event; its position."""
    answer = client.post("/v1/deals/tiktok/events", json=bid())
    assert answer.status_code == 201, answer.text
    return int(answer.json()["position"])


def covered(client: httpx.Client) -> bool:
    """Whether all that is recorded is signed, and in the list of deals."""
    checkpoint, deals = client.get("/v1/log/checkpoint"), client.get("/v1/deals").json()
    signed = int(checkpoint.text.splitlines()[1]) if checkpoint.status_code == 200 else 0
    return bool(deals["lag"] == 0 and signed == deals["as_of_position"])


def wait_until_covered(client: httpx.Client) -> None:
    until(lambda: covered(client))
