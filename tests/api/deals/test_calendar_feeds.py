"""Deadlines as a calendar: valid for the programs that read one, and an entry moves instead of doubling."""

from datetime import date
from typing import Any

import httpx
import vobject
from icalendar import Calendar, Event

SET = {
    "deadline_id": "dl",
    "obligation": "sell; or close, at once",
    "set_by": "us",
    "force": "statutory",
    "due": "2020-09-20",
}


def post(http: httpx.Client, deal: str, kind: str, occurred: str, **data: Any) -> None:
    sent = {"type": kind, "occurred": occurred, "data": data}
    assert http.post(f"{deal}/events", json=sent).status_code == 201


def entries(answer: httpx.Response) -> list[Event]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_deadline_is_an_all_day_entry_on_its_due_date(http: httpx.Client, deal: str) -> None:
    post(http, deal, "deadline.set", "2020-08-06", **SET)
    [entry] = entries(http.get(f"{deal}/calendar.ics"))
    assert entry.decoded("dtstart") == date(2020, 9, 20)
    assert entry.decoded("dtend") == date(2020, 9, 21)
    assert str(entry["summary"]).startswith("TikTok: sell; or close, at once")
    assert str(entry["status"]) == "CONFIRMED"


def test_a_deadline_that_moves_keeps_its_entry_and_raises_its_sequence(http: httpx.Client, deal: str) -> None:
    post(http, deal, "deadline.set", "2020-08-06", **SET)
    [before] = entries(http.get(f"{deal}/calendar.ics"))
    post(http, deal, "deadline.extended", "2020-09-19", deadline_id="dl", by="us", new_due="2020-09-27")
    [after] = entries(http.get(f"{deal}/calendar.ics"))
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == date(2020, 9, 27)


def test_a_withdrawn_deadline_is_cancelled_and_not_dropped(http: httpx.Client, deal: str) -> None:
    post(http, deal, "deadline.set", "2020-08-06", **SET)
    post(http, deal, "deadline.withdrawn", "2020-08-09", deadline_id="dl")
    [entry] = entries(http.get(f"{deal}/calendar.ics"))
    assert str(entry["status"]) == "CANCELLED"


def test_a_time_of_day_is_told_in_universal_time(http: httpx.Client, deal: str) -> None:
    post(http, deal, "deadline.set", "2020-08-06", **{**SET, "due": "2020-09-27T23:59:00-04:00"})
    [entry] = entries(http.get(f"{deal}/calendar.ics"))
    assert entry.decoded("dtstart").isoformat() == "2020-09-28T03:59:00+00:00"


def test_one_calendar_holds_the_deadlines_of_all_deals_and_stays_the_same_bytes(http: httpx.Client, deal: str) -> None:
    post(http, deal, "deadline.set", "2020-08-06", **SET)
    other = {"deal_id": "other", "title": "Other", "kind": "merger", "subject": "s", "occurred": "2020-08-01"}
    assert http.post("/v1/deals", json=other).status_code == 201
    post(http, "/v1/deals/other", "deadline.set", "2020-08-06", **SET)
    answer = http.get("/v1/calendar.ics")
    assert {str(entry["uid"]).split("/")[0] for entry in entries(answer)} == {"tiktok", "other"}
    again = http.get("/v1/calendar.ics", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_other_calendar_libraries_read_the_feed_and_when_to_read_it_again(http: httpx.Client, deal: str) -> None:
    post(http, deal, "deadline.set", "2020-08-06", **SET)
    content = http.get(f"{deal}/calendar.ics").text
    read = vobject.readOne(content)
    assert read.vevent.dtstart.value == date(2020, 9, 20)
    assert read.vevent.url.value.endswith(deal.removeprefix("/v1"))
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT1H" in content
    assert "X-PUBLISHED-TTL:PT1H" in content
