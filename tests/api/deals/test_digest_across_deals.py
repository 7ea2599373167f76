"""The digest across deals: what changed in each since a moment, found without reading the deals that did not change."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from domain.time.instants import SECOND, Moment, iso
from ledger.ledger import Ledger
from projections.rebuild import catch_up
from projections.state.state_reader import StateReader, clock
from projections.tables.activity import ACTIVITY
from projections.temporal.book_digest import BookDigest
from projections.temporal.service import TemporalQueries
from tests.api.conftest import bid, refused

DAY = 24 * 3600 * SECOND


@pytest.fixture
def book(http: httpx.Client) -> list[str]:
    """Four deals with a bid each, and one of them with a deadline in a far year."""
    names = ["alpha", "beta", "delta", "gamma"]
    for name in names:
        made = {"deal_id": name, "title": name.title(), "kind": "merger", "subject": name, "occurred": "2024-01-02"}
        assert http.post("/v1/deals", json=made).status_code == 201
        assert http.post(f"/v1/deals/{name}/events", json=bid(f"bid-{name}", "2024-01-03")).status_code == 201
    return names


def position(http: httpx.Client) -> int:
    return int(http.get("/v1/events?limit=1").headers["parley-position"])


def digest(http: httpx.Client, **asked: Any) -> list[dict[str, Any]]:
    answer = http.get("/v1/digest", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def withdraw(http: httpx.Client, deal: str) -> None:
    event = {"type": "bid.withdrawn", "occurred": "2024-02-01", "data": {"bid_id": f"bid-{deal}"}}
    assert http.post(f"/v1/deals/{deal}/events", json=event).status_code == 201


def test_it_holds_what_the_digest_of_each_deal_that_moved_holds(http: httpx.Client, book: list[str]) -> None:
    since = iso(clock())
    withdraw(http, "gamma")
    withdraw(http, "beta")
    found = digest(http, since=since)
    expected = [
        {"deal_id": deal, "title": deal.title(), **item}
        for deal in ("beta", "gamma")
        for item in http.get(f"/v1/deals/{deal}/digest", params={"since": since}).json()["items"]
    ]
    assert found == expected
    assert {"kind", "path", "from", "to", "text", "because"} <= found[0].keys()
    assert digest(http, since=iso(clock())) == []


def test_it_starts_after_an_event_of_the_log(http: httpx.Client, book: list[str]) -> None:
    before = position(http)
    withdraw(http, "delta")
    assert {item["deal_id"] for item in digest(http, since_position=before)} == {"delta"}
    assert {item["deal_id"] for item in digest(http, since_position=0)} == set(book)
    assert digest(http, since_position=position(http)) == []


def test_it_is_narrowed_to_deals_and_to_a_list(http: httpx.Client, book: list[str]) -> None:
    http.put("/v1/lists/watch", json={"deals": ["alpha", "beta"]})
    for asked, expected in (
        ({"deals": "beta,gamma"}, {"beta", "gamma"}),
        ({"list": "watch"}, {"alpha", "beta"}),
        ({"list": "watch", "deals": "beta,gamma"}, {"beta"}),
        ({"list": "watch", "deals": "gamma"}, set[str]()),
    ):
        assert {item["deal_id"] for item in digest(http, since_position=0, **asked)} == expected
    refused(http.get("/v1/digest?since_position=0&list=other"), 404, "unknown-list")
    assert refused(http.get("/v1/digest?since_position=0&deals=gama"), 404, "unknown-deal")["nearest"][0] == "gamma"


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_pages_of_any_size_hold_every_item_once(http: httpx.Client, book: list[str], limit: int) -> None:
    whole = digest(http, since_position=0)
    found: list[dict[str, Any]] = []
    page = http.get("/v1/digest", params={"since_position": 0, "limit": limit}).json()
    while page["next"]:
        found += page["items"]
        assert len(page["items"]) == limit
        asked = {"since_position": 0, "limit": limit, "cursor": page["next"]}
        page = http.get("/v1/digest", params=asked).json()
    assert found + page["items"] == whole
    assert [item["deal_id"] for item in whole] == sorted(item["deal_id"] for item in whole)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [("", 400, "bad-question"), ("since=2024-01-01&since_position=1", 400, "bad-question"),
     ("since=yesterday", 400, "bad-question"), ("since=2999-01-01", 400, "in-the-future"),
     ("since_position=99999", 404, "beyond-the-end"), ("since_position=0&cursor=x", 400, "bad-question")],
)  # fmt: skip
def test_a_question_without_a_moment_of_the_record_is_refused(
    http: httpx.Client, book: list[str], asked: str, status: int, code: str
) -> None:
    refused(http.get(f"/v1/digest?{asked}"), status, code)


def test_only_deals_that_moved_are_derived_and_each_once_until_it_moves_again(
    http: httpx.Client, app: FastAPI, book: list[str]
) -> None:
    digests = app.state.runtime.main.digests
    since = iso(clock())
    withdraw(http, "beta")
    first = digest(http, since=since)
    assert digests.derived == 1
    assert digest(http, since=since) == first
    assert digests.derived == 1
    withdraw(http, "gamma")
    assert {item["deal_id"] for item in digest(http, since=since)} == {"beta", "gamma"}
    assert digests.derived == 2


def test_what_time_alone_changed_is_in_it(http: httpx.Client, ledger: Ledger, book: list[str]) -> None:
    due = {"deadline_id": "dl", "obligation": "close", "set_by": "court", "due": "2031-05-01", "force": "contractual"}
    event = {"type": "deadline.set", "occurred": "2024-01-04", "data": due}
    assert http.post("/v1/deals/alpha/events", json=event).status_code == 201
    catch_up(ledger, ACTIVITY, StateReader(ledger))
    now: list[Moment] = [clock()]
    digests = BookDigest(TemporalQueries(StateReader(ledger, now=lambda: now[0])))
    since = digests.since(iso(now[0]), None)
    assert digests.page(since, None, None, 100).items == []
    now[0] += 10 * 366 * DAY
    items = digests.page(since, None, None, 100).items
    assert {item["deal_id"] for item in items} == {"alpha"}
    assert any(item["path"] == "/deadlines/dl/status" and item["to"] == "past_due" for item in items)
