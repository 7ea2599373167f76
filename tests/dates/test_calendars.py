"""Working-day calendars as the holidays library defines them."""

from datetime import date

import holidays
import pytest

from domain.time.date_arithmetic import count, working_days_between
from projections.state.holiday_calendars import calendar, nearest_names


def test_a_chinese_licence_filed_on_31_august_2020_is_decided_by_16_october():
    """30 working days from 1 September on; 27 September and 10 October are worked for the October holiday."""
    counted = count(date(2020, 8, 31), 30, "working_day", calendar("CN"))
    assert counted.due == date(2020, 10, 16)
    assert f"CN (holidays {holidays.__version__} CN)" in counted.steps[1]
    assert "2020-09-27, 2020-10-10" in counted.steps[1]
    assert working_days_between(date(2020, 8, 31), date(2020, 10, 16), calendar("CN")) == 30


def test_without_its_make_up_days_it_would_have_been_20_october():
    walked = range(date(2020, 9, 1).toordinal(), date(2020, 11, 1).toordinal())
    free = {date(2020, 10, day) for day in range(1, 9)}
    worked = [day for day in map(date.fromordinal, walked) if day.weekday() < 5 and day not in free]
    assert worked[29] == date(2020, 10, 20)


@pytest.mark.parametrize(
    ("name", "day", "working"),
    [
        ("US", "2020-09-07", False),
        ("USA", "2020-09-08", True),
        ("US-NY", "2020-02-12", False),
        ("US", "2020-02-12", True),
        ("DE-BY", "2020-11-01", False),
        ("de-by", "2020-01-06", False),
        ("DE", "2020-01-06", True),
        ("NYSE", "2020-04-10", False),
        ("XNYS", "2020-11-11", True),
        ("ECB", "2020-05-01", False),
        ("UK-ENG", "2020-08-31", False),
        ("UK-SCT", "2020-08-31", True),
        ("IL", "2020-09-04", False),
        ("IL", "2020-09-06", True),
        ("CN", "2020-10-10", True),
        ("CN", "2020-10-08", False),
    ],
)
def test_a_place_or_a_market_has_its_own_days_off(name, day, working):
    assert calendar(name).is_working(date.fromisoformat(day)) is working


@pytest.mark.parametrize("name", ["none", "", "XQ", "US-XX", "US-", "market", "NYSE-NY", "-", "x" * 500])
def test_a_name_that_nobody_knows_is_no_calendar(name):
    assert calendar(name) is None


def test_exchanged_days_that_are_not_announced_yet_are_not_guessed():
    china = calendar("CN")
    assert china.last == date(max(china.make_up_days).year, 12, 31)
    assert china.is_working(date(china.last.year + 1, 1, 4)) is None
    assert calendar("IN").last.year == 2035


def test_every_day_is_told_as_the_library_tells_it():
    for name, theirs in (("CN", holidays.CN(years=range(2019, 2022))), ("US", holidays.US(years=range(2019, 2022)))):
        ours = calendar(name)
        for ordinal in range(date(2019, 1, 1).toordinal(), date(2022, 1, 1).toordinal()):
            day = date.fromordinal(ordinal)
            assert ours.is_working(day) is theirs.is_working_day(day)


def test_a_calendar_is_built_once_and_equal_by_name_and_version():
    assert calendar("FR") is calendar("FR")
    assert calendar("FR") != calendar("BE")


def test_the_nearest_names_are_offered():
    assert "NYSE" in nearest_names("NYS")
