"""Every date field of every type on the first and the last day: lists, feeds, pages and looks at time take them all."""

from typing import Any

import httpx
import pytest
from icalendar import Calendar

from domain.event import REGISTRY
from domain.time.instants import DAY
from ledger.ledger import Ledger
from projections.rebuild import catch_up
from projections.state.state_reader import StateReader, clock
from projections.tables.deals import DEALS, unreadable_deals
from projections.temporal.time_event_watch import TransitionWatch
from tests.domain.test_dates_at_the_limits import BEFORE, accepted, dated
from tests.submissions import as_sent

TEXTS = ("0001-01-01", "9999", "9999-12-31")
TYPES = sorted(name for name in REGISTRY if name != "deal.opened" and not name.startswith("record."))
SHOWN = ("deadline-set", "deadline-tolled", "order-signed", "terms-changed")
"""Deals whose pages are looked at, by their type."""


def deal_of(kind: str, number: int) -> str:
    return f"{kind.replace('.', '-').replace('_', '-')}-{number}"


def events_of(kind: str, number: int, text: str) -> list[dict[str, Any]]:
    """A deal that has every event of the type with one of its dates at the text."""
    opening = {
        "type": "deal.opened",
        "occurred": "2020-01-01",
        "data": {"title": "D", "kind": "merger", "subject": "it"},
    }
    deal_id = deal_of(kind, number)
    rows = [opening, *BEFORE, *filter(accepted, dated(kind, text))]
    return [{**row, "deal_id": deal_id, "id": f"{deal_id}-{place}"} for place, row in enumerate(rows)]


@pytest.fixture
def record(ledger: Ledger) -> Ledger:
    """A log with a deal for each type and each of the dates."""
    events = [each for kind in TYPES for number, text in enumerate(TEXTS) for each in events_of(kind, number, text)]
    ledger.import_batch([as_sent(each) for each in events], by="desk")
    return ledger


def test_all_deals_are_read_listed_and_shown(
    record: Ledger, http: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    catch_up(record, DEALS, StateReader(record))
    assert unreadable_deals(record) == []
    assert len(http.get("/v1/deals?limit=1000").json()["items"]) == len(TYPES) * len(TEXTS)
    for question in ("/v1/deadlines?limit=1000", "/v1/deadlines?overdue&limit=1000", "/"):
        assert http.get(question).status_code == 200
    calendar = http.get("/v1/calendar.ics").content
    assert b"X-PARLEY-UNREADABLE" not in calendar
    assert len(Calendar.from_ical(calendar).walk("VEVENT")) > len(TYPES) * (len(TEXTS) - 1)
    for kind in SHOWN:
        for number in range(len(TEXTS)):
            assert http.get(f"/deals/{kind}-{number}").status_code == 200
    TransitionWatch(StateReader(record)).transitions(clock() - DAY, clock(), (7,), record.head().position)
    assert [each for each in caplog.records if each.name == "parley.deals"] == []
