"""Holiday calendars say of each day what the library says of it."""

from datetime import date, timedelta

import pytest

from projections.state.holiday_calendars import _source, calendar

SPAN = (date(1995, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize("name", ["US-NY", "CN", "HU", "AE", "TW", "SA", "NYSE", "ECB", "DE-BY"])
def test_a_day_is_worked_where_the_library_says_so(name: str) -> None:
    """Weekends that were moved (AE, SA, TW), make-up days (CN, HU), parts of a country, and markets."""
    source, ours = _source(name), calendar(name)
    assert source is not None
    assert ours is not None
    first, last = max(SPAN[0], ours.first), min(SPAN[1], ours.last)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    assert len(days) > 7_000
    assert [day for day in days if ours.is_working(day) != source.is_working_day(day)] == []
