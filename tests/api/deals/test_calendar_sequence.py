"""A calendar entry's SEQUENCE rises with every published change, and its status shows what is tentative or over."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import refused
from tests.api.deals.calendar_parsers import both

SET = {"deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "statutory", "due": "2020-09-20"}


def post(http: httpx.Client, kind: str, event_id: str, /, occurred: str = "2020-08-10", **data: Any) -> None:
    sent = {"type": kind, "id": event_id, "occurred": occurred, "data": data}
    answer = http.post("/v1/deals/tiktok/events", json=sent)
    assert answer.status_code == 201, answer.text


def entry(http: httpx.Client, query: str = "") -> dict[str, str]:
    [found] = both(http.get(f"/v1/deals/tiktok/calendar.ics{query}"))
    return found


def corrected(http: httpx.Client, event_id: str, number: int, **changes: Any) -> None:
    post(http, "record.corrected", f"c{number}", event_id=event_id, changes=changes, cause="recording_error")


def test_the_sequence_rises_whatever_moves_the_day(http: httpx.Client, deal: str) -> None:
    seen = []

    def published() -> None:
        found = entry(http)
        seen.append((int(found["SEQUENCE"]), found["DTSTART"]))

    post(http, "deadline.set", "set", **SET)
    published()
    post(http, "deadline.extended", "ext", deadline_id="dl", by="us", new_due="2020-09-27")
    published()
    post(http, "record.voided", "void", event_id="ext", cause="duplicate", reason="twice")
    published()
    corrected(http, "set", 1, due="2020-09-25")
    published()
    post(http, "record.reinstated", "back", event_id="ext", reason="it was right")
    published()
    corrected(http, "set", 2, obligation="sell all")
    published()
    post(http, "deadline.withdrawn", "gone", deadline_id="dl")
    published()
    numbers = [number for number, _ in seen]
    assert numbers == sorted(set(numbers)), "each is greater than the one before"
    assert [day for _, day in seen] == ["20200920", "20200927", "20200920", "20200925", *["20200927"] * 3]


def test_what_time_alone_changes_raises_the_sequence(http: httpx.Client, deal: str) -> None:
    post(http, "deadline.set", "set", **SET)
    post(http, "deadline.extended", "ext", "2020-09-10", deadline_id="dl", by="us", new_due="2020-09-27")
    numbers = [int(entry(http, f"?valid_at={day}")["SEQUENCE"]) for day in ("2020-09-09", "2020-09-10", "2020-09-28")]
    assert numbers == sorted(set(numbers))


def test_an_entry_says_when_it_was_published_and_where_its_deal_is(http: httpx.Client, deal: str) -> None:
    post(http, "deadline.set", "set", **SET)
    found = entry(http)
    assert found["DTSTAMP"] == found["LAST-MODIFIED"]
    assert found["DTSTAMP"].endswith("Z")
    assert found["URL"] == "http://127.0.0.1/deals/tiktok"


@pytest.mark.parametrize(
    ("kind", "data"),
    [("deal.closed", {"effective": "2020-08-12"}), ("deal.terminated", {"reason": "other"})],
    ids=["closed", "terminated"],
)
def test_the_end_of_a_deal_cancels_what_was_open(
    http: httpx.Client, deal: str, kind: str, data: dict[str, Any]
) -> None:
    post(http, "deadline.set", "set", **SET)
    post(http, "deadline.set", "set2", **{**SET, "deadline_id": "met"})
    post(http, "deadline.met", "met", "2020-08-11", deadline_id="met")
    post(http, kind, "end", "2020-08-12", **data)
    found = {each["UID"].split("@")[0]: each["STATUS"] for each in both(http.get("/v1/calendar.ics"))}
    assert found == {"tiktok/dl": "CANCELLED", "tiktok/met": "CONFIRMED"}


@pytest.mark.parametrize(
    "due", ["2020-09", "2020-09-20~", "2020-09-20?", "[2020-09-18,2020-09-20]", "2020-09-18/2020-09-20"]
)
def test_an_imprecise_date_is_tentative_and_says_about(http: httpx.Client, deal: str, due: str) -> None:
    post(http, "deadline.set", "set", **{**SET, "due": due})
    found = entry(http, "?valid_at=2020-08-20")
    assert (found["STATUS"], found["SUMMARY"]) == ("TENTATIVE", f"TikTok: sell (about {due})")


def test_a_reported_date_is_tentative_and_says_about(http: httpx.Client, deal: str) -> None:
    sent = {"type": "deadline.set", "occurred": "2020-08-10", "attribution": "anonymous_single", "data": SET}
    assert http.post("/v1/deals/tiktok/events", json=sent).status_code == 201
    found = entry(http)
    assert found["STATUS"] == "TENTATIVE"
    assert found["SUMMARY"].startswith("TikTok: sell (about 2020-09-20, as reported)")


def test_alarms_come_so_many_days_ahead_of_what_is_open(http: httpx.Client, deal: str) -> None:
    post(http, "deadline.set", "set", **SET)
    path = "/v1/deals/tiktok/calendar.ics"
    assert "VALARM" not in http.get(path).text
    found = entry(http, "?valid_at=2020-08-20&alarm=7d,1d")
    assert (found["VALARM-ACTION"], found["VALARM-TRIGGER"]) == ("DISPLAYDISPLAY", "-P7D-P1D")
    assert "VALARM" not in http.get(f"{path}?valid_at=2020-10-01&alarm=7d").text, "nothing is ahead of what is past"
    assert http.get("/v1/calendar.ics?valid_at=2020-08-20&alarm=1d").text.count("BEGIN:VALARM") == 1
    for wrong in ("soon", "0d", "400d", "7"):
        refused(http.get(f"{path}?alarm={wrong}"), 400, "bad-question")
