"""What-if: hypothetical events after the record, the state with them, and the difference. Nothing is stored."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC

from domain.basis import Basis
from domain.bitemporal import known as known_lines
from domain.decide import decide
from domain.envelope import RecordedEvent, Submission
from domain.errors import DuplicateId, InvalidInput, ParleyError, Problem, UnknownReference, summary
from domain.events.record import RecordErased
from domain.rules.anomalies import STUB
from domain.state import State
from domain.time.instants import FUTURE
from domain.unknown_references import as_warning, with_nearest
from ledger.append.decision import REFUSALS
from ledger.append.preparation import bounded_payload, is_about_record
from ledger.encoding.corrections import as_corrected, merges_of, problems_of_change, problems_of_reading, revising
from projections.event_comparison import compare
from projections.temporal.answers import Differences
from projections.temporal.diff import diff
from projections.temporal.recorded_deal import RecordedDeal

BY = "what-if"
"""The `recorded_by` of hypothetical events."""

Original = Callable[[str], Submission | None]


def what_if(
    past: RecordedDeal, basis: Basis, events: Sequence[Submission], original: Original, *, lenient: bool = False
) -> tuple[State, Basis, Differences, list[Problem]]:
    """The state if these were recorded next, its basis, the difference that they make, and the warnings about them.

    They are held to what posted events are held to; leniently, an unknown reference is a warning. Raises DuplicateId,
    UnknownReference, UnknownEvent, InvalidInput.
    """
    known = known_lines(past.lines, basis, past.zone, past.revise)
    if taken := {line.id for line in past.lines}.intersection(each.id for each in events):
        name = min(taken)
        raise DuplicateId(f"The id {name} is taken by an event of the record: choose another.", extra={"id": name})
    held = _HypotheticalRecord(known, original)
    faults: list[Problem] = []
    lines = list(known)
    for index, event in enumerate(events):
        faults += (_with_index(fault, index) for fault in (*_not_storable(event), *decide(event, held)))
        lines.append(_line(event, basis, index + 1))
        held.take(event)
    faults = list(with_nearest(faults, held.names))
    if refusals := [each for each in faults if not (lenient and each.code == UnknownReference.code)]:
        raise _refusal(refusals)
    by_id = {event.id: event for event in events}

    would_be = replace(past, lines=lines, narrator=None, revise=revising(by_id, past.revise))
    # What the basis knows and what is supposed are both known here, by any publication date.
    start = replace(basis, known_by="recorded", known_at=FUTURE)
    end = replace(
        start, known_version=basis.known_version + len(events), known_position=basis.known_position + len(events)
    )
    places = {event.id: index for index, event in reversed(list(enumerate(events)))}
    found = [(places[event_id], fault) for event_id, fault in compare(would_be, places)]
    return would_be.state(end), end, diff(would_be, start, end), _warnings(faults, found)


def _warnings(loose: Sequence[Problem], found: Sequence[tuple[int, Problem]]) -> list[Problem]:
    """The unknown references that are supposed, and what else was found: what one of them names is not also a stub."""
    said = {fault.pointer for fault in loose}
    stubs = {int(pointer.split("/")[2]) for pointer in said}
    others = [_with_index(fault, place) for place, fault in found if fault.code != STUB or place not in stubs]
    return [*map(as_warning, loose), *(each for each in others if each.pointer not in said)]


def _line(event: Submission, basis: Basis, place: int) -> RecordedEvent:
    version, position = basis.known_version + place, basis.known_position + place
    # What is supposed to occur later is supposed to be recorded then.
    recorded_at = max(basis.known_at, event.occurred.opens(UTC))
    return event.recorded(version=version, position=position, recorded_at=recorded_at, by=BY)


class _HypotheticalRecord:
    """What the record holds on the basis, and what the events before this one would add."""

    def __init__(self, lines: Sequence[RecordedEvent], original: Original) -> None:
        self._things: dict[str, dict[str, None]] = {}
        self._ids = {line.id for line in lines}
        self._original = original
        self._about = [line.id for line in lines if is_about_record(line.type)]
        self._sent: dict[str, Submission] = {}
        for line in lines:
            self._make(line.event.makes(line.id))

    def _make(self, made: Sequence[tuple[str, str]]) -> None:
        for kind, thing_id in made:
            self._things.setdefault(kind, {})[thing_id] = None

    def take(self, event: Submission) -> None:
        self._sent[event.id] = event
        self._make(event.payload.data.makes(event.id))
        if is_about_record(event.type):
            self._about.append(event.id)

    def holds(self, kind: str, thing_id: str) -> bool:
        return thing_id in self._things.get(kind, ())

    def names(self, _deal_id: str, kind: str, _wanted: str) -> tuple[str, ...]:
        """The ids of this kind."""
        return tuple(self._things.get(kind, ()))

    def original(self, event_id: str) -> Submission | None:
        if event_id in self._sent:
            return self._sent[event_id]
        return self._original(event_id) if event_id in self._ids else None

    def merges(self) -> dict[str, tuple[str, str]]:
        return merges_of([each for each in map(self.original, self._about) if each is not None])

    def erasure_of(self, event_id: str) -> str | None:
        about = filter(None, map(self.original, self._about))
        return next((each.id for each in about if _erases(each, event_id)), None)

    def unsettled(self, submission: Submission) -> tuple[Problem, ...]:
        about = [each for each in map(self.original, self._about) if each is not None]
        return problems_of_reading(submission, self, lambda _: about)

    def revised(self, event_id: str, changes: dict[str, object]) -> tuple[Problem, ...]:
        sent = self.original(event_id)
        about = [each for each in map(self.original, self._about) if each is not None]
        return () if sent is None else problems_of_change(as_corrected(sent, about), changes, self)


def _not_storable(event: Submission) -> Sequence[Problem]:
    try:
        bounded_payload(event)
    except InvalidInput as refused:
        return refused.problems
    return ()


def _erases(each: Submission, event_id: str) -> bool:
    data = each.payload.data
    return isinstance(data, RecordErased) and data.event_id == event_id


def _with_index(fault: Problem, index: int) -> Problem:
    return replace(fault, pointer=f"/events/{index}{fault.pointer}")


def _refusal(faults: Sequence[Problem]) -> ParleyError:
    """The refusal of the one kind that all problems are, else that of invalid input."""
    codes = {fault.code for fault in faults}
    kind = REFUSALS.get(codes.pop(), InvalidInput) if len(codes) == 1 else InvalidInput
    return kind(summary(faults), problems=faults)
