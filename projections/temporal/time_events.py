"""Time events: a deadline passes, an order takes effect, a notice ahead of a deadline is due.

Each follows from what was known at the full second of its own moment, so that any reader, whenever they look, finds
the same ones under the same ids; and so that a long import is a matter of a few looks.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson

from domain.entities.deadline import Deadline
from domain.sections.deadline_status import RUNNING
from domain.state import SECTIONS
from domain.state_paths import ERASED, unless_erased
from domain.time.edtf import When
from domain.time.instants import SECOND, Moment, iso, start_of_day, zone
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery

KINDS: Mapping[str, str] = {each.name: each.noun for each in SECTIONS.values() if each.timed}
"""Sections of the state whose entries have a status that time changes, with the kind of one entry."""

NOTICE = "time.deadline.notice"
DAYS_AHEAD_MOST = 366

OF_TIME = re.compile(rf"time\.\*|time\.({'|'.join(KINDS.values())})\.[a-z_]{{1,40}}")
"""Types of time events, and their group."""

_DAYS = re.compile(r"[0-9]{1,3}d")

Sections = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Transition:
    """A time event of one deal."""

    id: str
    """The same in every scan."""

    type: str
    """`time.<kind>.<status>`, such as time.deadline.past_due, or NOTICE."""

    deal_id: str
    at: Moment
    position: int
    """How far the log had come for this deal, at that moment."""

    data: Mapping[str, Any]
    days_ahead: int | None = None
    """Of a notice."""


@dataclass(frozen=True, slots=True)
class TimeEvents:
    """The result of scanning a deal, and the next moment at which a scan can find more."""

    transitions: tuple[Transition, ...]
    next_at: Moment | None


def parse_days_ahead(text: str | None) -> tuple[int, ...]:
    """`7d,1d` as numbers, the most first. Raises ValueError."""
    parts = [] if not text else [part.strip() for part in text.split(",")]
    if not all(_DAYS.fullmatch(part) and 0 < int(part[:-1]) <= DAYS_AHEAD_MOST for part in parts):
        raise ValueError(f"write days such as 7d,1d, each from 1d to {DAYS_AHEAD_MOST}d")
    return tuple(sorted({int(part[:-1]) for part in parts}, reverse=True))


def time_events(
    reader: StateReader, deal_id: str, after: Moment, to: Moment, days_ahead: Sequence[int] = ()
) -> TimeEvents:
    """The time events of a deal after one moment and up to another, in order, with notices of these days.

    Raises UnknownDeal, Busy.
    """
    found: list[Transition] = []
    cursor = after
    while True:
        version = reader.ledger.version_at(deal_id, _second(cursor + 1))
        following = reader.ledger.read_deal(deal_id, after_version=version, limit=1)
        # From the next full second on, what was recorded next is known too.
        changes_at = _second(following[0].recorded_at + SECOND - 1) if following else None
        until = to if changes_at is None else min(to, changes_at - 1)
        coming = _next_moment(reader, deal_id, version, cursor, days_ahead) if version else None
        if coming is not None and coming <= until:
            found += _transitions_at(reader, deal_id, version, coming, days_ahead)
            cursor = coming
        elif changes_at is None or changes_at > to:
            return TimeEvents(tuple(found), coming)
        else:
            cursor = changes_at - 1


def _second(moment: Moment) -> Moment:
    return moment - moment % SECOND


def _query(version: int, valid_at: Moment) -> TimeQuery:
    return TimeQuery(valid_at=iso(valid_at), known_version=version)


def _next_moment(
    reader: StateReader, deal_id: str, version: int, cursor: Moment, days_ahead: Sequence[int]
) -> Moment | None:
    state, _ = reader.state_on_query(deal_id, _query(version, cursor))
    ahead = [at for at, *_ in _notices(state.sections, days_ahead) if at > cursor]
    if state.next_transition_at is not None:
        ahead.append(state.next_transition_at)
    return min(ahead, default=None)


def _transitions_at(
    reader: StateReader, deal_id: str, version: int, at: Moment, days_ahead: Sequence[int]
) -> Iterator[Transition]:
    """The changes at a moment without a recorded event."""
    before, _ = reader.state_on_query(deal_id, _query(version, at - 1))
    after, basis = reader.state_on_query(deal_id, _query(version, at))
    for section, kind in KINDS.items():
        earlier = before.sections[section]
        for thing_id, entry in after.sections[section].items():
            was = earlier[thing_id]["status"] if thing_id in earlier else None
            if ERASED in (entry["status"], was) or entry["status"] in (None, was):
                continue
            data = {
                "kind": kind, "thing_id": thing_id, "from": was, "to": entry["status"], "because": entry["because"],
            }  # fmt: skip
            if kind == Deadline.KIND:
                data |= {name: entry.get(name) for name in ("obligation", "due", "days_left")}
            name = f"time.{kind}.{entry['status']}"
            mark = f"{deal_id}|{kind}|{thing_id}|{entry['status']}|{at}"
            yield _transition(mark, name, deal_id, at, basis.known_position, data)
    for when, days, thing_id, due, because in _notices(after.sections, days_ahead):
        if when == at:
            data = {"kind": "deadline", "thing_id": thing_id, "due": due, "days_left": days, "because": because}
            mark = f"{deal_id}|notice|{thing_id}|{due}|{days}"
            yield _transition(mark, NOTICE, deal_id, at, basis.known_position, data, days)


def _transition(
    mark: str, name: str, deal_id: str, at: Moment, position: int, data: Mapping[str, Any], days: int | None = None
) -> Transition:
    transition_id = f"time-{sha256(mark.encode()).hexdigest()[:32]}"
    told = {"id": transition_id, "deal_id": deal_id, "at": iso(at), **data}
    return Transition(transition_id, name, deal_id, at, position, told, days)


def _notices(sections: Sections, days_ahead: Sequence[int]) -> Iterator[tuple[Moment, int, str, str, list[str]]]:
    """When the day begins that lies so many days before that of an open deadline, in the deal's time zone."""
    here = zone(sections["deal"]["tz"])
    for thing_id, entry in sections["deadlines"].items():
        if not days_ahead or unless_erased(entry["due"]) is None or entry["status"] not in RUNNING:
            continue
        day = When.parse(entry["due"]).last_day(here)
        if day is None:
            continue
        for days in days_ahead:
            if days >= day.toordinal():
                continue  # before the first day of the calendar
            yield start_of_day(day - timedelta(days=days), here), days, thing_id, entry["due"], entry["because"]


def transition_json(made: Transition) -> bytes:
    """The JSON of a transition, for webhooks and streams."""
    return orjson.dumps({"type": made.type, "timestamp": iso(made.at), "position": made.position, "data": made.data})
