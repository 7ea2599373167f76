"""The page of a deal with a long record: its size is bounded, and the rest is a page away."""

import threading
from collections import Counter
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from api.web import api_client
from domain.folded_deal import FoldedDeal
from ledger.ledger import Ledger
from tests.submissions import as_sent

EVENTS = 500
LARGEST_BYTES, MOST_ELEMENTS = 200_000, 5_000
MOST_FOLDS = 2
"""Folded deals that a step of the scrubber makes for an event of a deal."""


class Elements(HTMLParser):
    """Counts the elements of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.count += 1


def long_record() -> list[dict[str, Any]]:
    """A deal of 501 events with 50 deadlines, 50 approvals and 16 bids."""
    opened = {"title": "A long deal", "kind": "merger", "subject": "target"}
    events = [{"type": "deal.opened", "occurred": "2020-01-01", "data": opened}]
    for number in range(EVENTS):
        tenth = number // 10
        due = f"{2021 + number // 200}-{1 + number * 7 % 12:02}-15"
        deadline = {"obligation": f"obligation number {tenth}", "set_by": "buyer", "force": "contractual", "due": due}
        price = {"amount": str(10**10 + number), "currency": "USD"}
        approval = {"authority": f"authority-{tenth}", "jurisdiction": "US", "subject": f"merger {tenth}"}
        type_name, data = {
            0: ("deadline.set", {"deadline_id": f"dl-{tenth}", **deadline}),
            1: ("approval.required", {"approval_id": f"ap-{tenth}", **approval}),
        }.get(number % 10, ("bid.submitted", {"bid_id": f"bid-{number % 20}", "bidders": ["buyer"], "price": price}))
        occurred = f"{2020 + number // 200}-{1 + number % 12:02}-{1 + number % 28:02}"
        summary = f"Development number {number}: the parties moved once more on the matter"
        events.append({"type": type_name, "occurred": occurred, "data": data, "summary": summary})
    return [{"deal_id": "long", "id": f"long-{number}", **each} for number, each in enumerate(events)]


@pytest.fixture(scope="module")
def recorded(record: Ledger) -> None:
    record.import_batch([as_sent(each) for each in long_record()], by="desk")


def test_the_page_of_a_long_record_is_small(recorded: None, web: httpx.Client) -> None:
    answer = web.get("/deals/long?valid_at=2022-03-01")
    elements = Elements()
    elements.feed(answer.text)
    assert len(answer.content) < LARGEST_BYTES
    assert elements.count < MOST_ELEMENTS


def test_what_a_page_leaves_out_is_a_link_away(recorded: None, web: httpx.Client) -> None:
    page = web.get("/deals/long?valid_at=2023-03-01").text
    for path, row, count in (
        ("/deals/long/sections/bids", 'id="bids-', 16),
        ("/deals/long/sections/approvals", 'id="approvals-', 50),
        ("/deals/long/sections/conditions", 'id="condition-approval-', 50),
        ("/deals/long/sections/deadlines", 'id="deadline-', 50),
        ("/deals/long/timeline", 'id="e-long-', 501),
    ):
        address = f"{path}?valid_at=2023-03-01"
        assert address in page, path
        assert page.count(row) < count, path
        assert web.get(address).text.count(row) == count, path


def test_an_unknown_section_is_named(recorded: None, web: httpx.Client) -> None:
    answer = web.get("/deals/long/sections/bidz")
    assert answer.status_code == 404
    assert "no section &#39;bidz&#39;" in answer.text


def test_a_step_of_the_scrubber_asks_for_state_and_events_once_and_folds_in_proportion(
    web: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: Counter[str] = Counter()
    send, fold = api_client.Api.send, FoldedDeal.__init__

    async def count_requests(self: Any, method: str, path: str, *given: Any) -> Any:
        asked[path.rpartition("/")[2]] += 1
        return await send(self, method, path, *given)

    # The rows of deals are made meanwhile, in a thread of their own.
    def count_folds(self: Any, *given: Any, **named: Any) -> None:
        asked["folds"] += threading.current_thread().name != "parley-projections"
        fold(self, *given, **named)

    web.get("/deals/tiktok?valid_at=2021-03-01")
    monkeypatch.setattr(api_client.Api, "send", count_requests)
    monkeypatch.setattr(FoldedDeal, "__init__", count_folds)
    for day in range(1, 11):
        step = web.get(f"/deals/tiktok?valid_at=2021-04-{day:02}", headers={"HX-Request": "true"})
        assert step.status_code == 200
    assert (asked["state"], asked["events"]) == (10, 10)
    events = len(web.get("/v1/deals/tiktok/events?limit=500").json()["items"])
    assert asked["folds"] <= 10 * MOST_FOLDS * events
