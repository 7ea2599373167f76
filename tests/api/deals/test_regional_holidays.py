"""The calendar of a country whose parts have other holidays says so and names them; that of a part is right."""

from typing import Any

import httpx
import pytest
from given_when_then import event, given, opened

from projections.state.holiday_calendars import calendar


def counted(name: str, anchor: str = "2024-08-23", **members: Any) -> dict[str, Any]:
    row = event(
        "deadline.set", "2024-08-01", deadline_id="d", obligation="close", set_by="x", force="statutory",
        calendar=name, **{"anchor": anchor, "offset": 1, "unit": "working_day", **members},
    )  # fmt: skip
    return given(opened("2024-08-01"), row).on("2024-08-02")


@pytest.mark.parametrize(
    ("name", "anchor", "due"),
    [
        ("GB-ENG", "2024-08-23", "2024-08-27"),
        ("GB-WLS", "2024-08-23", "2024-08-27"),
        ("GB-NIR", "2024-08-23", "2024-08-27"),
        ("GB-SCT", "2024-08-23", "2024-08-26"),
        ("gb-sct", "2024-08-02", "2024-08-06"),
        ("DE-BY", "2024-05-29", "2024-05-31"),
        ("CA-QC", "2024-06-21", "2024-06-25"),
        ("US-MA", "2024-04-12", "2024-04-16"),
    ],
)
def test_the_calendar_of_a_part_counts_with_its_own_holidays_and_warns_of_nothing(
    name: str, anchor: str, due: str
) -> None:
    state = counted(name, anchor)
    assert state["deadlines"]["d"]["due"] == due
    assert not {each["rule"] for each in state["unknowns"]} & {"calendar-of-parts", "unknown-calendar"}


@pytest.mark.parametrize("name", ["GB", "UK", "AU", "CA", "CH", "DE", "ES", "US", "IT", "FR"])
def test_the_calendar_of_such_a_country_warns_and_names_the_calendars_of_its_parts(name: str) -> None:
    parts = calendar(name).parts
    assert all(calendar(part) is not None and not calendar(part).parts for part in (parts[0], parts[-1]))
    for members in ({}, {"due": "2024-09-02"}, {"unit": "day", "roll": "next"}):
        state = counted(name, **members)
        assert any(all(part in step for part in parts) for step in state["deadlines"]["d"]["trace"])
        assert [(each["rule"], each["id"]) for each in state["unknowns"]] == [("calendar-of-parts", "d")]


@pytest.mark.parametrize("name", ["CN", "AT", "JP", "NYSE", "none"])
def test_a_calendar_whose_parts_all_agree_warns_of_nothing(name: str) -> None:
    state = counted(name, unit="day")
    assert not {each["rule"] for each in state["unknowns"]} & {"calendar-of-parts", "unknown-calendar"}


def test_a_calendar_that_is_not_known_is_said_to_be() -> None:
    state = counted("XQ", due="2024-09-02")
    assert state["deadlines"]["d"]["due"] == "2024-09-02"
    assert "No calendar is known by the name XQ" in state["deadlines"]["d"]["trace"][-1]
    assert [(each["rule"], each["id"]) for each in state["unknowns"]] == [("unknown-calendar", "d")]


@pytest.mark.parametrize(("name", "code"), [("GB", "calendar-of-parts"), ("NYS", "unknown-calendar"), ("GB-ENG", None)])
def test_whoever_records_such_a_calendar_is_warned(http: httpx.Client, deal: str, name: str, code: str | None) -> None:
    data = {"deadline_id": "d", "obligation": "o", "set_by": "x", "force": "statutory", "due": "2024-09-02"}
    sent = {"type": "deadline.set", "occurred": "2024-08-01", "data": {**data, "calendar": name}}
    noted = {"type": "context.noted", "occurred": "2024-08-01", "data": {"topic": "a", "text": "b"}}
    answer = http.post(f"{deal}/events", json=[noted, sent])
    assert answer.status_code == 201, answer.text
    told = [(each["pointer"], each["code"]) for each in answer.json()["warnings"]]
    assert told == ([("/1/data/calendar", code)] if code else [])


@pytest.mark.parametrize(("name", "code"), [("GB", "calendar-of-parts"), ("NYS", "unknown-calendar"), ("GB-ENG", None)])
def test_whoever_imports_or_corrects_to_such_a_calendar_is_warned(
    http: httpx.Client, deal: str, name: str, code: str | None
) -> None:
    data = {"deadline_id": "d", "obligation": "o", "set_by": "x", "force": "statutory", "due": "2024-09-02"}
    sent = {"deal_id": "tiktok", "id": "set", "type": "deadline.set", "occurred": "2024-08-01"}
    told = http.post("/v1/imports", json={**sent, "data": {**data, "calendar": name}}).json()
    assert (told["recorded"], told["errors"]) == (1, [])
    assert [(each["line"], each["pointer"], each["code"]) for each in told["warnings"]] == (
        [(1, "/data/calendar", code)] if code else []
    )
    change = {"event_id": "set", "cause": "recording_error", "changes": {"calendar": name}}
    answer = http.post(f"{deal}/events", json={"type": "record.corrected", "occurred": "2024-08-02", "data": change})
    assert [(each["pointer"], each["code"]) for each in answer.json()["warnings"]] == (
        [("/data/changes/calendar", code)] if code else []
    )
