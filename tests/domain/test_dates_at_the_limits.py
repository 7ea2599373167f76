"""The first and the last days that can be written, in every date field of every type: a state follows, no error."""

import json
from typing import Any, get_origin, get_type_hints

import pytest
from given_when_then import event, given, line_of, opened
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from api.events.validation_errors import explain
from domain import validation
from domain.event import REGISTRY
from domain.fields.types import MOST_UNITS
from domain.time.date_arithmetic import add_days
from domain.time.edtf import FIRST, LAST, When
from domain.time.instants import iso
from tests.submissions import as_sent

WRITTEN = (
    ("0001-01-01", "Pacific/Kiritimati"),
    ("0001-01-01T00:00:00-12:00", "Etc/GMT+12"),
    ("../0001", "UTC"),
    ("9999", "UTC"),
    ("9999-12-31", "Etc/GMT+12"),
    ("9999-12-31/..", "America/New_York"),
    ("9999-12-31T23:59:59.999999Z", "Pacific/Kiritimati"),
)
"""Dates at the limits, each with the time zone of a deal."""

BEFORE = (
    event(
        "deadline.set", "2020-01-05", deadline_id="dl", obligation="close", set_by="x", force="contractual",
        due="2020-06-01", extendable={"max_total": 30, "unit": "working_day"}, calendar="US",
    ),
    event("order.signed", "2020-01-05", order_id="order", kind="statute", issuer="x", title="an act"),
    event(
        "approval.required", "2020-01-05", approval_id="approval", authority="x", jurisdiction="CN", subject="all",
        min_days=10, max_days=30, day_kind="working_day",
    ),
)  # fmt: skip
IDS = {"deadline_id": "dl", "order_id": "order", "approval_id": "approval"}


def dated(kind: str, text: str) -> list[dict[str, Any]]:
    """Events of the type, each with one of its dates at that text."""
    cls = REGISTRY[kind]
    example = {**cls.EXAMPLE, **{name: value for name, value in IDS.items() if name in cls.EXAMPLE}}
    hints = get_type_hints(cls)
    fields = {name for name, hint in hints.items() if hint == When or When in getattr(hint, "__args__", ())}
    events = [event(kind, text, **example), event(kind, "2020-02-01", effective_=text, **example)]
    written = {name: [text] if get_origin(hints[name]) is tuple else text for name in sorted(fields)}
    events += [event(kind, "2020-02-01", **{**example, name: value}) for name, value in written.items()]
    if "alternatives" in hints:
        branches = [{"approval_id": "approval", "due": text, "by": text}, {"otherwise": True, "due": text}]
        events.append(event(kind, "2020-02-01", **{**example, "alternatives": branches}))
    if "restates" in example:
        worded = {"deadline_id": "dl", "offset": MOST_UNITS, "unit": "month", "anchor": text}
        events.append(event(kind, "2020-02-01", **{**example, "restates": worded}))
    if kind == "order.amended":
        events.append(event(kind, "2020-02-01", **{**example, "changes": {"effective": text, "until": text}}))
    return events


def accepted(row: dict[str, Any]) -> bool:
    """Whether the event itself is well formed: some dates are refused beside the others of the event."""
    try:
        line_of(row, 1)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("kind", sorted(REGISTRY))
def test_every_date_of_every_type_at_the_limits_gives_a_state(kind: str) -> None:
    for text, zone in WRITTEN:
        for row in filter(accepted, dated(kind, text)):
            history = given(opened("2020-01-01", tz=zone), *BEFORE, row)
            for day, reading in (("0001-01-01", "earliest"), ("2027-01-01", "latest"), ("9999-12-31", "earliest")):
                found = history.reading(day, reading=reading)
                assert json.dumps(found.sections)
                assert found.next_transition_at is None or iso(found.next_transition_at)


@pytest.mark.parametrize("at", [FIRST, LAST])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_deal_can_be_read_at_the_first_and_the_last_moment(at: int, zone: str) -> None:
    sections = given(opened("2020-01-01", tz=zone), *BEFORE).on("2020-01-01", valid_at=at)
    assert sections["exists"] is (at == LAST)


days = st.sampled_from(["0001-01-01", "0001-01-02", "2020-02-01", "9999-12-30", "9999-12-31"])
counts = st.sampled_from([-MOST_UNITS, -1, 0, 1, 40, MOST_UNITS])
units = st.sampled_from(["day", "working_day", "week", "month", "year"])
moves = st.one_of(
    st.builds(
        lambda since, until: event(
            "deadline.tolled", "2020-02-01", deadline_id="dl", cause="c", since=since, until=until
        ),
        days, days,
    ),
    st.builds(
        lambda on, days, base: event(
            "deadline.extended", on, deadline_id="dl", by="x", by_days=days, counted_from=base
        ),
        st.just("2020-02-02"), counts, st.one_of(days, st.just("prior_due")),
    ),
    st.builds(lambda on: event("deadline.resumed", on, deadline_id="dl"), days),
)  # fmt: skip


@settings(max_examples=150)
@drawn(days, counts, units, st.sampled_from(["none", "next", "previous", "modified"]), st.lists(moves, max_size=3))
def test_a_date_that_leads_nowhere_is_no_date_and_the_trace_says_why(
    anchor: str, offset: int, unit: str, roll: str, moved: list[dict[str, Any]]
) -> None:
    set_ = event(
        "deadline.set", "2020-01-05", deadline_id="dl", obligation="close", set_by="x", force="contractual",
        anchor=anchor, offset=offset, unit=unit, roll=roll, calendar="US", extendable={"max_total": 9, "unit": unit},
    )  # fmt: skip
    history = given(opened("2020-01-01"), set_, *filter(accepted, moved))
    for day in ("0001-01-01", "2020-03-01", "9999-12-31"):
        for found in history.on(day)["deadlines"].values():
            assert found["due"] is not None or found["trace"]
            assert (found["due"] is None) is (found["days_left"] is None)


def test_a_clock_that_stands_still_past_the_last_day_leaves_no_date_and_the_trace_says_so() -> None:
    toll = event("deadline.tolled", "2020-02-01", deadline_id="dl", cause="c", since="2020-02-01", until="9999-12-31")
    deadline = given(opened("2020-01-01"), BEFORE[0], toll).on("2020-03-01")["deadlines"]["dl"]
    assert deadline["due"] is None
    assert deadline["status"] == "tolled"
    assert any("No date: + 2914604 days lead beyond the years 0001 to 9999" in step for step in deadline["trace"])


def test_a_clock_said_to_run_again_before_it_stopped_loses_no_day() -> None:
    history = given(
        opened("2020-01-01"),
        BEFORE[0],
        event("deadline.tolled", "2020-02-01", deadline_id="dl", cause="c", since="2020-03-01"),
        event("deadline.resumed", "2020-02-10", deadline_id="dl"),
    )
    history.then("deadlines/dl/due", "2020-06-01", on="2020-04-01")


@pytest.mark.parametrize("due", ["0202-03-01", "9999-12-31", "0001-01-01"])
def test_days_left_to_a_far_day_are_counted_without_walking_there(due: str) -> None:
    far = event("deadline.set", "2020-01-05", deadline_id="dl", obligation="o", set_by="x", force="statutory", due=due)
    found = given(opened("2020-01-01"), far).on("2020-03-02")["deadlines"]["dl"]
    assert abs(found["working_days_left"] / found["days_left"] - 5 / 7) < 0.01


@pytest.mark.parametrize(
    ("kind", "field", "data"),
    [
        ("deadline.set", "offset", {"offset": MOST_UNITS + 1}),
        ("deadline.set", "offset", {"offset": -(2**53)}),
        ("deadline.extended", "by_days", {"by_days": 10**12}),
        ("deadline.set", "extendable/max_total", {"extendable": {"max_total": -1}}),
        ("approval.required", "min_days", {"min_days": -1}),
        ("approval.required", "max_days", {"max_days": 10**9}),
    ],
)
def test_a_count_that_no_calendar_holds_is_refused_in_a_sentence(kind: str, field: str, data: dict[str, Any]) -> None:

    row = event(kind, "2020-01-05", **{**REGISTRY[kind].EXAMPLE, **data})
    sent = as_sent({**row, "deal_id": "deal", "id": "e1"})
    (fault,) = validation.problems(sent)
    assert (fault.pointer, fault.code) == (f"/data/{field}", "out-of-range")
    assert "give a whole number from" in fault.detail


@pytest.mark.parametrize(("value", "code"), [(10**30, "out-of-range"), (1.5, "invalid-type"), ("x", "invalid-type")])
def test_a_count_that_is_no_whole_number_is_told_from_one_that_is_too_large(value: object, code: str) -> None:
    data = {**REGISTRY["deadline.set"].EXAMPLE, "offset": value}
    (fault,) = explain({"type": "deadline.set", "occurred": "2020-01-05", "data": data}, "deal")
    assert (fault.pointer, fault.code) == ("/data/offset", code)


def test_days_are_added_up_to_the_limits_and_no_further() -> None:
    first, last = When.parse("0001-01-01").earliest, When.parse("9999-12-31").earliest
    assert not isinstance(first, int | None)
    assert not isinstance(last, int | None)
    assert add_days(first, MOST_UNITS) == last
    assert add_days(last, 1) is add_days(first, -1) is None
