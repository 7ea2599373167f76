"""The days left of a deadline, as its entry has them and as they would be if every report were true.

An entry shows beside its own days those by reports, where they differ. Stored is what both are counted by.
"""

from collections.abc import Mapping
from datetime import date, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from domain.entities.deadline import Deadline
from domain.entities.deal_calendar import DealCalendar
from domain.sections.context import Context, last_report
from domain.sections.deadlines import working_days
from domain.sections.deal_calendars import build, publications_from_json, publications_to_json
from domain.sections.due_date import DueDateCalculator
from domain.state import State
from domain.state_paths import ERASED, unless_erased
from domain.time.calendars import Calendar
from domain.time.edtf import When
from domain.time.instants import FUTURE, Moment, civil_day, zone
from projections.state.holiday_calendars import calendar
from projections.tables import answers

COUNTERS = ("days_left", "working_days_left")

REPORTED = "reported"
"""The member of an entry that holds what reports say beside the facts."""


class DayCount(NamedTuple):
    """What the days left to a due date are counted by."""

    due_day: date | None
    """The last civil day of the due date, in its own zone."""
    tz: str
    calendar: str | None
    """By which working days are counted."""
    published: bytes | None
    """JSON: what makes that calendar, where the deal has one of its own of that name."""
    stopped_at: Moment | None = None
    """When the end of the deal stopped the count."""

    def counters(self, now: Moment) -> answers.DaysLeft:
        """The days and the working days left at a moment."""
        if self.due_day is None:
            return {"days_left": None, "working_days_left": None}
        today = civil_day(now if self.stopped_at is None else self.stopped_at, zone(self.tz))
        working = working_days(today, self.due_day, _calendar(self.calendar, self.published))
        return {"days_left": (self.due_day - today).days, "working_days_left": working}


def day_count(own: Deadline, due: str | None, found: State, deal_zone: tzinfo) -> DayCount:
    """What the days left to the due date of a deadline are counted by, while the deal has no end."""
    named = own.instrument.calendar if own.instrument and own.instrument.calendar != "none" else None
    published = found.deal.entities.get((DealCalendar.KIND, named or ""))
    here = zone(own.tz) if own.tz else deal_zone
    when = When.parse(due) if due is not None and unless_erased(due) else None
    made = publications_to_json(published) if isinstance(published, DealCalendar) else None
    return DayCount(when.last_day(here) if when else None, str(here), named, made)


def count_of_reports(own: Deadline, entry: Mapping[str, Any], found: State, deal_zone: tzinfo) -> bytes | None:
    """JSON of what the days left by reports are counted by, and of what an entry says beside them; None where no report
    says anything else than the facts."""
    as_reported, told = own.origin.as_reported, entry.get(REPORTED)
    if not isinstance(as_reported, Deadline) or not isinstance(told, dict):
        return None
    due = told["due"] if "due" in told else {"value": entry["due"]}
    text = due["value"] if isinstance(due, dict) else due
    end = DueDateCalculator(Context(found.deal, FUTURE, deal_zone, calendar)).frozen_by(as_reported)
    count = day_count(as_reported, text, found, deal_zone)._replace(stopped_at=end.key[0] if end else None)
    because, grade = last_report(as_reported)
    beside = {name: _beside(told.get(name, {"grade": grade, "because": because})) for name in COUNTERS}
    shown = [name for name in COUNTERS if name in told]
    published = None if count.published is None else count.published.decode()
    return orjson.dumps({**count._asdict(), "published": published, "beside": beside, "shown": shown})


def _beside(member: Any) -> Any:
    """What an entry says beside a number of days; the whole where that was erased."""
    if not isinstance(member, dict) or member.get("value") == ERASED:
        return member
    return {name: each for name, each in member.items() if name != "value"}


def days_by_reports(stored: bytes, counted: answers.DaysLeft, now: Moment) -> dict[str, Any]:
    """The days left by reports at a moment, as an entry has them beside its own: where they differ, or that cannot be
    said because its own were erased, as it had them when it was stored."""
    told = orjson.loads(stored)
    due_day = date.fromisoformat(told["due_day"]) if told["due_day"] else None
    published = None if told["published"] is None else told["published"].encode()
    count = DayCount(due_day, told["tz"], told["calendar"], published, told["stopped_at"])
    found, own = {}, dict(counted)
    for name, value in count.counters(now).items():
        beside = told["beside"][name]
        if not isinstance(beside, dict):
            found[name] = beside
        elif name in told["shown"] if own[name] == ERASED else value != own[name]:
            found[name] = {"value": value, **beside}
    return found


@lru_cache(maxsize=128)
def _calendar(name: str | None, published: bytes | None) -> Calendar | None:
    """The calendar of a row: the deal's own, as published, before that of a country or market."""
    if name is None:
        return None
    own = publications_from_json(name, published) if published else None
    return build(own, calendar) if own is not None and own.publications else calendar(name)
