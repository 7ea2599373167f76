"""The effect of an erasure: the paths of the state that the erased event had set, computed before it is erased."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.basis import Basis
from domain.bitemporal import is_report, zone_of
from domain.envelope import RecordedEvent, Submission
from domain.erasure import NOT_SET, is_value
from domain.errors import UnknownDeal
from domain.event import REGISTRY
from domain.events.record import RecordErased
from domain.json_equality import equal
from domain.sections.context import is_shown_count
from domain.state import COUNTERS
from domain.state_paths import is_accumulated, write
from domain.time.instants import FUTURE, Moment
from ledger.encoding import event_codec
from ledger.encoding.canonical_json import canonical
from ledger.encoding.corrections import revising
from ledger.encoding.erasures import KEPT, REPORTED, Erasure, remaining_payload
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import StateReader
from projections.temporal.members import is_cause
from projections.temporal.recorded_deal import RecordedDeal

MOST_PATHS = 500
"""Maximum number of paths in one erasure; for an event that set more, the entries with them are named."""

UNATTRIBUTED = frozenset({"exists", "sources"})
"""Sections that do not depend on single events."""


def complete_erasures(reader: StateReader, submissions: Iterable[Submission], deals: set[str]) -> Iterator[Submission]:
    """The submissions, each erasure with what its event had set. `deals` are those in which something is erased."""
    earlier: defaultdict[str, list[Submission]] = defaultdict(list)
    for one in submissions:
        if one.deal_id in deals:
            one = complete_erasure(reader, one, earlier[one.deal_id])
            earlier[one.deal_id].append(one)
        yield one


def complete_erasure(reader: StateReader, submission: Submission, earlier: Sequence[Submission] = ()) -> Submission:
    """An erasure as it is recorded: with the places of the state that its event had set. Sent again, it is the same
    again. `earlier` are submissions of its deal that are recorded with it. Any other submission is handed back.
    """
    erasure = submission.payload.data
    if not isinstance(erasure, RecordErased):
        return submission
    known = reader.ledger.event(submission.id)
    if known is not None and known.type == event_codec.ERASING and known.payload is not None:
        data = event_codec.submission_of(known).sent["data"]
        return with_data(submission, {name: data[name] for name in sorted(RecordErased.OF_THE_LEDGER) if name in data})
    past, line = _find_event(reader, submission.deal_id, erasure.event_id, earlier)
    if line is None or line.erased:
        return submission
    left = retained_fields(past, line)
    return with_data(submission, {"touched": touched_paths(past, line, left or {}), KEPT: left})


def with_data(submission: Submission, given: Mapping[str, Any]) -> Submission:
    """A submission with the members of its data that the ledger fills in."""
    filled = {name: value for name, value in given.items() if value is not None}
    sent = {**submission.sent, "data": {**submission.sent["data"], **filled}}
    return replace(submission, sent=sent, payload=event_codec.payload(submission.type, canonical(sent)))


def retained_fields(past: RecordedDeal, line: RecordedEvent) -> dict[str, Any] | None:
    """What outlives the payload: the fields by which the event goes on to act, as corrected; that it was a report."""
    placed = past.knowledge(_basis_at(len(past.lines))).placed
    line = next((each.line for each in placed if each.line.id == line.id), line)
    names = REGISTRY[line.type].OUTLIVES if line.type in REGISTRY else None
    fields = {name: _as_json(getattr(line.event, name, None)) for name in names or ()}
    return {**fields, **({REPORTED: True} if is_report(line) else {})} or None


def _as_json(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


def touched_paths(past: RecordedDeal, line: RecordedEvent, left: Mapping[str, Any]) -> list[str]:
    """The places that were set when an event was recorded, beyond what is set by what is left of it: at the moments
    from which it counts, and at that of its recording."""
    without = replace(line, payload=remaining_payload(line.type, line.id, Erasure("", (), left)))
    bare = replace(past, lines=[without if each.id == line.id else each for each in past.lines])
    basis = _basis_at(line.version)
    one, other = bare.knowledge(basis), past.knowledge(basis)
    held = {each.step.id: each for each in one.placed}
    differing = [each for each in other.placed if held.get(each.step.id) != each]
    now = {each.step.id: each for each in other.placed}
    differing += [each for each in one.placed if now.get(each.step.id) != each]
    moments = {moment for each in differing for moment in each.moments if moment < FUTURE} | {line.recorded_at}
    found: dict[str, None] = {}
    for moment in sorted(moments):
        asked = replace(basis, valid_at=moment)
        was, becomes = past.state(asked, one).sections, past.state(asked, other).sections
        found |= dict.fromkeys(path for path in map(write, _set_paths(was, becomes, ())) if path not in found)
    paths = list(found)
    if len(paths) > MOST_PATHS:
        paths = sorted({"/".join(path.split("/")[:3]) for path in paths})[:MOST_PATHS]
    return paths


def _set_paths(before: Any, after: Any, at: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The paths at which a state differs from another, down to single values."""
    if (isinstance(before, dict) or isinstance(after, dict)) and not _is_one_value(before, after, at):
        one, other = (each if isinstance(each, dict) else {} for each in (before, after))
        for name in dict.fromkeys((*one, *other)):
            if not _is_bookkeeping(name, at):
                yield from _set_paths(one.get(name), other.get(name), (*at, name))
        return
    if isinstance(before, list) or isinstance(after, list):
        # Lists of entries are made again from the remaining events; their entries have no place of their own.
        if len(at) < 3 or any(isinstance(each, dict) for each in (*(before or ()), *(after or ()))):
            return
        before, after = before or None, after or None
    if before is None and after == 0 and is_accumulated(at):
        return  # a count that begins: nothing was added to it yet
    if not equal(before, after):
        yield at


def _is_one_value(before: Any, after: Any, at: tuple[str, ...]) -> bool:
    if (at[:1], at[2:]) == (("terms",), ("value",)) or (at[:1], at[3:]) == (("assessments",), ("value",)):
        return True
    return any(isinstance(each, dict) and each and is_value(each) for each in (before, after))


def _is_bookkeeping(name: str, at: tuple[str, ...]) -> bool:
    if not at:
        return name in UNATTRIBUTED
    return name in NOT_SET or name in COUNTERS or is_cause(name) or is_shown_count(name)


def _basis_at(version: int) -> Basis:
    return Basis(valid_at=FUTURE, known_at=FUTURE, known_version=version, known_position=FUTURE)


def _find_event(
    reader: StateReader, deal_id: str, event_id: str, earlier: Sequence[Submission]
) -> tuple[RecordedDeal, RecordedEvent | None]:
    """The deal's record with what is recorded with it, and the event in it; None where there is no such event."""
    try:
        lines = list(reader.history(deal_id).lines)
    except UnknownDeal:
        lines = []
    known = {line.id for line in lines}
    by_id = {one.id: one for one in earlier if one.id not in known}
    now: Moment = reader.now()
    lines += [
        one.recorded(version=version, position=version, recorded_at=now, erased=not one.sent)
        for version, one in enumerate(by_id.values(), len(lines) + 1)
    ]

    past = RecordedDeal(deal_id, lines, zone_of(lines), calendar, revising(by_id, reader.revise))
    return past, next((line for line in lines if line.id == event_id), None)
