"""The watch for time events of one log: it scans only deals whose next time event is due."""

from collections.abc import Sequence
from math import inf

from domain.errors import UnreadableDeal
from domain.time.instants import SECOND, Moment
from ledger.models import DealHead
from projections.isolation import isolated
from projections.state.state_reader import StateReader
from projections.temporal.time_events import TimeEvents, Transition, time_events

SETTLED_SECONDS = 1
"""Time is looked at so long afterwards, when everything that was recorded before can be seen."""

NO_EVENTS = TimeEvents((), None)
"""What is found in a deal that cannot be read."""


class TransitionWatch:
    """Caches the next time event of each deal. For one thread."""

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self._next: dict[str, tuple[int, Moment | None]] = {}
        """By deal: the version that was looked at, and when time will next do something."""
        self._next_of_all: tuple[int, Moment | None] = (-1, None)
        """The same for the log: its head, and the soonest moment."""
        self._days_ahead: tuple[int, ...] = ()
        self._since: Moment = 0
        """From here on what is remembered holds."""

    def latest_moment(self) -> Moment:
        """The moment up to which a scan is complete."""
        return self._reader.now() - SETTLED_SECONDS * SECOND

    def transitions(self, after: Moment, to: Moment, days_ahead: tuple[int, ...], head: int) -> list[Transition]:
        """The time events after one moment and up to another, in order; `head` is the position of the log.

        A deal in which time does nothing before `to`, and nothing was recorded, is not looked at again; one that cannot
        be read is passed over. Raises Busy.
        """
        if days_ahead != self._days_ahead or after < self._since or not self._next:
            self._next.clear()
            self._next_of_all, self._days_ahead, self._since = (-1, None), days_ahead, after
        known, soonest = self._next_of_all
        if known == head and (soonest is None or soonest > to):
            return []
        found: list[Transition] = []
        settled = True
        for deal in self._reader.ledger.deals():
            version, next_at = self._next.get(deal.deal_id, (0, None))
            if version == deal.version and (next_at is None or next_at > to):
                continue
            looked = self._time_events(deal, after, to, days_ahead)
            found += looked.transitions
            # Remembered once all that counts is known, and nothing was found that could still be lost.
            if not looked.transitions and deal.recorded_at <= to - SECOND:
                self._next[deal.deal_id] = (deal.version, looked.next_at)
            else:
                settled = False
        moments = [next_at for _, next_at in self._next.values() if next_at is not None]
        self._next_of_all = (head if settled else -1, min(moments, default=None))
        return sorted(found, key=lambda each: (each.at, each.id))

    def seconds_to_next(self) -> float:
        """In how many seconds time does something next in a deal that was looked at; 0 where one has to be looked at
        again, infinite where it does nothing."""
        head, soonest = self._next_of_all
        if head < 0:
            return 0.0
        return inf if soonest is None else max(0.0, (soonest - self.latest_moment()) / SECOND)

    def _time_events(self, deal: DealHead, after: Moment, to: Moment, days_ahead: Sequence[int]) -> TimeEvents:
        try:
            with isolated(self._reader.ledger, deal.deal_id, deal.version):
                return time_events(self._reader, deal.deal_id, after, to, days_ahead)
        except UnreadableDeal:
            return NO_EVENTS  # it is looked at again when it moves
