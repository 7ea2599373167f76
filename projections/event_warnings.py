"""Warnings about the events of a log, as they are recorded or would be."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from threading import RLock

from domain.bitemporal import zone_of
from domain.corrections import ApplyCorrections
from domain.envelope import RecordedEvent, Submission
from ledger.encoding.corrections import revising
from ledger.models import Appended
from projections.cached_deal import CachedDeal
from projections.event_comparison import COMPARED_EVENTS, Warnings, compare, skipped
from projections.isolation import isolated
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import StateReader
from projections.temporal.recorded_deal import RecordedDeal

CACHED_DEALS = 64
"""Deals whose folded state is held in memory."""


class EventWarnings:
    """Warnings about the events of one log. Safe to share between threads.

    Methods raise UnreadableDeal and Busy.
    """

    def __init__(self, reader: StateReader) -> None:
        self._reader = reader
        self._lock = RLock()
        self._deals: OrderedDict[str, CachedDeal] = OrderedDict()

    def of_recorded(self, events: Sequence[Appended]) -> Warnings:
        """Warnings about events of one deal, by the record up to the last of them: the same whenever it is asked."""
        deal_id, version = events[0].deal_id, max(event.version for event in events)
        if version > COMPARED_EVENTS:
            return [(events[-1].id, skipped(version))]
        lines = self._reader.history_to(deal_id, version).lines[:version]
        return self._compare(deal_id, lines, {event.id for event in events}, self._reader.revise)

    def of_hypothetical(self, submissions: Sequence[Submission], events: Sequence[Appended]) -> Warnings:
        """Warnings about events of one deal that would be recorded as these, where they are not yet."""
        deal_id, version = events[0].deal_id, max(event.version for event in events)
        if version > COMPARED_EVENTS:
            return [(events[-1].id, skipped(version))]
        lines = self._reader.history_to(deal_id, version).lines[:version]
        known = {line.id for line in lines}
        pairs = zip(submissions, events, strict=True)
        fresh = {sent.id: (sent, event) for sent, event in pairs if sent.id not in known}
        lines = lines[: version - len(fresh)] + [_line(*each) for each in fresh.values()]
        revise = revising({name: sent for name, (sent, _) in fresh.items()}, self._reader.revise)
        return self._compare(deal_id, lines, {event.id for event in events}, revise)

    def _compare(
        self, deal_id: str, lines: Sequence[RecordedEvent], ids: Collection[str], revise: ApplyCorrections
    ) -> Warnings:
        held = self._cached(deal_id)
        deal = RecordedDeal(deal_id, lines, zone_of(lines), calendar, revise, held.placed)
        with held.lock, isolated(self._reader.ledger, deal_id, len(lines)):
            try:
                return compare(deal, ids, held)
            except BaseException:
                self._forget(deal_id)  # what it was folding is in between two selections
                raise

    def _forget(self, deal_id: str) -> None:
        with self._lock:
            self._deals.pop(deal_id, None)

    def _cached(self, deal_id: str) -> CachedDeal:
        with self._lock:
            held = self._deals.get(deal_id) or CachedDeal()
            self._deals[deal_id] = held
            self._deals.move_to_end(deal_id)
            while len(self._deals) > CACHED_DEALS:
                self._deals.popitem(last=False)
            return held


def _line(sent: Submission, event: Appended) -> RecordedEvent:
    return sent.recorded(version=event.version, position=event.position, recorded_at=event.recorded_at, by="")
