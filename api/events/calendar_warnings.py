"""What to beware of in the calendars of working days that events name; nothing here is refused."""

from domain.envelope import Submission
from domain.errors import Problem
from domain.events.record import RecordCorrected
from domain.sections.calendar_faults import UNKNOWN, calendar_faults
from projections.state.calendars import calendar, nearest_names


def named_calendar(submission: Submission) -> tuple[str, str] | None:
    """Where an event names a calendar (RFC 6901, from the event), and its name; a correction may name another one."""
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
