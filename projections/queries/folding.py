"""A fold that can be mended: one development put in or taken out re-folds only the things that it touches."""

from bisect import bisect_left

from domain.fold import Deal, Slot, Step, fold_thing, touched
from domain.things import Key, Thing
from projections.queries.bearing import Bearing


def _key(step: Step) -> Key:
    return step.key


class Folding:
    """The things of a deal, folded from the developments put in so far, in fold order whatever the order of putting."""

    def __init__(self, bears: Bearing | None = None) -> None:
        self.things: dict[Slot, Thing] = {}
        self._bears = bears
        """The things that are folded; None: all."""
        self._steps: dict[Slot, list[Step]] = {}

    @property
    def deal(self) -> Deal:
        """The deal as folded; it lives on, so read it before the next change."""
        return Deal(self.things)

    def add(self, step: Step) -> None:
        """Put a development in its place."""
        late = []
        slots = self._slots(step)
        for slot in slots:
            steps = self._steps.setdefault(slot, [])
            if steps and step.key < steps[-1].key:
                steps.insert(bisect_left(steps, step.key, key=_key), step)
                late.append(slot)
            else:
                steps.append(step)
        for slot, thing in touched(self.things, step):
            if slot in slots and slot not in late:
                self.things[slot] = thing
        for slot in late:
            self._fold_again(slot)

    def remove(self, step: Step) -> None:
        """Take a development out."""
        for slot in self._slots(step):
            steps = self._steps[slot]
            del steps[bisect_left(steps, step.key, key=_key)]
            self._fold_again(slot)

    def _fold_again(self, slot: Slot) -> None:
        thing = fold_thing(slot, self._steps[slot])
        if thing is None:
            self.things.pop(slot, None)
        else:
            self.things[slot] = thing

    def _slots(self, step: Step) -> list[Slot]:
        slots = dict.fromkeys((kind.KIND, thing_id) for kind, thing_id in step.event.touches(step.id))
        return [slot for slot in slots if self._bears is None or self._bears.takes(slot)]
