"""Deadlines across deals, as they are stored, are those of the deals' states: entry by entry, with what counts days."""

from importlib.resources import files
from typing import Any

import httpx
import orjson
import pytest

from domain.time.instants import iso
from ledger.ledger import Ledger
from projections.state.state_reader import StateReader, clock
from tests.api.conftest import app, http
from tests.submissions import as_sent, make_submission

__all__ = ["app", "http"]


@pytest.fixture
def record(ledger: Ledger) -> Ledger:
    """Both real timelines, and a deal whose deadlines lie ahead in zones and calendars of their own."""
    data = files("api.demo")
    lines = [line for name in ("seeds", "tiktok") for line in (data / f"{name}.ndjson").read_bytes().splitlines()]
    events = [as_sent(orjson.loads(line)) for line in lines]
    opening = {"title": "Ahead", "kind": "merger", "subject": "it", "tz": "Asia/Tokyo"}
    events.append(make_submission("ahead", "a0", "deal.opened", **opening))
    usual = {"obligation": "close", "set_by": "us", "force": "contractual"}
    published = {"calendar": "US-DAYS", "days_off": ["2098-01-06", "2098-01-07"], "base": "US"}
    events.append(make_submission("ahead", "cal", "calendar.published", **published))
    for number, more in enumerate(
        (
            {"due": "2098-03-04"},
            {"due": "2098-03-04T23:30:00-05:00", "tz": "America/New_York"},
            {"anchor": "2098-01-02", "offset": 10, "unit": "working_day", "calendar": "US"},
            {"due": "2098-03", "force": "political"},
            {"due": "2020-12-01"},
            {"anchor": "2098-01-02", "offset": 10, "unit": "working_day", "calendar": "US-DAYS"},
            {"due": "2020-11-01", "force": "political"},
        )
    ):
        events.append(
            make_submission("ahead", f"a{number + 1}", "deadline.set", deadline_id=f"d{number}", **{**usual, **more})
        )
    ledger.import_batch(events, by="desk")
    return ledger


def paged(http: httpx.Client) -> list[dict[str, Any]]:
    """Every deadline, one a page."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        page = http.get(f"/v1/deadlines?limit=1{f'&cursor={after}' if after else ''}").json()
        found += page["items"]
        after = page["next"]
    return found


def test_what_is_stored_of_now_is_what_is_folded_of_now(record: Ledger, http: httpx.Client) -> None:
    now = iso(clock())
    for asked in (
        "",
        "overdue=true&",
        "overdue=false&",
        "binding=false&",
        "within=99999d&",
        "party=us&",
        "force=political&",
    ):
        stored = http.get(f"/v1/deadlines?{asked}limit=1000").json()["items"]
        folded = http.get(f"/v1/deadlines?{asked}valid_at={now}&limit=1000").json()["items"]
        assert stored == folded
        if not asked:
            ahead = [each["deadline_id"] for each in stored if each["deal_id"] == "ahead"]
            assert set(ahead) == {"d0", "d1", "d2", "d3", "d4", "d5", "d6"}
            assert ahead[:2] == ["d4", "d6"], "what is past due comes first, and of that what binds"
            assert len(http.get("/v1/deadlines?limit=1").json()["items"]) == 1
            assert {each["deadline_id"] for each in paged(http)} == {each["deadline_id"] for each in stored}


def test_an_entry_is_that_of_the_state(record: Ledger, http: httpx.Client) -> None:
    reader = StateReader(record)
    found = http.get("/v1/deadlines?limit=1000").json()["items"]
    assert found
    for item in found:
        entry = dict(item)
        deal_id, name = entry.pop("deal_id"), entry.pop("deadline_id")
        entry.pop("binding")
        assert (
            entry.pop("member_names")["deal_id"]
            == entry.pop("names")[deal_id]
            == reader.state(deal_id)["deal"]["title"]
        )
        assert entry == reader.state(deal_id)["deadlines"][name]


def test_the_row_of_a_deal_is_what_its_state_says(record: Ledger, http: httpx.Client) -> None:
    reader = StateReader(record)
    for row in http.get("/v1/deals").json()["items"]:
        state = reader.state(row["deal_id"])
        following = {name: state["next_deadline"][name] for name in ("binding", "any", "overdue")}
        assert row["next_deadline"] == following
        coming = state["deadlines"].get(following["binding"] or following["any"])
        assert (row["next_due"], row["days_left"]) == ((coming["due"], coming["days_left"]) if coming else (None, None))
        live = state["deadlines"].values() if state["ended"] is None else ()
        overdue = [each for each in live if each["status"] == "past_due"]
        assert row["overdue"] == len(overdue)
        worst = row["most_overdue"]
        assert (worst is None) == (not overdue)
        if worst is not None:
            entry = state["deadlines"][worst["deadline_id"]]
            assert worst == {name: entry[name] for name in ("obligation", "force", "due", "days_left")} | {
                "deadline_id": (following["overdue"] or [worst["deadline_id"]])[0]
            }
