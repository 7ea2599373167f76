"""The search for the event by which a value of a state came about."""

from collections.abc import Callable, Sequence
from typing import Any

from domain import state_paths
from domain.bitemporal import EffectiveEvents
from domain.folded_deal import FoldedDeal
from domain.json_equality import equal
from domain.state import State
from projections.sentences.change_sentences import Sections
from projections.temporal import members
from projections.temporal.difference import Tokens
from projections.temporal.members import without_causes
from projections.temporal.recorded_deal import RecordedDeal

SEARCHED_EVENTS = 300_000
"""Events that are read in search of the causes of changes, on each leg: so a long record has fewer states looked at."""

MOST_CAUSES = 100
"""Events that are named as causes of one change where it is not known which of them it was."""

SEARCHED_STATES = (16, 128)
"""States that are looked at in a record however long, and in one however short: each is held until the answer."""

Folded = tuple[FoldedDeal, EffectiveEvents]
"""A deal as folded, and the events that are selected."""


class CauseSearch:
    """Finds an event whose coming in gave a value, by folding as few prefixes of what came in as that takes.

    Of all prefixes a bounded number are looked at, for all values together. A value for which that is too few is owed
    to one of several events, which are all named.
    """

    def __init__(
        self,
        past: RecordedDeal,
        upto: Callable[[int], Folded],
        derive: Callable[[FoldedDeal, EffectiveEvents, str], State],
        events: Sequence[str],
        known: dict[int, Sections],
    ) -> None:
        """`known` are whole states by the number of events that have come in. Of others only the section that is asked
        for is derived."""
        least, most = SEARCHED_STATES
        self._most = max(least, min(most, SEARCHED_EVENTS // max(1, len(past.lines))))
        self._upto = upto
        self._derive = derive
        self._events = events
        self._known = known
        self._folded: dict[int, Folded] = {}
        self._derived: dict[tuple[int, str], Sections] = {}

    def cause(self, tokens: Tokens, value: Any) -> tuple[str, ...]:
        """None where the value is older than all of them."""
        wanted = without_causes(value)
        return self._first(tokens[0], lambda sections: equal(without_causes(state_paths.get(sections, tokens)), wanted))

    def member_cause(self, tokens: Tokens, key: str, value: Any) -> tuple[str, ...]:
        """The same of an entry of a list; a value of None is that there is no such entry."""
        wanted = without_causes(value)
        return self._first(
            tokens[0],
            lambda sections: equal(
                without_causes(members.entries_by_key(state_paths.get(sections, tokens)).get(key)), wanted
            ),
        )

    def _first(self, section: str, holds: Callable[[Sections], bool]) -> tuple[str, ...]:
        low, high = 0, len(self._events)
        if high == 0 or holds(self._sections(low, section)):
            return ()
        while high - low > 1:
            middle = self._between(low, high)
            if middle is None:
                break
            low, high = (low, middle) if holds(self._sections(middle, section)) else (middle, high)
        return tuple(self._events[low:high][-MOST_CAUSES:])

    def _between(self, low: int, high: int) -> int | None:
        """A number of events between two, at which to look; None where no further state may be made."""
        middle = (low + high) // 2
        held = self._folded.keys() | self._known.keys()
        if middle in held or len(held) < self._most:
            return middle
        return min((count for count in held if low < count < high), key=lambda each: abs(each - middle), default=None)

    def _sections(self, count: int, section: str) -> Sections:
        """The state after so many events, with this section at least."""
        if count in self._known:
            return self._known[count]
        if count not in self._folded:
            self._folded[count] = self._upto(count)
        name = (count, section)
        if name not in self._derived:
            self._derived[name] = self._derive(*self._folded[count], section).sections
        return self._derived[name]
