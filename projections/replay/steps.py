"""The steps of a replay: each event, when it became known, and its changes of the state.

Valid time is that of the query; known time advances event by event. So the changes of a step are caused
by its event alone, and the state after the last step is the state on the query's basis.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from domain.basis import Basis
from domain.envelope import RecordedEvent
from domain.event import REGISTRY
from domain.events.record import RecordErased
from domain.state_paths import ERASED, members
from domain.time.instants import SECOND, Moment
from ledger.encoding.event_json import event_to_json
from ledger.models import Recorded
from projections.replay import json_patch
from projections.replay.answers import DeadlineMove, ReplayedEvent, ReplayStep, ReplayTrailer
from projections.replay.document import EMPTY
from projections.temporal.recorded_deal import RecordedDeal

Step = ReplayStep | ReplayTrailer

WITHHELD = "[withheld]"
"""Replaces the payload of a withheld event."""


@dataclass(frozen=True, slots=True)
class EventRows:
    """The rows behind the lines: events as they were recorded, by id, and those that are kept back from this reader."""

    rows: Mapping[str, Recorded]
    withheld: frozenset[str] = frozenset()


def steps(past: RecordedDeal, told: EventRows, basis: Basis) -> Iterator[Step]:
    """A step for each event that the basis knows, in the order in which they became known, then the trailer."""
    within = [line for line in past.lines if line.version <= basis.known_version]
    within = [line for line in within if line.position <= basis.known_position]
    known = past.known_moments(within, basis)
    within = sorted(
        (line for line in within if known[line.id] <= basis.known_at), key=lambda line: (known[line.id], line.version)
    )
    about = _record_events_by_target(within)
    erasures = {
        line.event.event_id: line for line in within if isinstance(line.event, RecordErased) and not line.erased
    }
    moves = past.walk_known_time(basis)
    state = EMPTY.followed_by(next(moves).state.sections)  # before anything was known
    upcoming = next(moves, None)
    number = 0
    for moment, group in groupby(within, key=lambda line: known[line.id]):
        lines = list(group)
        for line in lines:
            number += 1
            after, patch = state, []
            if line is lines[-1] and upcoming is not None and upcoming.moment == moment:
                after = state.followed_by(upcoming.state.sections)
                patch = json_patch.make_patch(state.plain, after.plain)
                upcoming = next(moves, None)
            if number == 1:
                patch = json_patch.initial_patch(after.plain)
            step: ReplayStep = {
                "step": number,
                "version": line.version,
                "event": _event(line, told),
                "lag_seconds": _lag(line, past),
                "effect": REGISTRY[line.type].EFFECT if line.type in REGISTRY else "",
                "corrects": getattr(line.event, "event_id", None) if line.type.startswith("record.") else None,
                "corrected_by": about.get(line.id, []),
                "changes": patch,
                "deadline_moves": _moved_deadlines(state.plain, after.plain, line),
                "state_hash_before": state.digest,
                "state_hash": after.digest,
            }
            if line.id in erasures:
                erasure = erasures[line.id]
                paths = getattr(erasure.event, "touched", ())
                step["erased"] = {"by": erasure.id, "paths": [{"path": path, "value": ERASED} for path in paths]}
            yield step
            state = after
    yield {"trailer": {"steps": number, "version": within[-1].version if within else 0, "state_hash": state.digest}}


def _record_events_by_target(lines: Sequence[RecordedEvent]) -> dict[str, list[str]]:
    """Event -> the record.* events that name it, in their order."""
    about: defaultdict[str, list[str]] = defaultdict(list)
    for line in lines:
        target = getattr(line.event, "event_id", None)
        if line.type.startswith("record.") and isinstance(target, str):
            about[target].append(line.id)
    return about


def _event(line: RecordedEvent, told: EventRows) -> ReplayedEvent:
    event: ReplayedEvent = {**event_to_json(told.rows[line.id])}
    if line.erased:
        event.pop("erased", None)
        event["data"] = WITHHELD if line.id in told.withheld else ERASED
    return event


def _lag(line: RecordedEvent, past: RecordedDeal) -> int | None:
    """Seconds from the moment that it can first have happened until it was recorded; None where that is unbounded."""
    if line.occurred.earliest is None:
        return None
    happened: Moment = line.occurred.opens(past.zone)
    return (line.recorded_at - happened) // SECOND


def _moved_deadlines(before: Mapping[str, Any], after: Mapping[str, Any], line: RecordedEvent) -> list[DeadlineMove]:
    """The deadlines whose due date this step set or moved, with the reason."""
    was, now = before.get("deadlines", {}), after.get("deadlines", {})
    if was is now:
        return []
    moves: list[DeadlineMove] = []
    for deadline_id in sorted(was.keys() | now.keys()):
        earlier, later = was.get(deadline_id, {}), now.get(deadline_id, {})
        if earlier is not later and earlier.get("due") != later.get("due"):
            trace = members(later.get("trace") or earlier.get("trace"))
            moves.append(
                {
                    "deadline_id": deadline_id,
                    "from": earlier.get("due"),
                    "to": later.get("due"),
                    "why": trace[-1] if trace else line.payload.summary or line.type,
                    "because": [line.id],
                }
            )
    return moves
