"""A calendar that a deal publishes itself is no unknown one; its base may be. Of many parts few are named."""

from typing import Any

import httpx
import pytest

PUBLISHED: dict[str, Any] = {
    "type": "calendar.published", "occurred": "2020-08-10", "data": {"calendar": "EU-COM", "days_off": ["2020-08-21"]},
}  # fmt: skip
COUNTED: dict[str, Any] = {
    "type": "deadline.set", "occurred": "2020-08-11",
    "data": {
        "deadline_id": "dl", "obligation": "decide", "set_by": "ec", "force": "statutory", "anchor": "2020-08-20",
        "offset": 1, "unit": "working_day", "calendar": "EU-COM",
    },
}  # fmt: skip


def codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code in (200, 201), answer.text
    return [(each["code"], each["pointer"]) for each in answer.json()["warnings"]]


@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_what_the_deal_publishes_gives_no_warning(http: httpx.Client, deal: str, dry_run: str) -> None:
    events = f"{deal}/events?dry_run={dry_run}"
    assert codes(http.post(events, json=[PUBLISHED, COUNTED])) == []
    assert codes(http.post(f"{deal}/events", json=PUBLISHED)) == []
    another = {**COUNTED, "data": {**COUNTED["data"], "deadline_id": "dl-2"}}
    assert codes(http.post(events, json=another)) == []
    assert http.get(f"{deal}/state").status_code == 200, "a calendar without a first day is read"


def test_without_it_the_calendar_is_unknown(http: httpx.Client, deal: str) -> None:
    assert codes(http.post(f"{deal}/events", json=COUNTED)) == [("unknown-calendar", "/data/calendar")]


def test_an_unknown_base_is_named(http: httpx.Client, deal: str) -> None:
    based = {**PUBLISHED, "data": {**PUBLISHED["data"], "base": "NOWHERE"}}
    assert codes(http.post(f"{deal}/events", json=based)) == [("unknown-calendar", "/data/base")]


def test_an_import_knows_what_came_before_in_its_lines(http: httpx.Client, deal: str) -> None:
    lines = "\n".join(httpx.Request("POST", "http://x", json={"deal_id": "tiktok", **each}).content.decode()
                      for each in (PUBLISHED, COUNTED))  # fmt: skip
    report = http.post("/v1/imports", content=lines, headers={"Content-Type": "application/x-ndjson"}).json()
    assert (report["warnings"], report["errors"]) == ([], [])


@pytest.mark.parametrize(
    ("calendar", "told"),
    [("US", "name US-AK, US-AL, US-AR or one of 54 more."), ("GB", "name GB-ENG, GB-NIR, GB-SCT or one of")],
)
def test_a_warning_of_a_country_names_some_of_its_parts(
    http: httpx.Client, deal: str, calendar: str, told: str
) -> None:
    counted = {**COUNTED, "data": {**COUNTED["data"], "calendar": calendar}}
    [warning] = http.post(f"{deal}/events", json=counted).json()["warnings"]
    assert told in warning["detail"]
