"""The event by which a value came to be what time alone would have made of it later."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from domain.basis import Basis
from domain.bitemporal import EffectiveEvents, KnownEvents
from domain.event import FoldStep
from domain.fold import fold
from domain.folded_deal import FoldedDeal
from domain.state import State
from projections.cancellation import checked
from projections.temporal.recorded_deal import RecordedDeal

MOST_STATES = 32
"""States that are derived for all values of a difference; beyond them a value is taken for one that lapsed."""


class PassedEvents:
    """The events between two dates of one knowledge, each looked at on the moment from which it counts."""

    def __init__(
        self, past: RecordedDeal, known: KnownEvents, deal: FoldedDeal, later: Basis, fresh: Sequence[FoldStep]
    ) -> None:
        self._past, self._known, self._later, self._fresh = past, known, later, fresh
        self._folded = {0: deal}
        self._chosen: dict[tuple[int, int], EffectiveEvents] = {}
        self._derived: dict[tuple[int, int, str], State] = {}

    def cause(self, section: str, holds: Callable[[Any], bool]) -> tuple[str, ...]:
        """The event with which something began to hold of a section; none where it began by time alone. Before them all
        it did not."""
        low, high = 0, len(self._fresh)
        if high == 0 or not self._holds(high, high, section, holds):
            return ()
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._holds(middle, middle, section, holds) else (middle, high)
        return () if self._holds(high - 1, high, section, holds) else (self._fresh[high - 1].id,)

    def _holds(self, count: int, on: int, section: str, holds: Callable[[Any], bool]) -> bool:
        """Whether it holds by the first `count` events on the moment of the one that is number `on`."""
        moment = self._fresh[on - 1].start
        if (count, on) not in self._chosen:
            if len(self._chosen) == MOST_STATES:
                return False
            nearest = max(held for held in self._folded if held <= count)
            self._folded[count] = fold(checked(self._fresh[nearest:count]), self._folded[nearest])
            self._chosen[count, on] = self._known.at(moment)
        name = (count, on, section)
        if name not in self._derived:
            basis = replace(self._later, valid_at=moment)
            self._derived[name] = self._past.derive(self._folded[count], self._chosen[count, on], basis, section)
        return holds(self._derived[name].sections)
