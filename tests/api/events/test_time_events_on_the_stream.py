"""The stream sends time events, as webhooks do; an id that does not exist is answered by a reset; HEAD ends."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from domain.time.instants import DAY
from ledger.ledger import Ledger
from projections.state.state_reader import clock
from tests.api.conftest import bid, opened, refused
from tests.api.events.test_stream import messages as all_messages
from tests.api.live_server import Running
from tests.waiting import LONGEST_SECONDS, until


@pytest.fixture
def served(ledger: Ledger) -> FastAPI:
    return create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)


@pytest.fixture
def client(served: FastAPI) -> Iterator[httpx.Client]:
    running = Running(served)
    with httpx.Client(base_url=running.url, timeout=LONGEST_SECONDS) as made:
        yield made
    running.stop()


def messages(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """The messages of a stream that say something."""
    return (each for each in all_messages(answer) if "event" in each)


def move_clock(app: FastAPI, days: float) -> None:
    app.state.runtime.main.reader.now = lambda: clock() + int(days * DAY)


def due_in(days: int) -> dict[str, Any]:
    day = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    data = {"deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "statutory", "due": day}
    return {"type": "deadline.set", "occurred": "2020-08-20", "data": data}


def test_notices_and_transitions_come_beside_events(served: FastAPI, client: httpx.Client) -> None:
    deal = opened(client)
    with client.stream("GET", "/v1/stream?notice=3d,1d") as answer:
        assert answer.status_code == 200
        arriving = messages(answer)
        client.post(f"{deal}/events", json=due_in(5))
        assert next(arriving)["event"] == "deadline.set"
        move_clock(served, 2.5)
        notice = next(arriving)
        assert notice["event"] == "time.deadline.notice"
        told = json.loads(notice["data"])
        assert (told["type"], told["position"], told["data"]["days_left"]) == ("time.deadline.notice", 3, 3)
        assert (told["data"]["deal_id"], told["data"]["thing_id"]) == ("tiktok", "dl")
        move_clock(served, 7)
        assert json.loads(next(arriving)["data"])["data"]["days_left"] == 1
        assert next(arriving)["event"] == "time.deadline.past_due"
        client.post(f"{deal}/events", json=bid("b7", id="later"))
        assert json.loads(next(arriving)["data"])["id"] == "later"
    with client.stream("GET", "/v1/stream?notice=3d,1d", headers={"Last-Event-ID": notice["id"]}) as answer:
        arriving = messages(answer)
        seen = [next(arriving) for _ in range(3)]
        assert sorted(each["event"] for each in seen) == [
            "bid.submitted",
            "time.deadline.notice",
            "time.deadline.past_due",
        ]
        ids = [each["id"].partition("~")[0] for each in seen]
        assert ids == sorted(ids)


def test_a_reader_comes_back_between_an_event_and_what_time_made_before_it(
    served: FastAPI, client: httpx.Client
) -> None:
    deal = opened(client)
    client.post(f"{deal}/events", json=due_in(5))
    with client.stream("GET", "/v1/stream?after=2&type=time.*,deadline.*") as answer:
        last = next(messages(answer))
        assert last["event"] == "deadline.set"
    move_clock(served, 7)
    client.post(f"{deal}/events", json={**due_in(9), "data": {**due_in(9)["data"], "deadline_id": "dl2"}})
    with client.stream("GET", "/v1/stream?type=time.*,deadline.*", headers={"Last-Event-ID": last["id"]}) as answer:
        arriving = messages(answer)
        assert {next(arriving)["event"], next(arriving)["event"]} == {"deadline.set", "time.deadline.past_due"}


@pytest.mark.parametrize("query", ["type=time.*", "type=time.deadline.past_due&deal=tiktok", "notice=1d&type=time.*"])
def test_only_what_is_asked_for_comes(served: FastAPI, client: httpx.Client, query: str) -> None:
    deal = opened(client)
    client.post(f"{deal}/events", json=due_in(2))
    other = {"deal_id": "other", "title": "O", "kind": "merger", "subject": "x", "occurred": "2020-08-06"}
    assert client.post("/v1/deals", json=other).status_code == 201
    with client.stream("GET", f"/v1/stream?after=0&{query}") as answer:
        move_clock(served, 4)
        arriving = messages(answer)
        seen = [next(arriving)["event"] for _ in range(2 if "notice" in query else 1)]
    assert seen[-1] == "time.deadline.past_due"
    assert all(each.startswith("time.") for each in seen)


@pytest.mark.parametrize(
    "query", ["notice=soon", "notice=0d", "notice=400d", "type=time.nothing.past_due", "type=times.*"]
)
def test_what_cannot_be_told_is_refused(http: httpx.Client, query: str) -> None:
    refused(http.get(f"/v1/stream?{query}"), 400, "bad-question")


@pytest.mark.parametrize("last", ["", "99", "99~1606368000000000"])
@pytest.mark.parametrize("query", ["", "?notice=7d"])
def test_a_place_that_is_gone_is_answered_by_a_reset(client: httpx.Client, last: str, query: str) -> None:
    deal = opened(client)
    with client.stream("GET", f"/v1/stream{query}", headers={"Last-Event-ID": last}) as answer:
        assert answer.status_code == 200
        arriving = messages(answer)
        reset = next(arriving)
        assert (reset["event"], reset["id"].partition("~")[0]) == ("reset", "2")
        assert json.loads(reset["data"])["position"] == 2
        client.post(f"{deal}/events", json=bid("b2", id="live"))
        assert json.loads(next(arriving)["data"])["id"] == "live"


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/v1/stream", "*/*"), ("/v1/stream?notice=7d", "*/*"), ("/v1/events", "application/x-ndjson"),
        ("/v1/events", "text/csv"), ("/v1/deals/tiktok/replay", "*/*"), ("/v1/deals/tiktok/state", "*/*"),
    ],
)  # fmt: skip
def test_head_ends_after_its_headers(served: FastAPI, client: httpx.Client, path: str, accept: str) -> None:
    opened(client)
    answer = client.head(path, headers={"Accept": accept})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"]
    until(lambda: served.state.runtime.streams == 0)  # nothing goes on behind
    assert client.get("/v1/deals").status_code == 200, "the connection serves on"
