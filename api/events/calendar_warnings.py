"""Warnings about the working-day calendars that events name."""

from domain.envelope import Submission
from domain.errors import Problem
from domain.events.record import RecordCorrected
from domain.sections.calendar_faults import UNKNOWN, calendar_faults
from projections.state.holiday_calendars import calendar, nearest_names


def named_calendar(submission: Submission) -> tuple[str, str] | None:
    """The JSON pointer (RFC 6901) to the calendar that an event names, and its name; that of a correction too."""
    data = submission.payload.data
    pointer, name = "/data/calendar", getattr(data, "calendar", None)
    if isinstance(data, RecordCorrected):
        pointer, name = "/data/changes/calendar", data.changes.get("calendar")
    return (pointer, name) if isinstance(name, str) else None


def calendar_warnings(submission: Submission) -> list[Problem]:
    """Each fault of the calendar that an event names. One is made when it is first named, which takes a while."""
    named = named_calendar(submission)
    if named is None:
        return []
    pointer, name = named
    return [
        Problem(pointer, rule, words, nearest_names(name) if rule == UNKNOWN else ())
        for rule, words in calendar_faults(name, calendar)
    ]
