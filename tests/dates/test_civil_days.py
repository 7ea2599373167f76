"""Civil days in their zones, clock changes at midnight included."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.time.instants import DAY, civil_day, end_of_day, iso, moment_of, start_of_day, zone

ZONES = (
    "America/Sao_Paulo",
    "America/Toronto",
    "America/St_Johns",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "Europe/Berlin",
    "Pacific/Apia",
)


def days_around_clock_changes(place):
    before = None
    for ordinal in range(date(1900, 1, 1).toordinal(), date(2038, 1, 1).toordinal()):
        day = date.fromordinal(ordinal)
        offset = datetime(day.year, day.month, day.day, 12, tzinfo=place).utcoffset()
        if before is not None and offset != before:
            yield from (day + timedelta(days=each) for each in (-1, 0, 1))
        before = offset


@pytest.mark.parametrize("name", ZONES)
def test_around_every_clock_change_a_day_holds_exactly_what_its_calendar_shows(name):
    place = zone(name)
    days = [day for day in days_around_clock_changes(place) if civil_day(start_of_day(day, place), place) == day]
    assert len(days) > 50 or name == "Pacific/Apia"
    for day in days:
        start, end = start_of_day(day, place), end_of_day(day, place)
        shown = [civil_day(each, place) for each in (start - 1, start, end, end + 1)]
        assert shown[0] < shown[1] == day == shown[2] < shown[3]


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(ZONES).map(zone))
def test_the_first_moment_of_a_day_is_the_first_that_its_calendar_shows(day, place):
    start, end = start_of_day(day, place), end_of_day(day, place)
    assume(civil_day(start, place) == day)  # Apia skipped a day
    assert civil_day(start - 1, place) < day
    assert civil_day(end, place) == day
    assert civil_day(end + 1, place) > day
    assert start <= end


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_utc_by_arithmetic_equals_utc_by_the_calendar(day):
    assert start_of_day(day, UTC) == moment_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
    assert end_of_day(day, UTC) == start_of_day(day, UTC) + DAY - 1
    assert start_of_day(day, zone("Etc/GMT")) == start_of_day(day, UTC)


@pytest.mark.parametrize(
    ("place", "day", "first"),
    [
        (
            "America/Sao_Paulo",
            "2018-11-04",
            "2018-11-04T03:00:00.000000Z",
        ),  # 00:00 did not exist: the day began at 01:00
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30:00.000000Z"),  # the clock went from 23:30 to 00:30
        ("America/Havana", "2020-11-01", "2020-11-01T04:00:00.000000Z"),  # 00:00 came twice: the first counts
        ("America/New_York", "2020-09-15", "2020-09-15T04:00:00.000000Z"),
    ],
)
def test_a_day_begins_where_its_zone_says(place, day, first):
    assert iso(start_of_day(date.fromisoformat(day), zone(place))) == first


def test_a_day_that_a_zone_skipped_ends_where_it_would_have_begun():
    apia, skipped = zone("Pacific/Apia"), date(2011, 12, 30)
    assert start_of_day(skipped, apia) == start_of_day(skipped + timedelta(days=1), apia)
    assert end_of_day(skipped, apia) == start_of_day(skipped, apia) - 1


def test_the_edges_of_all_years_neither_overflow_nor_leave_the_calendar():
    for name in ("UTC", "Asia/Tokyo", "America/New_York"):
        place = zone(name)
        assert start_of_day(date.min, place) < end_of_day(date.min, place)
        assert start_of_day(date.max, place) < end_of_day(date.max, place)
        assert civil_day(end_of_day(date.max, place), place) == date.max
        assert civil_day(start_of_day(date.min, place), place) == date.min
        assert iso(end_of_day(date.max, place)) <= "9999-12-31T23:59:59.999999Z"


def test_a_naive_datetime_is_no_moment():
    with pytest.raises(ValueError, match="no zone"):
        moment_of(datetime(2020, 9, 15))  # noqa: DTZ001 -- the fault under test


@pytest.mark.parametrize("name", ["America/NewYork", "Mars", "", "../etc/passwd", "America", "localtime", "EST5EDT5"])
def test_an_unknown_zone_is_refused_with_the_nearest_names(name):
    with pytest.raises(ValueError, match="no time zone"):
        zone(name)


def test_the_nearest_zone_is_named():
    with pytest.raises(ValueError, match="America/New_York"):
        zone("America/NewYork")
