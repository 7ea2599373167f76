"""Incremental fold: inserting or removing an event folds again only the entities that it touches."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence

from domain.entities.base import Entity, Key
from domain.event import FoldStep
from domain.fold import fold_entity, touched
from domain.folded_deal import EntityKey, FoldedDeal
from domain.time.instants import Moment
from projections.cancellation import checked
from projections.temporal.dependencies import Dependencies

WAYPOINT_EVENTS = 8
"""Events between two places at which a folded entity is held, at least."""

WAYPOINTS = 16
"""Places at which one entity is held, at most: the more events it has the further apart they are."""


def _key(step: FoldStep) -> Key:
    return step.key


class Waypoints:
    """An entity as folded at some places of its events, so that it is folded again from there on."""

    def __init__(self) -> None:
        self._held: list[tuple[int, Entity]] = []
        self._spacing = WAYPOINT_EVENTS

    @property
    def last(self) -> tuple[int, Entity | None]:
        """The number of its events that are folded in the last of these, and the entity; none at first."""
        return self._held[-1] if self._held else (0, None)

    def add(self, count: int, entity: Entity) -> None:
        """Note an entity by so many events, where the last place is far enough behind."""
        if count - self.last[0] >= self._spacing:
            self._held.append((count, entity))
            if len(self._held) > WAYPOINTS:
                self._held, self._spacing = self._held[1::2], 2 * self._spacing

    def drop(self, at: int) -> None:
        """The event at a place is another from now on."""
        while self._held and self._held[-1][0] > at:
            self._held.pop()


class IncrementalFold:
    """The entities of a deal, folded from the events put in so far, in fold order, in any order of addition."""

    def __init__(self, bears: Dependencies | None = None) -> None:
        self.entities: dict[EntityKey, Entity] = {}
        self._bears = bears
        """The entities that are folded; None: all."""
        self._steps: dict[EntityKey, list[FoldStep]] = {}
        self._waypoints: defaultdict[EntityKey, Waypoints] = defaultdict(Waypoints)
        self._begun: dict[EntityKey, tuple[int, Entity | None]] = {}
        """Entities by their first events, so many, as they were asked for last."""

    @property
    def deal(self) -> FoldedDeal:
        """The deal as folded; it is mutable, so read it before the next change."""
        return FoldedDeal(self.entities)

    def add(self, step: FoldStep) -> None:
        """Put an event in its place."""
        self.exchange((), (step,))

    def remove(self, step: FoldStep) -> None:
        """Take an event out."""
        self.exchange((step,), ())

    def begin(self, steps: Iterable[FoldStep], deal: FoldedDeal) -> None:
        """Take over a deal that was folded from these steps, which are in fold order, in place of nothing."""
        self.entities = dict(deal.entities)
        for step in steps:
            for slot in self._slots(step):
                self._steps.setdefault(slot, []).append(step)

    def copy(self) -> "IncrementalFold":
        """The same entities, to which others may be added."""
        made = IncrementalFold(self._bears)
        made.entities = dict(self.entities)
        made._steps = {slot: list(steps) for slot, steps in self._steps.items()}
        return made

    def entity_at(self, slot: EntityKey, moment: Moment) -> Entity | None:
        """An entity by those of its events that act by a moment; None where none does."""
        steps = self._steps.get(slot, [])
        end = bisect_right(steps, moment, key=lambda step: step.start)
        if end == len(steps):
            return self.entities.get(slot)
        begun, entity = self._begun.get(slot, (0, None))
        if begun > end:
            begun, entity = 0, None
        entity = fold_entity(slot, checked(steps[begun:end]), entity)
        self._begun[slot] = end, entity
        return entity

    def exchange(self, out: Iterable[FoldStep], into: Iterable[FoldStep]) -> None:
        """Take events out and put others in. An entity that one falls in the midst of is folded again, once, from the
        last of its places before it that is held."""
        again: dict[EntityKey, None] = {}
        for step in out:
            for slot in self._slots(step):
                steps = self._steps[slot]
                at = bisect_left(steps, step.key, key=_key)
                del steps[at]
                self._forget_after(slot, at)
                again[slot] = None
        for step in into:
            slots = self._slots(step)
            for slot in slots:
                steps = self._steps.setdefault(slot, [])
                if steps and step.key < steps[-1].key:
                    at = bisect_left(steps, step.key, key=_key)
                    steps.insert(at, step)
                    self._forget_after(slot, at)
                    again[slot] = None
                else:
                    steps.append(step)
            for slot, thing in touched(self.entities, step):
                if slot in slots and slot not in again:
                    self.entities[slot] = thing
                    self._waypoints[slot].add(len(self._steps[slot]), thing)
        for slot in again:
            self._fold_again(slot)

    def _forget_after(self, slot: EntityKey, at: int) -> None:
        self._waypoints[slot].drop(at)
        if self._begun.get(slot, (0, None))[0] > at:
            del self._begun[slot]

    def _fold_again(self, slot: EntityKey) -> None:
        steps, waypoints = self._steps[slot], self._waypoints[slot]
        begun, thing = waypoints.last
        for first in range(begun, len(steps), WAYPOINT_EVENTS):
            part = steps[first : first + WAYPOINT_EVENTS]
            thing = fold_entity(slot, checked(part), thing)
            if thing is not None:
                waypoints.add(first + len(part), thing)
        if thing is None:
            self.entities.pop(slot, None)
        else:
            self.entities[slot] = thing

    def _slots(self, step: FoldStep) -> list[EntityKey]:
        slots = dict.fromkeys((kind.KIND, thing_id) for kind, thing_id in step.event.touches(step.id))
        return [slot for slot in slots if self._bears is None or self._bears.takes(slot)]


class Refolding:
    """Folds of one deal's events in many selections: from one to the next, only the entities are folded again on
    which the two differ."""

    def __init__(self) -> None:
        self._folding = IncrementalFold()
        self._held: dict[str, FoldStep] = {}

    @property
    def is_new(self) -> bool:
        """Whether nothing was folded yet."""
        return not self._held

    def begin(self, steps: Sequence[FoldStep], deal: FoldedDeal) -> None:
        """Take over a deal that was folded from these steps, which are in fold order, in place of nothing."""
        self._folding.begin(steps, deal)
        self._held = {step.id: step for step in steps}

    def to(self, steps: Sequence[FoldStep]) -> FoldedDeal:
        """The deal folded from these steps, which are in fold order. A step is identified by its object."""
        wanted = {step.id: step for step in steps}
        into = [step for step in steps if self._held.get(step.id) is not step]
        if 2 * len(into) > len(steps):
            self._folding, self._held, into = IncrementalFold(), {}, list(steps)
        out = [step for name, step in self._held.items() if wanted.get(name) is not step]
        self._folding.exchange(checked(out), checked(into))
        self._held = wanted
        return self.deal

    @property
    def deal(self) -> FoldedDeal:
        """The deal as it was folded last."""
        return FoldedDeal(dict(self._folding.entities))

    def copy(self) -> "Refolding":
        """The same fold, to be led to another selection beside this one."""
        made = Refolding()
        made._folding, made._held = self._folding.copy(), dict(self._held)
        return made

    def add(self, steps: Iterable[FoldStep]) -> None:
        """Add events to those of the last selection."""
        for step in steps:
            self._folding.add(step)
            self._held[step.id] = step

    def entity_at(self, slot: EntityKey, moment: Moment) -> Entity | None:
        """An entity of the deal as folded last, by those of its events that act by a moment."""
        return self._folding.entity_at(slot, moment)
