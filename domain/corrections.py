"""Corrections, voidings and reinstatements: which events are in effect, and how they read as corrected."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.envelope import RecordedEvent
from domain.erased_correction import ErasedCorrection, touched_by
from domain.event import Event
from domain.events.record import RecordCorrected, RecordReinstated, RecordVoided

ApplyCorrections = Callable[[RecordedEvent, tuple[Mapping[str, Any], ...]], RecordedEvent]
"""Decodes an event again with these corrections, the oldest first; given by the ledger, which has the bytes."""

ABOUT_THE_RECORD = (RecordCorrected, RecordVoided, RecordReinstated)
"""The types of event that change how other events read."""


@dataclass(frozen=True, slots=True)
class Corrections:
    """The events that were voided, and the corrections of the others."""

    void: frozenset[str]
    corrections: Mapping[str, tuple[RecordedEvent, ...]]

    def read(self, line: RecordedEvent, revise: ApplyCorrections) -> RecordedEvent | None:
        """The line as it reads now; None where it was voided."""
        if line.id in self.void:
            return None
        corrections = self.corrections.get(line.id, ())
        changes = tuple(changes for each in corrections if (changes := _changes(each)))
        read = revise(line, changes) if changes else line
        for each in corrections:
            if isinstance(each.event, ErasedCorrection):
                read = replace(read, payload=replace(read.payload, data=touched_by(read.event, each.event)))
        return read


def is_about_record(line: RecordedEvent) -> bool:
    """Whether a line corrects, voids or reinstates another."""
    return isinstance(line.event, ABOUT_THE_RECORD)


def weigh_corrections(about: Sequence[RecordedEvent]) -> Corrections:
    """What corrections, voidings and reinstatements, in order of version, come to.

    The last of them about an event decides: a voiding that was itself voided has no effect.
    """
    void = voided([(line.id, line.event) for line in about])
    corrections: dict[str, list[RecordedEvent]] = {}
    for line in about:
        if isinstance(line.event, RecordCorrected) and line.id not in void:
            corrections.setdefault(line.event.event_id, []).append(line)
    return Corrections(void, {target: tuple(each) for target, each in corrections.items()})


def voided(about: Sequence[tuple[str, Event]]) -> frozenset[str]:
    """The ids of the events voided by these events about the record, which come in order of version."""
    void: dict[str, bool] = {}
    for event_id, event in reversed(about):
        if isinstance(event, RecordVoided | RecordReinstated) and not void.get(event_id, False):
            void.setdefault(event.event_id, isinstance(event, RecordVoided))
    return frozenset(event_id for event_id, is_void in void.items() if is_void)


@dataclass(frozen=True, slots=True)
class FutileChange:
    """A correction, voiding or reinstatement that changes nothing, because of what had been recorded before it."""

    id: str
    type: str
    event_id: str
    """The event that it is about."""

    voided_by: str | None
    """The voiding of that event; None where a reinstatement has none to take back."""


def futile_changes(about: Sequence[RecordedEvent]) -> tuple[FutileChange, ...]:
    """Those of these corrections, voidings and reinstatements, in order of version, that change nothing."""
    void = voided([(line.id, line.event) for line in about])
    voided_by: dict[str, str] = {}
    found = []
    for line in about:
        event = line.event
        if line.id in void or not isinstance(event, ABOUT_THE_RECORD):
            continue
        before = voided_by.get(event.event_id)
        reinstates = isinstance(event, RecordReinstated)
        if reinstates is (before is None):
            found.append(FutileChange(line.id, line.type, event.event_id, before))
        if reinstates:
            voided_by.pop(event.event_id, None)
        elif isinstance(event, RecordVoided):
            voided_by.setdefault(event.event_id, line.id)
    # A correction of a voided event counts once that event is reinstated.
    return tuple(each for each in found if each.type != RecordCorrected.NAME or each.event_id in voided_by)


def apply_corrections(
    lines: Sequence[RecordedEvent], revise: ApplyCorrections
) -> tuple[list[RecordedEvent], dict[str, tuple[str, ...]]]:
    """The lines that are not voided, as corrected; and the corrections of each event."""
    about = [line for line in lines if is_about_record(line)]
    if not about:
        return list(lines), {}
    found = weigh_corrections(about)
    stand = [read for line in lines if (read := found.read(line, revise)) is not None]
    return stand, {target: tuple(each.id for each in applied) for target, applied in found.corrections.items()}


def _changes(line: RecordedEvent) -> Mapping[str, Any]:
    assert isinstance(line.event, RecordCorrected)
    return line.event.changes
