"""The history of a path of the state: its values over valid time, or over known time for one date."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain import state_paths
from domain.basis import Basis
from domain.envelope import RecordedEvent
from domain.events.record import RecordCorrected, RecordReinstated, RecordVoided
from domain.json_equality import equal
from domain.state import without_counters
from domain.state_paths import ABSENT
from domain.time.instants import FUTURE, Moment
from projections.temporal import json_pointer, path_validation
from projections.temporal.answers import Stretch
from projections.temporal.dependencies import bearing
from projections.temporal.recorded_deal import RecordedDeal, StateChange


@dataclass(slots=True)
class Interval:
    """A value and its time, half-open: `[since, until)`."""

    since: Moment
    until: Moment
    value: Any
    because: tuple[str, ...]

    def to_json(self, name: Callable[[Moment], str | None]) -> Stretch:
        return {
            "from": name(self.since),
            "to": name(self.until),
            "value": self.value,
            "because": list(self.because),
        }


@dataclass
class IntervalBuilder:
    """What a walk found at a place."""

    tokens: Sequence[str]
    intervals: list[Interval] = field(default_factory=list)
    seen: deque[Any] = field(default_factory=lambda: deque(maxlen=path_validation.STATES_SEEN))
    """The last states that did not have the place."""

    def collect(self, walk: Iterable[StateChange], because: "Because") -> Iterator[Interval]:
        """Walk on, coalescing equal values; yields each interval as it begins."""
        running: Interval | None = None
        for moved in walk:
            value = state_paths.get(moved.state.sections, self.tokens)
            if value is ABSENT:
                self.seen.append(moved.state.sections)
            else:
                value = without_counters(value)
            if running is not None and value is not ABSENT and equal(value, running.value):
                continue
            if running is not None:
                running.until, running = moved.moment, None
            if value is not ABSENT:
                running = Interval(moved.moment, FUTURE, value, because(moved))
                self.intervals.append(running)
                yield running


Because = Callable[[StateChange], tuple[str, ...]]


def history(past: RecordedDeal, path: str, basis: Basis, upto: Moment | None = None) -> list[Stretch]:
    """The values of a path of the state, ascending and coalesced; where there was none there is a gap.

    `from` and `to` are days of the deal's zone, or instants. `upto` leaves out what begins later.
    Raises BadQuestion for a path that is none, UnknownPath for one that no state of the deal ever had.
    """
    tokens = json_pointer.parse(path)
    trail = IntervalBuilder(tokens)
    path_validation.check_possible(past, tokens, basis)
    walk = past.walk_valid_time(basis, bearing(tokens), path_validation.section_of(tokens))
    held = list(trail.collect(walk, lambda moved: causes_of(moved, tokens)))
    if not held:
        path_validation.check_exists(past, tokens, basis, trail.seen)
    return [each.to_json(past.valid_time_label) for each in held if upto is None or each.since <= upto]


def revisions(past: RecordedDeal, path: str, basis: Basis) -> list[Stretch]:
    """How the belief about one date changed with what was known, up to the knowledge of the basis.

    `from` and `to` are moments of knowledge: instants of recording, or days by whose end it was public. `because` names
    the events behind the value and those that revised it. Raises BadQuestion, UnknownPath.
    """
    tokens = json_pointer.parse(path)
    trail = IntervalBuilder(tokens)
    mended = CorrectionIndex(past.lines)
    path_validation.check_possible(past, tokens, basis)
    walk = past.walk_known_time(basis, bearing(tokens), path_validation.section_of(tokens))
    held = list(trail.collect(walk, lambda moved: mended.causes_with_revisions(moved, tokens)))
    if not held:
        path_validation.check_exists(past, tokens, basis)
    return [each.to_json(past.known_time_label) for each in held]


def causes_of(moved: StateChange, tokens: Sequence[str]) -> tuple[str, ...]:
    """The events to which a value is owed; where it names none, those that came in with it."""
    return state_paths.causes(moved.state.sections, moved.state.deal, tokens) or moved.fresh


class CorrectionIndex:
    """Which event each correction, voiding and reinstatement is about."""

    def __init__(self, lines: Iterable[RecordedEvent]) -> None:
        self.about = {
            line.id: line.event.event_id
            for line in lines
            if isinstance(line.event, RecordCorrected | RecordVoided | RecordReinstated)
        }

    def causes_with_revisions(self, moved: StateChange, tokens: Sequence[str]) -> tuple[str, ...]:
        """The events behind a value; after them those that just revised one of these or removed the value before."""
        behind = causes_of(moved, tokens)
        revisers = (each for each in moved.fresh if each in self.about)
        return tuple(dict.fromkeys((*behind, *revisers)))

    def root(self, event_id: str) -> str:
        """The event that a record event is about in the end."""
        while event_id in self.about:
            event_id = self.about[event_id]
        return event_id
