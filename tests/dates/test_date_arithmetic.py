"""Due dates counted from an anchor, with their traces."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.time.calendars import Calendar
from domain.time.date_arithmetic import add_months, count, working_days_between

SEPTEMBER = Calendar(
    name="TEST",
    version="test 1",
    days_off=frozenset({date(2020, 9, 7)}),
    make_up_days=frozenset({date(2020, 9, 12)}),
    weekend=frozenset({5, 6}),
    first=date(2020, 1, 1),
    last=date(2020, 12, 31),
)
inside = st.dates(SEPTEMBER.first, SEPTEMBER.last)


def due(*args, **named):
    counted = count(*args, **named)
    assert (counted.due is None) == (counted.why_not is not None)
    return counted.due


def test_forty_five_days_end_on_a_sunday_and_stay_there():
    counted = count(date(2020, 8, 6), 45, "day")
    assert counted.due == date(2020, 9, 20)
    assert counted.steps == ("Counted from 2020-08-06 (Thursday).", "+ 45 days: 2020-09-20 (Sunday).")


def test_three_months_are_not_ninety_days():
    assert due(date(2020, 8, 14), 3, "month") == date(2020, 11, 14)
    assert due(date(2020, 8, 14), 90, "day") == date(2020, 11, 12)


@pytest.mark.parametrize(
    ("anchor", "offset", "unit", "expected"),
    [
        ("2020-01-31", 1, "month", "2020-02-29"),
        ("2021-01-31", 1, "month", "2021-02-28"),
        ("2020-03-31", -1, "month", "2020-02-29"),
        ("2020-02-29", 1, "year", "2021-02-28"),
        ("2020-02-29", 4, "year", "2024-02-29"),
        ("2020-12-31", 2, "month", "2021-02-28"),
    ],
)
def test_a_shorter_month_ends_the_count_on_its_last_day_and_the_trace_says_so(anchor, offset, unit, expected):
    counted = count(date.fromisoformat(anchor), offset, unit)
    assert counted.due == date.fromisoformat(expected)
    assert ("so its last day" in counted.steps[-1]) == (anchor[-2:] != expected[-2:])


def test_working_days_skip_days_off_and_count_make_up_days():
    assert due(date(2020, 9, 4), 1, "working_day", SEPTEMBER) == date(2020, 9, 8)
    assert due(date(2020, 9, 11), 1, "working_day", SEPTEMBER) == date(2020, 9, 12)
    assert due(date(2020, 9, 8), -1, "working_day", SEPTEMBER) == date(2020, 9, 4)
    assert due(date(2020, 9, 5), 0, "working_day", SEPTEMBER) == date(2020, 9, 5)


def test_the_calendar_and_its_version_stand_in_the_trace():
    step = count(date(2020, 9, 4), 6, "working_day", SEPTEMBER).steps[1]
    assert "TEST (test 1)" in step
    assert "2020-09-12" in step


def test_working_days_without_a_known_calendar_give_no_date_and_the_reason():
    assert "names no calendar" in count(date(2020, 9, 4), 3, "working_day").why_not
    assert "names no calendar" in count(date(2020, 9, 4), 3, "working_day", named="none").why_not
    assert "XQ" in count(date(2020, 9, 4), 3, "working_day", named="XQ").why_not


def test_a_calendar_is_not_guessed_beyond_its_span():
    for offset in (200, -400, 10**18):
        assert (
            "known from 2020-01-01 through 2020-12-31 only"
            in count(date(2020, 9, 4), offset, "working_day", SEPTEMBER).why_not
        )
    assert due(date(2021, 1, 5), 1, "working_day", SEPTEMBER) is None
    assert due(date(2021, 1, 3), 0, "day", SEPTEMBER, "next") is None


@pytest.mark.parametrize(
    ("day", "roll", "expected"),
    [
        ("2020-09-20", "none", "2020-09-20"),
        ("2020-09-20", "next", "2020-09-21"),
        ("2020-09-20", "previous", "2020-09-18"),
        ("2020-09-20", "modified", "2020-09-21"),
        ("2020-05-31", "modified", "2020-05-29"),
        ("2020-09-06", "next", "2020-09-08"),
        ("2020-09-12", "next", "2020-09-12"),
    ],
)
def test_a_date_moves_to_a_working_day_only_as_the_instrument_says(day, roll, expected):
    assert due(date.fromisoformat(day), 0, "day", SEPTEMBER, roll) == date.fromisoformat(expected)


def test_a_roll_without_a_named_calendar_knows_weekends_alone_and_says_so():
    counted = count(date(2020, 8, 6), 45, "day", None, "next")
    assert counted.due == date(2020, 9, 21)
    assert "no calendar is named" in counted.steps[-1]
    assert due(date(2020, 9, 7), 0, "day", None, "next") == date(2020, 9, 7)


def test_a_roll_by_an_unknown_calendar_gives_no_date_but_a_plain_count_needs_none():
    assert due(date(2020, 8, 6), 45, "day", None, "next", named="XQ") is None
    assert due(date(2020, 8, 6), 45, "day", None, "none", named="XQ") == date(2020, 9, 20)


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
@pytest.mark.parametrize("offset", [10**7, -(10**7), 2**53])
def test_what_lies_beyond_the_calendar_of_years_has_no_date(unit, offset):
    assert "beyond the years" in count(date(2020, 1, 1), offset, unit).why_not


def test_a_roll_off_the_edge_of_all_years_has_no_date():
    assert due(date(1, 1, 6), 0, "day", None, "previous") == date(1, 1, 5)
    counted = count(date.max, 0, "day", None, "next")
    assert counted.due == date.max  # a Friday
    assert date.max.weekday() == 4


@given(inside, st.integers(-150, 150))
def test_counting_working_days_equals_walking_them(anchor, offset):
    day, left = anchor, abs(offset)
    while left and SEPTEMBER.first <= day <= SEPTEMBER.last:
        day += timedelta(days=1 if offset > 0 else -1)
        left -= bool(SEPTEMBER.is_working(day))
    assert due(anchor, offset, "working_day", SEPTEMBER) == (day if SEPTEMBER.first <= day <= SEPTEMBER.last else None)


@given(inside, inside, inside)
def test_working_days_between_add_up_and_turn_their_sign(one, two, three):
    def between(start, stop):
        return working_days_between(start, stop, SEPTEMBER)

    assert between(one, two) + between(two, three) == between(one, three)
    assert between(one, two) == -between(two, one)
    assert between(one, one) == 0


def test_working_days_between_are_unknown_without_a_calendar_or_beyond_it():
    assert working_days_between(date(2020, 9, 4), date(2020, 9, 8), None) is None
    assert working_days_between(date(2020, 9, 4), date(2021, 9, 8), SEPTEMBER) is None


@given(st.dates(date(100, 1, 1), date(9000, 1, 1)), st.integers(-1000, 1000))
def test_months_keep_the_number_of_the_day_or_end_the_month(day, months):
    after = add_months(day, months)
    assert (after.year * 12 + after.month) - (day.year * 12 + day.month) == months
    assert after.day == day.day or (after.day < day.day and (after + timedelta(days=1)).day == 1)


@given(st.dates(), st.integers(-400, 400), st.sampled_from(["none", "next", "previous", "modified"]))
def test_a_count_has_a_date_or_a_reason_and_always_a_trace(anchor, offset, roll):
    counted = count(anchor, offset, "week", None, roll)
    assert (counted.due is None) == (counted.why_not is not None)
    assert all(step.endswith(".") for step in counted.steps)
    if counted.due is not None and roll != "none":
        assert counted.due.weekday() < 5
