"""The search for the event by which a value of a state came about."""

from collections.abc import Callable, Sequence
from typing import Any

from domain import state_paths
from domain.json_equality import equal
from domain.state import State
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


class CauseSearch:
    """Finds an event whose coming in gave a value, by folding as few prefixes of what came in as that takes.

    Of all prefixes a bounded number are looked at, for all values together. A value for which that is too few is owed
    to one of several events, which are all named.
    """

    def __init__(
        self, past: RecordedDeal, upto: Callable[[int], State], events: Sequence[str], held: dict[int, State]
    ) -> None:
        least, most = SEARCHED_STATES
        self._most = max(least, min(most, SEARCHED_EVENTS // max(1, len(past.lines))))
        self._upto = upto
        self._events = events
        self._held = held
        """States by the number of events that have come in."""

    def cause(self, tokens: Tokens, value: Any) -> tuple[str, ...]:
        """None where the value is older than all of them."""
        return self._first(
            lambda sections: equal(without_causes(state_paths.get(sections, tokens)), without_causes(value))
        )

    def member_cause(self, tokens: Tokens, key: str, value: Any) -> tuple[str, ...]:
        """The same of an entry of a list; a value of None is that there is no such entry."""
        return self._first(
            lambda sections: equal(
                without_causes(members.entries_by_key(state_paths.get(sections, tokens)).get(key)),
                without_causes(value),
            )
        )

    def _first(self, holds: Callable[[Any], bool]) -> tuple[str, ...]:
        low, high = 0, len(self._events)
        if high == 0 or self._holds(low, holds):
            return ()
        while high - low > 1:
            middle = self._between(low, high)
            if middle is None:
                break
            low, high = (low, middle) if self._holds(middle, holds) else (middle, high)
        return tuple(self._events[low:high][-MOST_CAUSES:])

    def _between(self, low: int, high: int) -> int | None:
        """A number of events between two, at which to look; None where no further state may be made."""
        middle = (low + high) // 2
        if middle in self._held or len(self._held) < self._most:
            return middle
        return min(
            (count for count in self._held if low < count < high), key=lambda each: abs(each - middle), default=None
        )

    def _holds(self, count: int, holds: Callable[[Any], bool]) -> bool:
        if count not in self._held:
            self._held[count] = self._upto(count)
        return holds(self._held[count].sections)
