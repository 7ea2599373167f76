"""A costly query ends when its client leaves and when the server stops, and not when it has computed everything."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import Exchange, InProcessTransport
from api.settings import Settings
from domain.state import derive
from ledger.ledger import Ledger
from ledger.models import Request
from projections.temporal import recorded_deal as pasts

EVENTS = 120
QUERY = "http://127.0.0.1/v1/deals/d/history?path=/terms/fee/value"


class Walk:
    """A walk along the states of a deal that waits at one of them, so that a test can act in its midst."""

    def __init__(self) -> None:
        self.states = 0
        self.begun, self.go_on = Event(), Event()

    def derive(self, *given: Any, **named: Any) -> Any:
        self.states += 1
        if self.states == 10:
            self.begun.set()
            assert self.go_on.wait(60)
        return derive(*given, **named)


@pytest.fixture
def walk(monkeypatch: pytest.MonkeyPatch) -> Walk:
    made = Walk()
    monkeypatch.setattr(pasts, "derive", made.derive)
    return made


@pytest.fixture
def app(ledger: Ledger, submission: Callable[..., Any]) -> FastAPI:
    """The application on a log with a deal of many developments."""
    moves = [
        submission("d", f"t{number}", "terms.changed", occurred=f"2021-{1 + number // 28:02}-{1 + number % 28:02}",
                   term="fee", to=number)
        for number in range(EVENTS)
    ]  # fmt: skip
    ledger.append(Request((submission("d", "o", "deal.opened"), *moves), by="test")).result()
    return create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)


@pytest.fixture
def indoors(app: FastAPI) -> Iterator[InProcessTransport]:
    transport = InProcessTransport(app)
    yield transport
    transport.close()


def test_a_query_ends_when_its_client_leaves(app: FastAPI, indoors: InProcessTransport, walk: Walk) -> None:
    exchange = Exchange(indoors, httpx.Request("GET", QUERY))
    assert walk.begun.wait(60)
    with ThreadPoolExecutor(1) as thread:
        left = thread.submit(exchange.close)
        indoors.run(exchange.gone.wait())
        walk.go_on.set()
        left.result(60)
    assert walk.states < EVENTS
    assert app.state.runtime.pool.running == 0


def test_a_query_ends_when_the_server_stops(app: FastAPI, indoors: InProcessTransport, walk: Walk) -> None:
    with httpx.Client(transport=indoors) as client, ThreadPoolExecutor(1) as thread:
        asked = thread.submit(client.get, QUERY)
        assert walk.begun.wait(60)
        app.state.runtime.end_streams()
        walk.go_on.set()
        answer = asked.result(60)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert walk.states < EVENTS
