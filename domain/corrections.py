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
