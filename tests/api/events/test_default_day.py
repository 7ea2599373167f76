"""An event that does not say when it occurred did so today, where the deal is: no deal waits for midnight to exist."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.events.default_day import default_day
from domain.time.edtf import parse_moment

EVENING = parse_moment("2020-09-16T02:30:00Z")
AROUND = ["Pacific/Kiritimati", "Etc/GMT+12"]
"""At any moment one of the two has another day than UTC."""


def days(tz: str) -> set[str]:
    """Today in a zone, midnight passing meanwhile or not."""
    now = datetime.now(UTC)
    return {(now + timedelta(seconds=shift)).astimezone(ZoneInfo(tz)).date().isoformat() for shift in (-60, 0, 60)}


@pytest.mark.parametrize(
    ("tz", "day"),
    [
        ("America/New_York", date(2020, 9, 15)),
        ("Asia/Shanghai", date(2020, 9, 16)),
        (None, date(2020, 9, 16)),
        ("nowhere", date(2020, 9, 16)),
        (7, date(2020, 9, 16)),
    ],
)
def test_the_default_day_is_today_in_the_time_zone_of_the_deal(tz: object, day: date) -> None:
    assert default_day(tz, EVENING) == day


@pytest.mark.parametrize("tz", AROUND)
def test_a_deal_exists_from_the_moment_it_is_opened(http: httpx.Client, tz: str) -> None:
    body = {"deal_id": "d", "title": "t", "kind": "merger", "subject": "s", "tz": tz}
    assert http.post("/v1/deals", json=body).status_code == 201
    assert http.get("/v1/deals/d/state").json()["exists"] is True
    assert http.get("/v1/deals/d/events").json()["items"][0]["occurred"] in days(tz)


@pytest.mark.parametrize("tz", AROUND)
def test_the_form_of_the_page_takes_today_where_the_deal_is(http: httpx.Client, tz: str) -> None:
    given = {"/deal_id": "d", "/data/title": "t", "/data/kind": "merger", "/data/subject": "s", "/data/tz": tz}
    headers = {"Origin": "http://127.0.0.1"}
    assert http.post("/record", data=given, headers=headers).status_code == 303
    assert http.get("/v1/deals/d/state").json()["exists"] is True
    form = http.get("/deals/d/record/deal.talks_suspended").text
    assert any(f'name="/occurred" required aria-describedby=" hf-occurred" value="{day}"' in form for day in days(tz))
    assert http.post("/deals/d/record/deal.talks_suspended", data={"/occurred": ""}, headers=headers).status_code == 303
    assert {each["occurred"] for each in http.get("/v1/deals/d/events").json()["items"]} <= days(tz)
