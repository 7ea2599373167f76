"""Counting to a due date, with the trace of how it came about. What cannot be computed gets no date, and the reason.

Calendar days and weeks are counted as they are. Months and years end on the day of the same number, or on the last day
of a shorter month. Working days are those of a named calendar, counted from the first one after the anchor. A date is
moved to a working day only where the instrument has a roll rule; where it has one and names no calendar, Saturdays and
Sundays alone are days off, and the trace says so.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from domain.time.calendars import Calendar

Unit = Literal["day", "working_day", "week", "month", "year"]
Roll = Literal["none", "next", "previous", "modified"]

_LAST_ORDINAL = date.max.toordinal()
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a count came to."""

    due: date | None
    """The day; None where it cannot be computed."""

    steps: tuple[str, ...]
    """How, one sentence a step, in order."""

    why_not: str | None = None
    """Why there is no day; None where there is one."""


@lru_cache(maxsize=16_384)
def count(
    anchor: date,
    offset: int,
    unit: Unit = "day",
    calendar: Calendar | None = None,
    roll: Roll = "none",
    *,
    named: str | None = None,
) -> Counted:
    """Count `offset` units from `anchor` (backwards, where negative) and roll as the instrument says.

    `calendar` is the one that the instrument names, `named` the name that it gives. A name without a calendar is
    an unknown one; only a count or a roll that needs it suffers from that.
    """
    name = None if named in (None, "", "none") else named
    steps = [f"Counted from {_told(anchor)}."]
    if unit == "working_day":
        day, step = _working_days(anchor, offset, calendar, name)
    elif unit in ("month", "year"):
        day, step = _months(anchor, offset, unit)
    else:
        day, step = _days(anchor, offset, unit)
    if day is None:
        return Counted(None, (*steps, step), step)
    steps.append(step)
    if roll == "none":
        return Counted(day, tuple(steps))
    rolled, step = _rolled(day, roll, calendar, name)
    return Counted(rolled, (*steps, step), step if rolled is None else None)


def working_days_between(start: date, stop: date, calendar: Calendar | None) -> int | None:
    """Working days after `start` up to and including `stop`; negative backwards; None beyond the calendar."""
    return None if calendar is None else calendar.between(start, stop)


def add_days(day: date, days: int) -> date | None:
    """So many days on (back, where negative); None beyond the years 1 to 9999."""
    ordinal = day.toordinal() + days
    return date.fromordinal(ordinal) if 1 <= ordinal <= _LAST_ORDINAL else None


def add_months(day: date, months: int) -> date | None:
    """The day of the same number so many months on, or the last of a shorter month; None beyond the years 1 to 9999."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return None
    return date(year, month + 1, min(day.day, _length(year, month + 1)))


def _days(anchor: date, offset: int, unit: Unit) -> tuple[date | None, str]:
    day = add_days(anchor, offset * (7 if unit == "week" else 1))
    if day is None:
        return None, _beyond(offset, unit)
    return day, f"{_amount(offset, unit)}: {_told(day)}."


def _months(anchor: date, offset: int, unit: Unit) -> tuple[date | None, str]:
    day = add_months(anchor, offset * (12 if unit == "year" else 1))
    if day is None:
        return None, _beyond(offset, unit)
    if day.day == anchor.day:
        return day, f"{_amount(offset, unit)}: {_told(day)}."
    month = f"{_MONTHS[day.month - 1]} {day.year}"
    return day, f"{_amount(offset, unit)}: {month} has no day {anchor.day}, so its last day, {_told(day)}."


def _working_days(anchor: date, offset: int, calendar: Calendar | None, name: str | None) -> tuple[date | None, str]:
    if calendar is None:
        return None, _no_calendar(name, f"{_amount(offset, 'working_day')} cannot be counted")
    day = calendar.nth_after(anchor, offset)
    if day is None:
        return None, f"{_amount(offset, 'working_day')} cannot be counted: {_reach(calendar)}."
    worked = _made_up(calendar, min(anchor, day), max(anchor, day))
    return day, f"{_amount(offset, 'working_day')} by the calendar {_cited(calendar)}{worked}: {_told(day)}."


def _rolled(day: date, roll: Roll, calendar: Calendar | None, name: str | None) -> tuple[date | None, str]:
    if calendar is None:
        if name is not None:
            return None, _no_calendar(name, f"{_told(day)} cannot be rolled")
        source = "no calendar is named, so only Saturdays and Sundays are days off"
    else:
        source = f"calendar {_cited(calendar)}"
    if _is_working(day, calendar):
        return day, f"{_told(day)} is a working day and is not rolled ({source})."
    forward, back = _nearest(day, 1, calendar), _nearest(day, -1, calendar)
    if _is_working(day, calendar) is None or forward is None or back is None:
        reach = _reach(calendar) if calendar else "the years end there"
        return None, f"{_told(day)} cannot be rolled: {reach}."
    if roll == "previous" or (roll == "modified" and forward.month != day.month):
        month_kept = ", because the next one is in another month" if roll == "modified" else ""
        return back, f"{_told(day)} is a day off: rolled back to {_told(back)}{month_kept} ({source})."
    return forward, f"{_told(day)} is a day off: rolled on to {_told(forward)} ({source})."


def _is_working(day: date, calendar: Calendar | None) -> bool | None:
    return day.weekday() < 5 if calendar is None else calendar.is_working(day)


def _nearest(day: date, way: Literal[1, -1], calendar: Calendar | None) -> date | None:
    if calendar is not None:
        return calendar.nth_after(day, way)
    near = add_days(day, way)
    while near is not None and near.weekday() >= 5:
        near = add_days(near, way)
    return near


def _made_up(calendar: Calendar, start: date, stop: date) -> str:
    days = sorted(day for day in calendar.make_up_days if start <= day <= stop)
    if not days:
        return ""
    shown = ", ".join(day.isoformat() for day in days[:5]) + (" and more" if len(days) > 5 else "")
    return f", worked weekend days {shown} included"


def _no_calendar(name: str | None, what: str) -> str:
    if name is None:
        return f"{what}: the instrument names no calendar of working days."
    return f"{what}: no calendar is known by the name {name}."


def _cited(calendar: Calendar) -> str:
    return f"{calendar.name} ({calendar.version})"


def _reach(calendar: Calendar) -> str:
    return f"the calendar {_cited(calendar)} is known from {calendar.first} through {calendar.last} only"


def _beyond(offset: int, unit: Unit) -> str:
    return f"{_amount(offset, unit)} lead beyond the years 0001 to 9999."


def _amount(offset: int, unit: Unit) -> str:
    word = unit.replace("_", " ")
    return f"{'+' if offset >= 0 else '-'} {abs(offset)} {word}{'' if abs(offset) == 1 else 's'}"


def _told(day: date) -> str:
    return f"{day.isoformat()} ({_WEEKDAYS[day.weekday()]})"


def _length(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31
