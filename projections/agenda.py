"""Deadlines as a calendar that other programs subscribe to (RFC 5545).

Each deadline keeps one UID for ever and gains a SEQUENCE with every move, so that a subscribed calendar moves its entry
instead of adding another.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from domain.dates import Moment, When, zone
from domain.kinds import BINDING

PRODUCT = "-//Parley//Deadlines//EN"
WITHDRAWN = frozenset({"withdrawn"})
DONE = frozenset({"met", "lapsed", "past_due"})

State = Mapping[str, Any]


def agenda(states: Iterable[tuple[State, Moment]], name: str) -> bytes:
    """One calendar of the deadlines of these states, each with the moment of its deal's last recording."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for state, recorded_at in states:
        for deadline_id, deadline in state["deadlines"].items():
            entry = _entry(state, deadline_id, deadline, recorded_at)
            if entry is not None:
                calendar.add_component(entry)
    return bytes(calendar.to_ical())


def _entry(state: State, deadline_id: str, deadline: State, recorded_at: Moment) -> Event | None:
    """One deadline; None where it has no day."""
    if deadline["due"] is None:
        return None
    deal_id, here = state["deal"]["id"], zone(state["deal"]["tz"])
    due = When.parse(deadline["due"])
    day = due.last_day(here)
    if day is None:
        return None
    entry = Event()
    entry.add("uid", f"{deal_id}/{deadline_id}@parley.invalid")
    entry.add("dtstamp", _instant(recorded_at))
    entry.add("sequence", max(0, len(deadline["history"]) - 1))
    if isinstance(due.end, int):
        entry.add("dtstart", _instant(due.end))
    else:
        entry.add("dtstart", day)
        if day < date.max:  # the last day of the calendar has no day after it; an entry without an end lasts one day
            entry.add("dtend", day + timedelta(days=1))
    binding = deadline["force"] in BINDING
    entry.add("summary", f"{state['deal']['title'] or deal_id}: {deadline['obligation'] or deadline_id}")
    entry.add("description", _description(deadline_id, deadline))
    entry.add("categories", [part for part in (deadline["force"], deadline["status"]) if part])
    entry.add("status", _status(deadline["status"], binding))
    entry.add("transp", "TRANSPARENT")
    return entry


def _status(status: str, binding: bool) -> str:
    if status in WITHDRAWN:
        return "CANCELLED"
    return "CONFIRMED" if binding or status in DONE else "TENTATIVE"


def _description(deadline_id: str, deadline: State) -> str:
    extension = deadline["extension"]
    lines = [
        f"{deadline_id}: {deadline['status']}; {deadline['force'] or 'of unknown force'}, set by {deadline['set_by']}.",
        *deadline["trace"],
    ]
    if extension["latest_possible"]:
        used, left, latest = (extension[name] for name in ("used", "left", "latest_possible"))
        lines.append(f"Extension: {used} days used, {left} left, latest {latest}.")
    if deadline["consequence"]:
        lines.append(f"If missed: {deadline['consequence']}.")
    return "\n".join(lines)


def _instant(moment: Moment) -> datetime:
    return datetime.fromtimestamp(moment // 1_000_000, UTC)
