"""A fold that can be mended: one development put in or taken out re-folds only the things that it touches."""

from bisect import bisect_left

from domain.fold import Deal, Slot, Step, fold_thing, touched
from domain.things import Key, Thing


def _key(step: Step) -> Key:
    return step.key


class Folding:
    """The things of a deal, folded from the developments put in so far, in fold order whatever the order of putting."""

    def __init__(self) -> None:
        self.things: dict[Slot, Thing] = {}
        self._steps: dict[Slot, list[Step]] = {}

    @property
    def deal(self) -> Deal:
        """The deal as folded; it lives on, so read it before the next change."""
        return Deal(self.things)

    def add(self, step: Step) -> None:
        """Put a development in its place."""
        late = []
        for slot in _slots(step):
            steps = self._steps.setdefault(slot, [])
            if steps and step.key < steps[-1].key:
                steps.insert(bisect_left(steps, step.key, key=_key), step)
                late.append(slot)
            else:
                steps.append(step)
        self.things.update(pair for pair in touched(self.things, step) if pair[0] not in late)
        for slot in late:
            self._fold_again(slot)

    def remove(self, step: Step) -> None:
        """Take a development out."""
        for slot in _slots(step):
            steps = self._steps[slot]
            del steps[bisect_left(steps, step.key, key=_key)]
            self._fold_again(slot)

    def _fold_again(self, slot: Slot) -> None:
        thing = fold_thing(slot, self._steps[slot])
        if thing is None:
            self.things.pop(slot, None)
        else:
            self.things[slot] = thing


def _slots(step: Step) -> list[Slot]:
    return list(dict.fromkeys((kind.KIND, thing_id) for kind, thing_id in step.event.touches(step.id)))
