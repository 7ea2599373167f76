"""The time events of one log, scanned once for all streams that include them.

A cursor is a moment: a reader resumes after the last moment that it received.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from domain.time.instants import SECOND, Moment
from ledger.models import Recorded
from projections.state.state_reader import StateReader
from projections.temporal.time_event_watch import TransitionWatch
from projections.temporal.time_events import NOTICE, Transition

KEPT = 10_000
"""Transitions that are buffered for streams that resume."""

LOOK_SECONDS = 0.5
"""Interval between two scans, for all streams together."""


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """The transitions that a stream includes."""

    deals: frozenset[str] | None
    """None: all."""

    types: frozenset[str]
    """Names, or groups such as `time.*`; notices are selected by their days alone."""

    days_ahead: tuple[int, ...]

    def takes(self, made: Transition) -> bool:
        """Whether a transition matches."""
        if self.deals is not None and made.deal_id not in self.deals:
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
        self._since: Moment = self._watch.latest_moment()
        """From here on `_made` is whole."""
        self._to: Moment = self._since
        """The moment up to which the log was scanned."""

    def start(self, after: Recorded | None) -> Moment:
        """The moment after which a reader of the log up to this event starts; None: a reader who has read nothing."""
        return self._watch.latest_moment() if after is None else after.recorded_at

    def after(self, moment: Moment, wanted: TimeFilter) -> tuple[list[Transition], Moment]:
        """The matching transitions after a moment, in order, and the moment up to which was scanned. Raises Busy."""
        with self._lock:
            self._look(wanted.days_ahead)
            if moment < self._since:
                found: Sequence[Transition] = TransitionWatch(self._reader).transitions(
                    moment, self._to, wanted.days_ahead, self._reader.ledger.head().position
                )
            else:
                found = [made for made in self._made if made.at > moment]
            return [made for made in found if wanted.takes(made)], max(moment, self._to)

    def _look(self, days_ahead: tuple[int, ...]) -> None:
        if not set(days_ahead) <= set(self._days):
            # The buffer has no notices of these days.
            self._days = tuple(sorted({*self._days, *days_ahead}))
            self._made.clear()
            self._since = self._to
        to = self._watch.latest_moment()
        if to - self._to < LOOK_SECONDS * SECOND:
            return
        self._made.extend(self._watch.transitions(self._to, to, self._days, self._reader.ledger.head().position))
        self._to = to
        if len(self._made) == KEPT:
            self._since = self._made[0].at
