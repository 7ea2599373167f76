"""What is known of one date while knowledge grows, event by event."""

from domain.bitemporal import EffectiveEvents, Pending, PlacedEvent
from domain.corrections import FutileChange
from domain.time.instants import Moment
from projections.temporal.dependencies import Dependencies
from projections.temporal.incremental_fold import IncrementalFold


class KnownState:
    """What is held to be so about one date, event by event."""

    def __init__(self, valid_at: Moment, bears: Dependencies | None) -> None:
        self.valid_at = valid_at
        self.bears = bears
        self.folding = IncrementalFold(bears)
        self.seen: set[str] = set()
        self.waiting: dict[str, Pending] = {}
        self.open_ones: dict[str, Pending] = {}
        self.futile: tuple[FutileChange, ...] = ()

    @property
    def chosen(self) -> EffectiveEvents:
        exists = bool(self.seen)
        futile = self.futile if exists else ()
        return EffectiveEvents((), pending_by_id(self.waiting), pending_by_id(self.open_ones), exists, futile=futile)

    def add(self, placed: PlacedEvent) -> bool:
        """Whether it matters for the date."""
        if self.bears is not None and not self.bears.touched_by(placed.step):
            return self._beside(placed)
        at, start = self.valid_at, placed.step.start
        acts, seen, possible = start <= at, placed.seen <= at, placed.earliest <= at < placed.latest
        if acts:
            self.folding.add(placed.step)
        if seen:
            self.seen.add(placed.step.id)
        set_pending(self.waiting, placed, seen and not acts, start, start)
        set_pending(self.open_ones, placed, possible, placed.earliest, placed.latest)
        return acts or seen or possible

    def _beside(self, placed: PlacedEvent) -> bool:
        """Of an event that does not bear on the place only the first matters: from it on there is a deal."""
        first = not self.seen
        if placed.seen <= self.valid_at:
            self.seen.add(placed.step.id)
        return first and bool(self.seen)

    def remove(self, placed: PlacedEvent) -> bool:
        """Whether it mattered."""
        if self.bears is not None and not self.bears.touched_by(placed.step):
            self.seen.discard(placed.step.id)
            return not self.seen
        if placed.step.start <= self.valid_at:
            self.folding.remove(placed.step)
        event_id = placed.step.id
        mattered = event_id in self.seen or event_id in self.open_ones
        self.seen.discard(event_id)
        self.waiting.pop(event_id, None)
        self.open_ones.pop(event_id, None)
        return mattered


def set_pending(held: dict[str, Pending], placed: PlacedEvent, on: bool, earliest: Moment, latest: Moment) -> None:
    """Add an event that is not certain to be in effect, or take it out."""
    if on:
        held[placed.step.id] = Pending(placed.line, earliest, latest)
    else:
        held.pop(placed.step.id, None)


def pending_by_id(held: dict[str, Pending]) -> tuple[Pending, ...]:
    """Pending events in order of their ids."""
    return tuple(held[event_id] for event_id in sorted(held))
