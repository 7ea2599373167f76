"""Deadlines as an iCalendar feed (RFC 5545).

Each deadline has a stable UID. Its SEQUENCE rises with every event of its deal and with every time event, so
that a subscribed calendar moves its entry instead of adding another, also after voidings and corrections.

A deadline that is overdue stays on the day on which it was due, and its title says for how many days it has been
overdue. To move it to today would change its day, its alarms and its SEQUENCE daily, though the deadline was not moved.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from icalendar import Alarm, Calendar, Event
from icalendar.prop import vDuration

from domain.fields.types import BINDING
from domain.sections.deadline_status import DONE, PAST_DUE, WITHDRAWN, overdue_words
from domain.sentences.amounts import days
from domain.sentences.dates import date_text
from domain.sentences.names import Names
from domain.sentences.words import plain, word
from domain.state_paths import members, unless_erased
from domain.time.edtf import When
from domain.time.instants import Moment, zone
from projections.calendar_feed.text import Text, texts
from projections.isolation import log_fault
from projections.tables.deadlines import member_names

PRODUCT = "-//Parley//Deadlines//EN"

REFRESH = timedelta(hours=1)
"""How often a calendar program is asked to read the feed again."""

STEPS_PER_VERSION = 128
"""Numbers of a SEQUENCE reserved for time events between two recorded events."""

State = Mapping[str, Any]


def calendar_feed(
    states: Iterable[tuple[State, Moment]],
    name: str,
    *,
    site: str | None = None,
    alarms: Sequence[int] = (),
    unreadable: Iterable[str] = (),
) -> bytes:
    """One calendar of the deadlines of these states, each with the moment of its deal's last recording.

    `site` is the address of the page, for a link to each deal; `alarms` so many days ahead of each open deadline;
    `unreadable` sentences about deals whose deadlines cannot be read, taken after the last state.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", Text(name))
    # RFC 7986 and its older form: how often calendar programs are to read the feed again.
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    faults = []
    for state, recorded_at in states:
        deal_id = state["deal"]["id"]
        try:
            calendar.subcomponents += _entries(state, recorded_at, site, alarms)
        except Exception as error:  # noqa: BLE001 - an unreadable deal must not hide the others
            faults.append(f"{deal_id}: {log_fault('', deal_id, state['basis']['known_version'], error)}")
    for sentence in (*faults, *unreadable):
        calendar.add("x-parley-unreadable", Text(sentence))
    return bytes(calendar.to_ical())


def _entries(state: State, recorded_at: Moment, site: str | None, alarms: Sequence[int]) -> list[Event]:
    """The deadlines of one deal that have a day."""
    entries = []
    for deadline_id, deadline in state["deadlines"].items():
        entry = _entry(state, deadline_id, deadline, recorded_at)
        if entry is None:
            continue
        if site is not None:
            entry.add("url", f"{site.rstrip('/')}/deals/{quote(state['deal']['id'])}")
        if _status(deadline) != "CANCELLED" and deadline["status"] not in DONE:
            for days in alarms:
                entry.add_component(_alarm(entry, days))
        entries.append(entry)
    return entries


def _entry(state: State, deadline_id: str, deadline: State, recorded_at: Moment) -> Event | None:
    """One deadline; None where it has no day."""
    if unless_erased(deadline["due"]) is None:
        return None
    deal_id, here = state["deal"]["id"], zone(state["deal"]["tz"])
    due = When.parse(deadline["due"])
    day = due.last_day(here)
    if day is None:
        return None
    entry = Event()
    entry.add("uid", Text(f"{deal_id}/{deadline_id}@parley.invalid"))
    entry.add("dtstamp", _instant(recorded_at))
    entry.add("last-modified", _instant(recorded_at))
    entry.add("sequence", _sequence(state["basis"]["known_version"], deadline))
    if isinstance(due.end, int):
        entry.add("dtstart", _instant(due.end))
    else:
        entry.add("dtstart", day)
        if day < date.max:  # the last day of the calendar has no day after it; an entry without an end lasts one day
            entry.add("dtend", day + timedelta(days=1))
    what = f"{state['deal']['title'] or deal_id}: {deadline['obligation'] or deadline_id}"
    overdue = overdue_words(deadline)
    entry.add("summary", Text(what + _doubt(deadline) + (f" ({overdue})" if overdue else "")))
    entry.add("description", Text(_description(state, deadline_id, deadline)))
    entry.add("categories", texts(deadline["force"], deadline["status"]))
    entry.add("status", _status(deadline))
    entry.add("transp", "TRANSPARENT")
    return entry


def _sequence(version: int, deadline: State) -> int:
    """The SEQUENCE: rises with the version of the deal, and between two versions with time events."""
    closed = sum(branch["status"] == "closed" for branch in deadline["alternatives"])
    moves = deadline.get("history_count", len(deadline["history"]))
    by_time: int = 2 * (moves + closed) + (deadline["status"] == PAST_DUE)
    return version * STEPS_PER_VERSION + min(by_time, STEPS_PER_VERSION - 1)


def _status(deadline: State) -> str:
    """The STATUS: cancelled if withdrawn or open when the deal ended; tentative if uncertain or not binding."""
    status = deadline["status"]
    if status == WITHDRAWN or deadline.get("frozen"):
        return "CANCELLED"
    if _doubt(deadline):
        return "TENTATIVE"
    return "CONFIRMED" if deadline["force"] in BINDING or status in DONE else "TENTATIVE"


def _doubt(deadline: State) -> str:
    """The suffix of the title for an imprecise or reported date."""
    due = deadline["due"]
    reported = deadline.get("layer") == "reported"
    if When.parse(due).precise and not reported:
        return ""
    return f" (about {due}{', as reported' if reported else ''})"


def _alarm(entry: Event, days: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", Text(str(entry["summary"])))
    alarm.add("trigger", timedelta(days=-days))
    return alarm


def _description(state: State, deadline_id: str, deadline: State) -> str:
    extension, order = deadline["extension"], deadline["order_id"]
    names = deadline.get("member_names") or member_names(deadline, Names(state))
    setter = names.get("set_by", deadline["set_by"]) or "an unnamed party"
    under = f" under {names.get('order_id', order)}" if order else ""
    force = word("force", deadline["force"]) if deadline["force"] else "of unknown force"
    lines = [
        f"Set by {setter}{under}; {force}; {plain(deadline['status'])} ({deadline_id}).",
        *members(deadline["trace"]),
    ]
    if extension["latest_possible"]:
        used, left, latest = (extension[name] for name in ("used", "left", "latest_possible"))
        lines.append(f"Extension: {days(used)} used, {left} left, latest {date_text(latest)}.")
    if "due" in deadline.get("reported", ()):
        lines.append(f"Reports say otherwise: due {date_text(deadline['reported']['due']['value'])}.")
    if deadline["consequence"]:
        lines.append(f"If missed: {deadline['consequence']}.")
    return "\n".join(lines)


def _instant(moment: Moment) -> datetime:
    return datetime.fromtimestamp(moment // 1_000_000, UTC)
