"""A due date on the last or first day of the calendar: its feeds and its page are answered like any other."""

from datetime import date

import httpx
import pytest
from icalendar import Calendar

from tests.api.conftest import opened

EDGES = ("0001-01-01", "9999-12-31", "9999-12-30", "9999", "0001", "0202-01-01")


@pytest.fixture
def dated(http: httpx.Client) -> str:
    """A deal with a deadline on each of these days."""
    path = opened(http)
    for number, due in enumerate(EDGES):
        data = {"deadline_id": f"d{number}", "obligation": "close", "set_by": "us", "force": "contractual", "due": due}
        sent = {"type": "deadline.set", "occurred": "2020-08-07", "data": data}
        assert http.post(f"{path}/events", json=sent).status_code == 201
    return path


@pytest.mark.parametrize("feed", ["/v1/calendar.ics", "/v1/deals/tiktok/calendar.ics"])
def test_a_feed_holds_a_deadline_on_the_last_day_as_an_entry_without_an_end(
    http: httpx.Client,
    dated: str,
    feed: str,
) -> None:
    answer = http.get(feed)
    assert answer.status_code == 200, answer.text
    entries = {str(each["uid"]).split("@")[0]: each for each in Calendar.from_ical(answer.content).walk("VEVENT")}
    last, first = entries["tiktok/d1"], entries["tiktok/d0"]
    assert last.decoded("dtstart") == date.max
    assert "dtend" not in last
    assert (first.decoded("dtstart"), first.decoded("dtend")) == (date.min, date(1, 1, 2))
    assert len(entries) == len(EDGES)


@pytest.mark.parametrize("at", ["", "?valid_at=9999-12-31", "?valid_at=0001-01-01", "?known_at=2020-08-07"])
def test_the_page_of_a_deal_is_shown_at_both_ends_of_the_calendar(
    http: httpx.Client,
    dated: str,
    at: str,
) -> None:
    answer = http.get(f"/deals/tiktok{at}")
    assert answer.status_code == 200, answer.text
    assert "<h1" in answer.text
