"""What time makes of one log, for the streams that ask for it: looked at once for all of them.

A place in it is a moment: a reader who was away begins again after the last moment that it saw.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from domain.time.instants import SECOND, Moment
from ledger.models import Recorded
from projections.state.state_reader import StateReader
from projections.temporal.time_events import NOTICE, Transition
from projections.temporal.transition_watch import TransitionWatch

KEPT = 10_000
"""Transitions that are remembered for the streams that come for them."""

LOOK_SECONDS = 0.5
"""Between two looks, however many streams ask."""


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """Which transitions a stream wants."""

    deals: frozenset[str]
    """Empty: all."""

    types: frozenset[str]
    """Names, or groups such as `time.*`; notices come by their days alone."""

    days_ahead: tuple[int, ...]

    def takes(self, made: Transition) -> bool:
        """Whether a transition is among them."""
        if self.deals and made.deal_id not in self.deals:
            return False
        if made.type == NOTICE:
            return made.days_ahead in self.days_ahead
        return "time.*" in self.types or made.type in self.types


class TimeFeed:
    """The recent transitions of one log. Safe to share between threads."""

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self._lock = Lock()
        self._watch = TransitionWatch(reader)
        self._days: tuple[int, ...] = ()
        self._made: deque[Transition] = deque(maxlen=KEPT)
        self._since: Moment = self._watch.settled()
        """From here on `_made` is whole."""
        self._to: Moment = self._since
        """Up to here one has looked."""

    def start(self, after: Recorded | None) -> Moment:
        """The moment after which a reader begins who has seen the log up to this event; None: who has seen nothing."""
        return self._watch.settled() if after is None else after.recorded_at

    def after(self, moment: Moment, wanted: TimeFilter) -> tuple[list[Transition], Moment]:
        """The transitions that are wanted after a moment, in order, and up to when was looked. Raises Busy."""
        with self._lock:
            self._look(wanted.days_ahead)
            if moment < self._since:
                found: Sequence[Transition] = TransitionWatch(self._reader).made(
                    moment, self._to, wanted.days_ahead, self._reader.ledger.head().position
                )
            else:
                found = [made for made in self._made if made.at > moment]
            return [made for made in found if wanted.takes(made)], max(moment, self._to)

    def _look(self, days_ahead: tuple[int, ...]) -> None:
        if not set(days_ahead) <= set(self._days):
            # What was remembered holds no notices of these days.
            self._days = tuple(sorted({*self._days, *days_ahead}))
            self._made.clear()
            self._since = self._to
        to = self._watch.settled()
        if to - self._to < LOOK_SECONDS * SECOND:
            return
        self._made.extend(self._watch.made(self._to, to, self._days, self._reader.ledger.head().position))
        self._to = to
        if len(self._made) == KEPT:
            self._since = self._made[0].at
