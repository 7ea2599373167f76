"""Spans of time as an event gives them: from a start through an `until`, or up to it."""

from datetime import UTC, timedelta, timezone, tzinfo

from domain.time.edtf import When

_FIRST_ZONE, _LAST_ZONE = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""Where a civil day begins before, and where it ends after, all others."""


def is_empty_span(start: When, until: When, *, through: bool) -> bool:
    """Whether the span is empty, by either reading of an imprecise date and in any time zone.

    `through` says that it holds through the end of `until`; otherwise `until` is where it holds no more.
    """
    here, there = _zones(start, until)
    if through:
        return until.closes(there) < start.opens(here)
    return all(until.opens(there, reading) <= start.opens(here, reading) for reading in ("earliest", "latest"))


def _zones(start: When, until: When) -> tuple[tzinfo, tzinfo]:
    """The zones in which to compare: any for two days or two instants; for one of each those that leave most room."""
    return (UTC, UTC) if start.is_instant is until.is_instant else (_FIRST_ZONE, _LAST_ZONE)
