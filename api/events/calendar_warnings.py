"""Warnings about the working-day calendars that events name."""

from domain.entities.deal_calendar import DealCalendar
from domain.envelope import Submission
from domain.errors import Problem
from domain.events.calendar import CalendarPublished
from domain.events.record import RecordCorrected
from domain.sections.calendar_faults import UNKNOWN, calendar_faults
from ledger.ledger import Ledger
from projections.state.holiday_calendars import calendar, nearest_names


def named_calendar(submission: Submission) -> tuple[str, str] | None:
    """The JSON pointer (RFC 6901) to the calendar that an event names, and its name; that of a correction too."""
    data = submission.payload.data
    pointer, name = "/data/calendar", getattr(data, "calendar", None)
    if isinstance(data, CalendarPublished):
        pointer, name = "/data/base", data.base
    if isinstance(data, RecordCorrected):
        pointer, name = "/data/changes/calendar", data.changes.get("calendar")
    return (pointer, name) if isinstance(name, str) else None


class CalendarWarnings:
    """Warnings about calendars, except those that a deal has published itself, in its record or in the same request."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._published: set[tuple[str, str]] = set()

    def of(self, submission: Submission) -> list[Problem]:
        """Each fault of the calendar that an event names. One is made when it is first named, which takes a while."""
        deal_id, data = submission.deal_id, submission.payload.data
        if isinstance(data, CalendarPublished):
            self._published.add((deal_id, data.calendar))
        named = named_calendar(submission)
        if named is None:
            return []
        pointer, name = named
        faults = _faults(pointer, name)
        own = (deal_id, name) in self._published
        if faults and not own:
            own = name in self._ledger.names_near(deal_id, DealCalendar.KIND, name)
        return [] if own else faults


def _faults(pointer: str, name: str) -> list[Problem]:
    return [
        Problem(pointer, rule, _short(name) or words, nearest_names(name) if rule == UNKNOWN else ())
        for rule, words in calendar_faults(name, calendar)
    ]


def _short(name: str) -> str | None:
    known = calendar(name)
    return known.short_warning if known is not None else None
