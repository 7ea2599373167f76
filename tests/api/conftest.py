"""The application on an empty log: `http` is its client in this process, `deal` opens a deal, `running` serves it."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger
from tests.api.live_server import Running

Post = Callable[..., httpx.Response]


@pytest.fixture
def app(ledger: Ledger) -> FastAPI:
    """The application on a log of this test's own."""
    return create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)


@pytest.fixture
def http(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of the application."""
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def deal(http: httpx.Client) -> str:
    """The path of a deal that has been opened and has one bid."""
    return opened(http)


@pytest.fixture
def running(app: FastAPI) -> Iterator[Running]:
    """The application behind the server, on a free port."""
    server = Running(app)
    yield server
    server.stop()


def opened(http: httpx.Client) -> str:
    """Open a deal and record one bid; its path."""
    opening = {"deal_id": "tiktok", "title": "TikTok", "kind": "forced_divestiture", "subject": "tiktok_us"}
    assert http.post("/v1/deals", json={**opening, "occurred": "2020-08-06"}).status_code == 201
    assert http.post("/v1/deals/tiktok/events", json=bid("b1", id="first-bid")).status_code == 201
    return "/v1/deals/tiktok"


def bid(bid_id: str = "b1", occurred: str = "2020-08-20", **members: Any) -> dict[str, Any]:
    """A bid as one would post it."""
    return {"type": "bid.submitted", "occurred": occurred, "data": {"bid_id": bid_id, "bidders": ["oracle"]}, **members}


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem of an error response; it must be of this status and code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["code"] == code, told
    assert (told["status"], told["type"]) == (status, f"/problems/{code}")
    assert told["title"]
    assert told["detail"].endswith((".", ")"))
    return told
