"""A deal in short with links that lead somewhere, and the names of the calendars."""

import httpx
import pytest

from projections.state.holiday_calendars import calendar
from tests.api.conftest import refused

SET = {"deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "statutory", "due": "2099-09-20"}


def test_a_deal_in_short_is_what_the_list_says_of_it(http: httpx.Client, deal: str) -> None:
    event = {"type": "deadline.set", "occurred": "2020-08-10", "data": SET}
    assert http.post(f"{deal}/events", json=event).status_code == 201
    told = http.get(deal).json()
    [row] = http.get("/v1/deals").json()["items"]
    assert {name: told[name] for name in row} == row
    assert (told["exists"], told["title"], told["version"], told["next_due"]) == (True, "TikTok", 3, "2099-09-20")
    refused(http.get("/v1/deals/none"), 404, "unknown-deal")


def test_the_links_of_a_deal_lead_somewhere(http: httpx.Client, deal: str) -> None:
    links = http.get(deal).json()["links"]
    assert links["self"] == deal
    assert links["state"] == f"{deal}/state"
    for name, place in links.items():
        if name in ("bundle", "diff", "digest"):  # of these more is asked: a checkpoint, two moments, a version
            assert http.get(place).status_code != 404, place
        else:
            assert http.get(place, follow_redirects=True).status_code == 200, place


def test_a_deal_that_was_voided_is_told_as_such(http: httpx.Client, deal: str) -> None:
    opening = http.get(f"{deal}/events").json()["items"][0]["id"]
    voiding = {"event_id": opening, "cause": "recording_error", "reason": "never"}
    event = {"type": "record.voided", "occurred": "2020-08-21", "data": voiding}
    assert http.post(f"{deal}/events", json=event).status_code == 201
    assert http.get(deal).json()["exists"] is False


def test_the_names_of_calendars_are_listed(http: httpx.Client) -> None:
    told = http.get("/v1/calendars").json()
    assert told["next"] is None
    by_name = {each["name"]: each for each in told["items"]}
    assert by_name["GB"]["parts"] == ["GB-ENG", "GB-NIR", "GB-SCT", "GB-WLS"]
    assert by_name["GB-ENG"] == {"name": "GB-ENG", "kind": "part", "of": "GB"}
    assert by_name["NYSE"]["kind"] == "market"
    assert len(by_name) == len(told["items"])


@pytest.mark.parametrize("name", ["GB", "GB-ENG", "US-NY", "CN", "NYSE", "XECB"])
def test_a_listed_name_is_that_of_a_calendar(http: httpx.Client, name: str) -> None:
    assert name in {each["name"] for each in http.get("/v1/calendars").json()["items"]}
    assert calendar(name) is not None
