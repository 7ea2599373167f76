"""The lineage of one event: corrections, voidings, reinstatements; by whom, when and why."""

from collections.abc import Sequence
from typing import Any, Literal

from domain.corrections import apply_corrections
from domain.envelope import RecordedEvent
from domain.events.record import RecordCorrected, RecordErased, RecordReinstated, RecordVoided
from domain.time.instants import iso
from projections.temporal.answers import LineageStep, Revisions

RecordEvent = RecordCorrected | RecordVoided | RecordReinstated | RecordErased


def lineage(lines: Sequence[RecordedEvent], event_id: str) -> Revisions:
    """`{id, status, about, corrections, voiding, reinstatement, steps, reads}` by the latest knowledge.

    `status` is stands, corrected, voided or erased. `corrections` lists every correction, oldest first; `voiding` and
    `reinstatement` are the last of theirs, or null; `steps` are all of these in order of recording, each with `stands`:
    whether it was itself taken back. `reads` holds the fields as they read otherwise now. `about` is the event that a
    correction, voiding or reinstatement is itself about.
    """
    stand, corrections = apply_corrections(lines, lambda line, changes: line)
    standing_ids = {line.id for line in stand}
    steps = [
        _step(line, line.event, line.id in standing_ids)
        for line in lines
        if isinstance(line.event, RecordEvent) and line.event.event_id == event_id
    ]
    reads: dict[str, Any] = {}
    for step in steps:
        if step["type"] == RecordCorrected.NAME and step["stands"]:
            reads.update(step["changes"])
    itself = next(line for line in lines if line.id == event_id)
    status: Literal["stands", "corrected", "voided", "erased"] = "stands"
    if itself.erased:
        status = "erased"
    elif event_id not in standing_ids:
        status = "voided"
    elif event_id in corrections:
        status = "corrected"
    return {
        "id": event_id,
        "status": status,
        "about": itself.event.event_id if isinstance(itself.event, RecordEvent) else None,
        "corrections": _steps_of(RecordCorrected.NAME, steps),
        "voiding": _last(_steps_of(RecordVoided.NAME, steps)),
        "reinstatement": _last(_steps_of(RecordReinstated.NAME, steps)),
        "steps": steps,
        "reads": reads,
    }


def _step(line: RecordedEvent, event: RecordEvent, stands: bool) -> LineageStep:
    told: LineageStep = {
        "id": line.id,
        "type": line.type,
        "version": line.version,
        "position": line.position,
        "recorded_at": iso(line.recorded_at),
        "recorded_by": line.recorded_by,
        "occurred": line.occurred.text,
        "published": line.published.text if line.published else None,
        "by": event.by,
        "cause": getattr(event, "cause", None),
        "reason": event.legal_basis if isinstance(event, RecordErased) else event.reason,
        "stands": stands,
    }
    return {**told, "changes": dict(event.changes)} if isinstance(event, RecordCorrected) else told


def _steps_of(name: str, steps: Sequence[LineageStep]) -> list[LineageStep]:
    return [step for step in steps if step["type"] == name]


def _last(steps: Sequence[LineageStep]) -> LineageStep | None:
    return steps[-1] if steps else None
