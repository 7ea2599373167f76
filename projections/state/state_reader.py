"""The state reader: the state of a deal on any basis.

Events of a deal are decoded once and cached; a query then costs a fold of those that its basis selects.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from time import time_ns
from typing import Any

from domain.basis import Basis
from domain.bitemporal import zone_of
from domain.envelope import RecordedEvent
from domain.errors import Busy, TooCostly, UnknownDeal, UnreadableDeal
from domain.folded_deal import FoldedDeal
from domain.nearest_names import nearest, nearest_hint
from domain.state import State, derive, state
from domain.time.instants import Moment
from ledger.encoding import erasures, event_codec
from ledger.encoding.canonical_json import canonical
from ledger.encoding.corrections import read_revised
from ledger.ledger import Ledger
from ledger.models import DealHead, Recorded
from projections.cancellation import check, checked
from projections.entity_versions.entity_reader import SHORTEST, EntityReader
from projections.entity_versions.indexed_record import IndexedRecord
from projections.entity_versions.store import EntityStore
from projections.isolation import isolated
from projections.keyed_digest import Authenticator
from projections.narrator import Narrator
from projections.narrator_cache import NarratorCache
from projections.state import answers
from projections.state.decoded_record import History
from projections.state.holiday_calendars import calendar
from projections.state.record_extent import extent_of
from projections.state.state_json import state_to_json
from projections.state.time_query import (
    CLOCKS,
    NOTHING_ASKED,
    Bound,
    ClockNames,
    TimeQuery,
    resolve,
)

CACHED_LONG_DEALS = 16
"""Long deals of which the index of events is held in memory, for queries."""

WRITTEN_LONG_DEALS = 4
"""The same for those whose rows are written."""

LONGEST_READ = 20_000
"""Events of a deal that are read for the sentence of its next one."""

CACHED_EVENTS = 200_000
"""Decoded lines kept in memory over all deals."""


def clock() -> Moment:
    """Now, in microseconds since the epoch."""
    return time_ns() // 1_000


class StateReader:
    """Reads the states of the deals of one log. Safe to share between threads.

    Methods raise the errors of `domain.errors`: UnknownDeal, UnreadableDeal, BadQuestion, BeyondTheEnd,
    InTheFuture, Busy.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        now: Callable[[], Moment] = clock,
        authenticator: Authenticator | None = None,
        find_authenticator: Callable[[], Authenticator | None] = lambda: None,
    ) -> None:
        """Without an `authenticator` no stored derivation is trusted, and long deals are folded here, until one can be
        found: another process may make the key."""
        self.ledger = ledger
        self.now = now
        self._cached: OrderedDict[str, History] = OrderedDict()
        self._lock = Lock()
        self._revised: OrderedDict[tuple[str, bytes], RecordedEvent] = OrderedDict()
        self._long: OrderedDict[str, EntityReader] = OrderedDict()
        self._written: OrderedDict[str, IndexedRecord] = OrderedDict()
        self._authenticator, self._find_authenticator = authenticator, find_authenticator
        self._entities = EntityStore(ledger, authenticator)
        self._narrators = NarratorCache(calendar, self.revise)
        self.held: dict[str, Any] = {}
        """What others hold in memory of the deals of this log, for as long as this reader, by a name of their own."""

    @property
    def authenticator(self) -> Authenticator | None:
        """Verifies stored derivations; None where the log has no key yet."""
        if self._authenticator is None and (found := self._find_authenticator()) is not None:
            with self._lock:
                self._authenticator, self._entities = found, EntityStore(self.ledger, found)
                self._written.clear()
        return self._authenticator

    def state(self, deal_id: str, question: TimeQuery = NOTHING_ASKED) -> answers.State:
        """The state of a deal, as the published contract has it."""
        found, basis = self.state_on_query(deal_id, question)
        with isolated(self.ledger, deal_id, basis.known_version):
            return state_to_json(deal_id, found, basis)

    def state_on_query(self, deal_id: str, question: TimeQuery = NOTHING_ASKED) -> tuple[State, Basis]:
        """The state of a deal and its basis; a long deal's from its entity versions."""
        head = self.head(deal_id)
        with isolated(self.ledger, deal_id, head.version):
            return self._state_on_query(deal_id, head, question)

    def _state_on_query(self, deal_id: str, head: DealHead, question: TimeQuery) -> tuple[State, Basis]:
        record = self._record(deal_id, head.version)
        basis = self.basis(record, question)
        return self._state_of(record, basis), basis

    def state_beside(self, head: DealHead, basis: Basis, bound: Bound, *sections: str) -> tuple[State, int]:
        """These sections of another deal of the log on the basis of a deal, as far as a bound of the log allows; and
        the position of the last event that is known."""
        with isolated(self.ledger, head.deal_id, head.version):
            record = self._record(head.deal_id, head.version)
            here = bound.basis(basis, extent_of(self.ledger, record.extent))
            return self._state_of(record, here, sections), here.known_position

    def _record(self, deal_id: str, version: int) -> History | EntityReader:
        """A deal's record up to a version, at least; a long one by the index of its events."""
        if version < SHORTEST or self.authenticator is None:
            return self._history(deal_id, version)
        deal = self._long_deal(deal_id)
        deal.catch_up(version)
        return deal

    def _state_of(self, record: History | EntityReader, basis: Basis, sections: tuple[str, ...] = ()) -> State:
        """The state on a resolved basis, or these sections of it; a long deal's from its entity versions."""
        if isinstance(record, History):
            return self.state_on(record, basis, sections)
        index = record.index
        folded = record.answer(basis)
        if folded is None:
            return self.state_on(self._history(record.deal_id, index.version), basis, sections)
        return derive(*folded, basis, deal_id=record.deal_id, zone=index.zone, calendars=calendar, only=sections)

    def stored_fold(self, deal_id: str, basis: Basis) -> FoldedDeal | None:
        """A deal folded on a basis from its entity versions; None where they do not answer that."""
        record = self._record(deal_id, basis.known_version)
        found = record.answer(basis) if isinstance(record, EntityReader) else None
        return found[0] if found is not None else None

    def _long_deal(self, deal_id: str) -> EntityReader:
        with self._lock:
            deal = self._long.pop(deal_id, None) or EntityReader(self._entities, deal_id, self.revise)
            self._long[deal_id] = deal
            while len(self._long) > CACHED_LONG_DEALS:
                self._long.popitem(last=False)
            return deal

    def indexed_record(self, deal_id: str) -> IndexedRecord:
        """The record of a long deal for the writer of its rows; queries have one of their own and do not wait."""
        with self._lock:
            record = self._written.pop(deal_id, None) or IndexedRecord(self._entities, deal_id, self.revise)
            self._written[deal_id] = record
            while len(self._written) > WRITTEN_LONG_DEALS:
                self._written.popitem(last=False)
            return record

    def state_on(self, history: History, basis: Basis, sections: tuple[str, ...] = ()) -> State:
        """The state on a resolved basis, or these sections of it, before it is rendered as JSON."""
        check()
        with isolated(self.ledger, history.deal_id, history.version):
            return state(
                history.lines,
                basis,
                deal_id=history.deal_id,
                zone=history.zone,
                calendars=calendar,
                revise=self.revise,
                only=sections,
            )

    def basis(
        self, record: History | EntityReader, question: TimeQuery = NOTHING_ASKED, names: ClockNames = CLOCKS
    ) -> Basis:
        """The basis that a query means for a deal; errors call its two clocks by these names."""
        now = self.now()
        basis = resolve(question, extent_of(self.ledger, record.extent), now, names)
        if question.known_at is not None and self.ledger.settle(basis.known_at, now):
            head = self.head(record.deal_id)
            if isinstance(record, EntityReader):
                record.catch_up(head.version)
            else:
                record.catch_up(self._history(record.deal_id, head.version))
            basis = resolve(question, extent_of(self.ledger, record.extent), now, names)
        return basis

    def history(self, deal_id: str) -> History:
        """The deal's record up to now. Raises UnknownDeal."""
        return self._history(deal_id, self.head(deal_id).version)

    def history_to(self, deal_id: str, version: int) -> History:
        """The deal's record up to a version, at least; a long record is read no further."""
        return self._history(deal_id, version, version)

    def _history(self, deal_id: str, version: int, most: int | None = None) -> History:
        """A deal's record up to a version, at least, and at most up to another."""
        with self._lock:
            history = self._cached.get(deal_id) or History(deal_id)
        # Read outside the lock: a long record must not block readers of other deals.
        if history.version < version:
            rows = self._rows_after(history, version, most)
            if history.lines and any(row.type == event_codec.ERASING for row in rows):
                # Payloads may have been erased: they are read again.
                history, rows = History(deal_id), self.ledger.read_deal(deal_id, to_version=most)
                with self._lock:
                    self._revised.clear()
            lines = [*history.lines]
            try:
                with isolated(self.ledger, deal_id, version, decoding=True):
                    lines.extend(checked(history.following(erasures.decoded(rows))))
            except (Busy, TooCostly):
                # The next query continues from here.
                self._cache(History(deal_id, lines, zone_of(lines)))
                raise
            history = History(deal_id, lines, zone_of(lines))
        return self._cache(history)

    def _rows_after(self, history: History, version: int, most: int | None) -> list[Recorded]:
        """The rows of a deal after those that are decoded, up to a version, at least."""
        deal_id, last = history.deal_id, history.lines[-1] if history.lines else None
        recent = self.ledger.recent_of(deal_id, last.position, last.version, version) if last is not None else None
        if recent is not None:
            return recent
        return self.ledger.read_deal(deal_id, after_version=history.version, to_version=most)

    def _cache(self, history: History) -> History:
        deal_id = history.deal_id
        with self._lock:
            held = self._cached.pop(deal_id, history)
            self._cached[deal_id] = history if history.version >= held.version else held
            while len(self._cached) > 1 and sum(len(each.lines) for each in self._cached.values()) > CACHED_EVENTS:
                self._cached.popitem(last=False)
        return history

    def narrator(self, history: History) -> Narrator:
        """Writes the sentences of a deal's events, by its latest knowledge."""
        return self._narrators.of(history.deal_id, history.lines)

    def sentence_at_hand(self, row: Recorded) -> str | None:
        """The sentence of an event that was just recorded; None where its deal must be read for it."""
        try:
            made = self._narrators.at_hand(row.deal_id, row)
            return made.text_of(row.id) if made is not None else None
        except UnreadableDeal:
            return None

    def sentence(self, row: Recorded) -> str | None:
        """The sentence of an event of the log; None where its deal cannot be read, or is long and not held."""
        said = self.sentence_at_hand(row)
        return self.sentence_as_corrected(row) if said is None else said

    def sentence_as_corrected(self, row: Recorded) -> str | None:
        """The same, as the event reads by the latest knowledge."""
        if row.version > LONGEST_READ:
            return None
        try:
            return self.narrator(self.history(row.deal_id)).text_of(row.id)
        except (UnreadableDeal, UnknownDeal, Busy):
            return None

    def head(self, deal_id: str) -> DealHead:
        """The end of the deal's record. Raises UnknownDeal."""
        head = self.ledger.deal_head(deal_id)
        if head is None:
            near = nearest(deal_id, self.ledger.deals_near(deal_id))
            told = f"There is no deal {deal_id!r} in this log{nearest_hint(near)}."
            raise UnknownDeal(told, hint="list-deals", extra={"nearest": list(near)} if near else None)
        return head

    def evict(self) -> None:
        """Drop what is decoded of long deals; the index of their events stays."""
        with self._lock:
            for deal in self._long.values():
                deal.evict()

    def revise(self, line: RecordedEvent, changes: tuple[Mapping[str, Any], ...]) -> RecordedEvent:
        """A line read again with its corrections, from the bytes that were recorded."""
        key = (line.id, canonical([*changes]))
        held = self._revised.get(key)
        if held is None:
            recorded = self.ledger.event(line.id)
            if recorded is None or recorded.payload is None:
                return line
            held = read_revised(recorded, line, changes)
            self._revised[key] = held
            if len(self._revised) > 10_000:
                self._revised.popitem(last=False)
        return held
