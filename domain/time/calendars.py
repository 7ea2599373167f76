"""Working-day calendars, as values. They are passed to a derivation; this package builds none."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

PARTS_NAMED = 3
"""Parts of a country that a short warning names."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of one place or market over a span of years. Equal by name and version."""

    name: str
    """What an instrument calls it, such as CN or US-NY."""

    version: str
    """Where its days come from, so that a count can be repeated: `holidays 0.109 CN`."""

    days_off: frozenset[date] = field(compare=False, repr=False)
    """Non-working days that fall on a working weekday."""

    make_up_days: frozenset[date] = field(compare=False, repr=False)
    """Days of a weekend that are worked, in exchange for a longer holiday."""

    weekend: frozenset[int] = field(compare=False)
    """Weekdays off, Monday being 0."""

    first: date = field(compare=False)
    """The first day that the calendar knows."""

    last: date = field(compare=False)
    """The last day that the calendar knows; none later is guessed."""

    parts: tuple[str, ...] = field(default=(), compare=False)
    """Names of the calendars of its parts, where their days off differ from the ones that it holds."""

    because: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """The events that published it, where it is a deal's own."""

    digest: str = field(default="", repr=False)
    """Distinguishes calendars of one name and version that were published in different records."""

    @property
    def warning(self) -> str | None:
        """What to beware of: that a country was named whose parts have other holidays; None where nothing is."""
        return self._warn(", ".join(self.parts)) if self.parts else None

    @property
    def short_warning(self) -> str | None:
        """The same, with the first of many parts and their number."""
        first, more = self.parts[:PARTS_NAMED], len(self.parts) - PARTS_NAMED
        return self._warn(f"{', '.join(first)} or one of {more} more") if more > 0 else self.warning

    def _warn(self, parts: str) -> str:
        return (
            f"The calendar {self.name} holds only the holidays of the country as a whole, and its parts have others: "
            f"where one of them is meant, name {parts}."
        )

    def is_working(self, day: date) -> bool | None:
        """Whether the day is worked; None where the calendar does not reach."""
        if not self.first <= day <= self.last:
            return None
        return day in self.make_up_days or (day.weekday() not in self.weekend and day not in self.days_off)

    def nth_after(self, day: date, number: int) -> date | None:
        """The `number`-th working day after `day` (before it, where negative; 0 is the day itself).

        Day 1 is the first working day after `day`. None where the calendar does not reach that far.
        """
        if not self.first <= day <= self.last:
            return None
        if number == 0:
            return day
        worked = _worked(self)
        at = (
            bisect_right(worked, day.toordinal()) + number - 1
            if number > 0
            else bisect_left(worked, day.toordinal()) + number
        )
        return date.fromordinal(worked[at]) if 0 <= at < len(worked) else None

    def between(self, start: date, stop: date) -> int | None:
        """Working days after `start` up to and including `stop`; negative where `stop` comes first."""
        if not (self.first <= start <= self.last and self.first <= stop <= self.last):
            return None
        worked = _worked(self)
        return bisect_right(worked, stop.toordinal()) - bisect_right(worked, start.toordinal())


Calendars = Callable[[str], Calendar | None]
"""Finds a calendar by the name that an instrument gives it; None where no such calendar is known."""


@lru_cache(maxsize=128)
def _worked(calendar: Calendar) -> "array[int]":
    """The ordinals of all working days of a calendar, rising."""
    span = range(calendar.first.toordinal(), calendar.last.toordinal() + 1)
    return array("i", (day for day in span if calendar.is_working(date.fromordinal(day))))
