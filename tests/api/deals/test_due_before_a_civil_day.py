"""Deals due before a day: the day is read where the deadline counts its days, and not in UTC."""

import httpx
import pytest

from tests.api.conftest import refused


def open_deal(http: httpx.Client, name: str, tz: str, due: str, more: dict[str, str]) -> None:
    opening = {"deal_id": name, "title": name, "kind": "merger", "subject": "it", "occurred": "2020-01-01", "tz": tz}
    assert http.post("/v1/deals", json=opening).status_code == 201
    data = {"deadline_id": "dl", "obligation": "close", "set_by": "us", "force": "contractual", "due": due, **more}
    event = {"type": "deadline.set", "occurred": "2020-01-02", "data": data}
    assert http.post(f"/v1/deals/{name}/events", json=event).status_code == 201


@pytest.mark.parametrize(
    ("tz", "due", "more", "day"),
    [
        ("America/New_York", "2098-12-20T23:59:00-05:00", {}, "2098-12-20"),
        ("Asia/Tokyo", "2098-12-21T00:30:00+09:00", {}, "2098-12-21"),
        ("UTC", "2098-12-20T23:59:00-05:00", {"tz": "America/New_York"}, "2098-12-20"),
        ("Pacific/Kiritimati", "2098-12-20", {}, "2098-12-20"),
    ],
)
def test_a_deal_is_due_before_the_day_after_its_own(
    http: httpx.Client, tz: str, due: str, more: dict[str, str], day: str
) -> None:
    open_deal(http, "d", tz, due, more)
    following = f"{day[:8]}{int(day[8:]) + 1}"
    assert [each["deal_id"] for each in http.get(f"/v1/deals?due_before={following}").json()["items"]] == ["d"]
    assert http.get(f"/v1/deals?due_before={day}").json()["items"] == []
    [row] = http.get("/v1/deals").json()["items"]
    [deadline] = http.get("/v1/deadlines").json()["items"]
    state = http.get("/v1/deals/d/state").json()
    assert row["days_left"] == deadline["days_left"] == state["deadlines"]["dl"]["days_left"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1606348800", "write the day itself"),
        ("2020-6-1", "2020-06-01"),
        ("20200601", "2020-06-01"),
        ("2020-06", "not one moment"),
        ("Q4 2025", "2025-10/2025-12"),
        ("2020-06-01T00:00:00Z", "is an instant"),
    ],
)
def test_a_day_that_is_asked_about_is_read_as_every_other_date(http: httpx.Client, text: str, said: str) -> None:
    told = refused(http.get("/v1/deals", params={"due_before": text}), 400, "bad-question")
    assert said in told["detail"]
