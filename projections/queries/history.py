"""What stood at one place of the state, and from when to when: along the world, or along knowledge of one date."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.basis import Basis
from domain.dates import FUTURE, PAST, Moment
from domain.envelope import Line
from domain.equality import equal
from domain.events.record import RecordCorrected, RecordReinstated, RecordVoided
from domain.state import without_counters
from projections.queries import pointers
from projections.queries.bearing import bearing
from projections.queries.past import Moved, Past
from projections.queries.pointers import ABSENT

Answer = dict[str, Any]


@dataclass(slots=True)
class Interval:
    """A value and its time, half-open: `[since, until)`."""

    since: Moment
    until: Moment
    value: Any
    because: tuple[str, ...]

    def told(self, name: Callable[[Moment], str | None]) -> Answer:
        return {
            "from": name(self.since),
            "to": name(self.until),
            "value": self.value,
            "because": list(self.because),
        }


@dataclass
class Trail:
    """What a walk found at a place."""

    tokens: Sequence[str]
    intervals: list[Interval] = field(default_factory=list)

    def follow(self, walk: Iterable[Moved], because: "Because") -> Iterator[Interval]:
        """Walk on, coalescing equal values; yields each interval as it begins."""
        running: Interval | None = None
        for moved in walk:
            value = pointers.get(moved.state.sections, self.tokens)
            value = value if value is ABSENT else without_counters(value)
            if running is not None and value is not ABSENT and equal(value, running.value):
                continue
            if running is not None:
                running.until, running = moved.moment, None
            if value is not ABSENT:
                running = Interval(moved.moment, FUTURE, value, because(moved))
                self.intervals.append(running)
                yield running


Because = Callable[[Moved], tuple[str, ...]]


def history(past: Past, path: str, basis: Basis, upto: Moment | None = None) -> list[Answer]:
    """What stood at a place of the state, ascending and coalesced; where nothing stood there is a gap.

    `from` and `to` are days of the deal's zone, or instants. `upto` leaves out what begins later.
    Raises BadQuestion for a path that is none, UnknownPath for one that no state of the deal ever had.
    """
    tokens = pointers.parse(path)
    trail = Trail(tokens)
    held = list(trail.follow(past.along_the_world(basis, bearing(tokens)), lambda moved: owed(moved, tokens)))
    if not held:
        must_exist(past, tokens, basis)
    return [each.told(past.begins) for each in held if upto is None or each.since <= upto]


def revisions(past: Past, path: str, basis: Basis) -> list[Answer]:
    """How the belief about one date changed with what was known, up to the knowledge of the basis.

    `from` and `to` are moments of knowledge: instants of recording, or days by whose end it was public. `because` names
    the events behind the value and those that revised it. Raises BadQuestion, UnknownPath.
    """
    tokens = pointers.parse(path)
    trail = Trail(tokens)
    mended = Mended(past.lines)
    held = list(
        trail.follow(past.along_knowledge(basis, bearing(tokens)), lambda moved: mended.with_revisers(moved, tokens))
    )
    if not held:
        must_exist(past, tokens, basis)
    return [each.told(past.knew) for each in held]


def owed(moved: Moved, tokens: Sequence[str]) -> tuple[str, ...]:
    """The events to which a value is owed; where it names none, those that came in with it."""
    return pointers.causes(moved.state.sections, moved.state.deal, tokens) or moved.fresh


class Mended:
    """Which event each correction, voiding and reinstatement is about."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self.about = {
            line.id: line.event.event_id
            for line in lines
            if isinstance(line.event, RecordCorrected | RecordVoided | RecordReinstated)
        }

    def with_revisers(self, moved: Moved, tokens: Sequence[str]) -> tuple[str, ...]:
        """The events behind a value; after them what just revised one of these or took away what stood before it."""
        behind = owed(moved, tokens)
        revisers = (each for each in moved.fresh if each in self.about)
        return tuple(dict.fromkeys((*behind, *revisers)))

    def root(self, event_id: str) -> str:
        """The development that a record event is about in the end."""
        while event_id in self.about:
            event_id = self.about[event_id]
        return event_id


def must_exist(past: Past, tokens: Sequence[str], basis: Basis) -> None:
    """Raises UnknownPath where no state of the deal ever had the place, whatever was known."""
    whole = replace(
        basis,
        known_at=FUTURE,
        known_version=past.lines[-1].version if past.lines else 0,
        known_position=past.lines[-1].position if past.lines else 0,
        known_by="recorded",
        layer="all",
    )
    told = Past(past.deal_id, past.as_told, past.zone, past.calendars, past.revise)
    seen: list[Any] = []
    bears = bearing(tokens, any_id=True)
    for walk in (past.along_the_world(whole, bears), told.along_the_world(whole, bears)):
        for moved in walk:
            if pointers.get(moved.state.sections, tokens) is not ABSENT:
                return
            seen = [*seen[-15:], moved.state.sections]
    nothing = past.state(replace(basis, valid_at=PAST))
    if pointers.get(nothing.sections, tokens) is ABSENT:
        raise pointers.unknown(tokens, [*seen, nothing.sections])
