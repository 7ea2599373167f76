"""What of a deal's record an answer rests on: what is known, read as corrected, in the order in which it folds."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Any

from domain.basis import Basis, Reading
from domain.dates import Moment, zone
from domain.envelope import Line
from domain.events.deal import DealOpened
from domain.events.record import RecordCorrected, RecordReinstated, RecordVoided
from domain.fold import Step

Revise = Callable[[Line, tuple[Mapping[str, Any], ...]], Line]
"""Reads a line anew with these corrections, the oldest first. The ledger has the bytes and does it."""

FACTS = frozenset({None, "official_document", "on_record"})
"""The attributions that move hard state."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A known development that counts in part, or not yet."""

    line: Line
    earliest: Moment
    latest: Moment


@dataclass(frozen=True, slots=True)
class Chosen:
    """The developments that count on a basis, and those that nearly do."""

    steps: tuple[Step, ...]
    """In fold order."""

    scheduled: tuple[Pending, ...] = ()
    """Happened, but take effect later."""

    possible: tuple[Pending, ...] = ()
    """The moment asked about lies within their window."""

    exists: bool = False
    corrections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Event -> the corrections that shape how it reads."""


def zone_of(lines: Iterable[Line]) -> tzinfo:
    """The zone of the deal's civil days: that of its deal.opened, UTC if it says none."""
    for line in lines:
        if isinstance(line.event, DealOpened):
            return zone(line.event.tz or "UTC")
    return zone("UTC")


def public_from(line: Line, here: tzinfo) -> Moment:
    """The moment by which a development was public for certain: its publication, else the day it occurred."""
    return (line.published or line.occurred).closes(here)


def is_report(line: Line) -> bool:
    """Whether a development belongs to the reported layer."""
    attribution = line.payload.attribution
    if attribution in FACTS:
        return False
    return not (attribution == "party_claim" and line.payload.actor in line.event.own_parties())


def known(lines: Iterable[Line], basis: Basis, here: tzinfo) -> list[Line]:
    """The lines that are known on the basis, as first recorded, in order of version."""
    within = [line for line in lines if line.version <= basis.known_version and line.position <= basis.known_position]
    if basis.known_by == "recorded":
        return [line for line in within if line.recorded_at <= basis.known_at]
    by_id = {line.id: line for line in within}
    return [line for line in within if _public_from(line, by_id, here) <= basis.known_at]


def _public_from(line: Line, by_id: Mapping[str, Line], here: tzinfo) -> Moment:
    """A correction or voiding of what was recorded wrongly was always public, if it says nothing else."""
    event = line.event
    if line.published is None and isinstance(event, RecordCorrected | RecordVoided):
        aimed = by_id.get(event.event_id)
        if aimed is not None and event.cause in ("recording_error", "duplicate"):
            return public_from(aimed, here)
    return public_from(line, here)


def standing(lines: Sequence[Line], revise: Revise) -> tuple[list[Line], dict[str, tuple[str, ...]]]:
    """The lines that stand, read as corrected; and which corrections shape which event.

    The newest word on an event wins: a voiding that was itself voided does nothing.
    """
    about = [line for line in lines if isinstance(line.event, RecordCorrected | RecordVoided | RecordReinstated)]
    if not about:
        return list(lines), {}
    void: dict[str, bool] = {}
    for line in reversed(about):
        event = line.event
        if isinstance(event, RecordVoided | RecordReinstated) and not void.get(line.id, False):
            void.setdefault(event.event_id, isinstance(event, RecordVoided))
    changes: dict[str, list[Line]] = {}
    for line in about:
        if isinstance(line.event, RecordCorrected) and not void.get(line.id, False):
            changes.setdefault(line.event.event_id, []).append(line)
    stand = []
    for line in lines:
        if void.get(line.id, False):
            continue
        mended = changes.get(line.id)
        stand.append(revise(line, tuple(_changes(each) for each in mended)) if mended else line)
    return stand, {target: tuple(each.id for each in mended) for target, mended in changes.items()}


def _changes(line: Line) -> Mapping[str, Any]:
    assert isinstance(line.event, RecordCorrected)
    return line.event.changes


def choose(lines: Sequence[Line], basis: Basis, here: tzinfo, revise: Revise) -> Chosen:
    """Select what is known, read it as corrected, and put what counts in fold order."""
    stand, corrections = standing(known(lines, basis, here), revise)
    steps: list[Step] = []
    scheduled: list[Pending] = []
    possible: list[Pending] = []
    exists, opened = False, False
    voided_opening = any(isinstance(line.event, DealOpened) for line in lines if line.version <= basis.known_version)
    for line in stand:
        opened = opened or isinstance(line.event, DealOpened)
        if line.erased:
            continue
        reported = is_report(line)
        if reported and basis.layer == "facts":
            continue
        seen, acts = place(line, here, basis.reading)
        if acts <= basis.valid_at:
            steps.append(Step(line, (acts, line.payload.rank or 0, line.version), reported))
        elif seen <= basis.valid_at:
            scheduled.append(Pending(line, acts, acts))
        exists = exists or seen <= basis.valid_at
        earliest, latest = place(line, here, "earliest")[0], place(line, here, "latest")[0]
        if earliest <= basis.valid_at < latest:
            possible.append(Pending(line, earliest, latest))
    if voided_opening and not opened and basis.known_by == "recorded":
        exists = False
    steps.sort(key=lambda step: step.key)
    return Chosen(tuple(steps), tuple(scheduled), tuple(possible), exists, corrections)


def place(line: Line, here: tzinfo, reading: Reading) -> tuple[Moment, Moment]:
    """From when a development is seen, and from when it acts.

    It is seen from the day it occurred or took effect, whichever comes first. What it sets lies on its own line from
    the effective day on; only an act that is signed on one day and in force from another acts on both.
    """
    occurred = line.occurred.opens(here, reading)
    effective = line.effective
    if effective is None:
        return occurred, occurred
    start = effective.opens(here, reading)
    seen = min(occurred, start)
    return seen, seen if line.event.SEEN_EARLY else start


def at_version(basis: Basis, version: int, moment: Moment) -> Basis:
    """The same question, knowing the deal up to another version."""
    return replace(basis, known_version=version, known_at=moment)
