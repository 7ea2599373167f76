"""The application on a log with both timelines of the demo; and on a log of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger, open_ledger
from tests.api.conftest import opened

TIMELINES = Path(__file__).parents[2] / "api" / "demo"


def client_of(ledger: Ledger) -> httpx.Client:
    """A client of an application on a log."""
    app = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
    return httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1")


@pytest.fixture(scope="module")
def saga(shared_database: str, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """The record of 2020 as two articles tell it (tiktok-2020), and the saga of 2019 to 2026 (tiktok)."""
    log = open_ledger(shared_database, f"saga-{request.module.__name__}", migrating=False)
    with log as ledger, client_of(ledger) as client:
        for name in ("seeds", "tiktok"):
            told = client.post("/v1/imports", content=(TIMELINES / f"{name}.ndjson").read_bytes())
            assert (told.status_code, told.json()["errors"]) == (200, [])
        yield client


@pytest.fixture
def http(ledger: Ledger) -> Iterator[httpx.Client]:
    """A client on an empty log."""
    with client_of(ledger) as client:
        yield client


@pytest.fixture
def deal(http: httpx.Client) -> str:
    """The path of a deal with one bid."""
    return opened(http)
