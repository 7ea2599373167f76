"""Deadlines across deals as an agenda: those that are past due, then week by week, then those without a day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from domain.sections.deadline_status import standing
from domain.sentences import amounts
from domain.sentences.dates import range_text
from domain.time.edtf import When
from domain.time.instants import zone

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Deadlines under one heading, in the order of the list."""

    title: str
    note: str = ""
    """The distance of a week."""

    overdue: bool = False
    rows: list[Entry] = field(default_factory=list)


def agenda(rows: Iterable[Entry], today: date) -> list[Group]:
    """The deadlines of a list in groups, relative to a day."""
    groups: dict[date | str, Group] = {}
    for row in rows:
        key = _key(row)
        group = groups.get(key)
        if group is None:
            group = groups[key] = _group(key, today)
        group.rows.append(row)
    return list(groups.values())


def _key(row: Entry) -> date | str:
    """What a deadline is grouped by: that it is past due, the Monday of its week, or that it has no day."""
    if standing(row) == "overdue":
        return "Overdue"
    day = last_day(row)
    return "No date" if day is None else monday(day)


def _group(key: date | str, today: date) -> Group:
    if isinstance(key, str):
        return Group(key, overdue=key == "Overdue")
    weeks = (key.toordinal() - monday(today).toordinal()) // 7
    last = date.fromordinal(min(key.toordinal() + 6, date.max.toordinal()))
    return Group(range_text(key, last), _distance(weeks))


def _distance(weeks: int) -> str:
    if weeks in (-1, 0, 1):
        return ("last week", "this week", "next week")[weeks + 1]
    return f"in {amounts.count(weeks, 'week')}" if weeks > 0 else f"{amounts.count(-weeks, 'week')} ago"


def monday(day: date) -> date:
    """The first day of a week."""
    return date.fromordinal(max(day.toordinal() - day.weekday(), 1))


def last_day(row: Entry) -> date | None:
    """The last civil day of a due date in its own zone; None without one."""
    try:
        return When.parse(str(row.get("due") or "")).last_day(zone(row.get("tz") or "UTC"))
    except ValueError:
        return None
