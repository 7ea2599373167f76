"""The view of a batch: the record as it was looked up, with the changes of the batch."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from domain.envelope import Submission
from domain.errors import Problem
from domain.time.instants import Moment
from ledger.append.legal_holds import under_hold
from ledger.append.preparation import OPENING, Prepared, Staged, is_about_record
from ledger.append.record_index import RecordIndex, Sequel
from ledger.encoding.corrections import as_corrected, merges_of, problems_of_change, problems_of_reading
from ledger.encoding.erasures import submissions
from ledger.encoding.event_codec import submission_of
from ledger.models import Recorded

Entity = tuple[str, str, str]
"""Deal, entity kind, id."""


class Lookups(Protocol):
    """The record, read under the lock."""

    def holds(self, deal_id: str, kind: str, thing_id: str) -> bool: ...

    def event(self, event_id: str) -> Recorded | None: ...

    def record_events(self, deal_id: str) -> Sequence[Recorded]: ...


@dataclass(slots=True)
class BatchView:
    """The record as the batch sees it: the lookups, and what earlier requests of the batch added."""

    head: int
    first_recorded: Moment
    """When the next event after `head` is recorded; each later one a microsecond on."""

    clock: Moment = field(default=0, kw_only=True)
    """The database's clock."""

    recorded: Moment = field(default=0, kw_only=True)
    """When the last event was recorded."""

    heads: dict[str, tuple[int, bytes]]
    """Last version and leaf hash by deal; absent: no event."""

    known: dict[str, Recorded]
    """Events whose ids the batch uses."""

    held: dict[Entity, bool]
    rows: list[Recorded] = field(default_factory=list)
    """What is to be inserted, in order."""

    placed: list[Staged] = field(default_factory=list)
    """The submissions of `rows`."""

    keys: dict[bytes, bytes] = field(default_factory=dict)
    """Hashes of the batch's idempotency keys that were used before, and of the event ids that each was used for."""

    new_keys: dict[bytes, bytes] = field(default_factory=dict)
    """Those of `keys` that are used for the first time."""

    record_events: dict[str, RecordIndex] = field(default_factory=dict)
    """Those of the deals for which they were asked."""

    things: dict[Entity, int] = field(default_factory=dict)
    """What is named for the first time, with the version."""

    tip: bytes = b""
    """Leaf hash of the event at `head`, where the rows are undated."""

    tips: dict[str, bytes] | None = None
    """Leaf hash of the last event of each deal, where the server dates the rows: they have no instant and no leaf until
    they are written. None where they are dated here."""

    def add_row(self, row: Recorded) -> None:
        """Know an event that the batch adds."""
        self.heads[row.deal_id] = (row.version, row.leaf_hash)
        self.known[row.id] = row
        index = self.record_events.get(row.deal_id)
        if index is not None and is_about_record(row.type):
            if row.payload is None:  # its remains are in other events: read all of them again
                del self.record_events[row.deal_id]
            else:
                index.add(submission_of(row))


class RequestEvents:
    """The events of a request, which are decided together: gathered by what is asked of them, as few are asked."""

    def __init__(self, events: Sequence[Prepared]) -> None:
        self._events = events

    def __contains__(self, entity: object) -> bool:
        """Whether one of them creates an entity."""
        return entity in self._created

    def opens(self, deal_id: str) -> bool:
        """Whether one of them opens a deal."""
        return deal_id in self._opened

    def get(self, event_id: str) -> Submission | None:
        """The one of an id."""
        return self._by_id.get(event_id)

    @cached_property
    def _created(self) -> set[Entity]:
        return {(one.deal_id, *entity) for one in self._events for entity in one.created_entities}

    @cached_property
    def _opened(self) -> set[str]:
        return {one.deal_id for one in self._events if one.type == OPENING}

    @cached_property
    def _by_id(self) -> dict[str, Submission]:
        return {one.id: one.submission for one in self._events}


class Siblings(Protocol):
    """The submissions that are decided together, by id."""

    def get(self, event_id: str, /) -> Submission | None: ...


@dataclass(slots=True)
class DealLookup:
    """What `decide` may look at: entities and events that the record of a deal can only gain."""

    deal_id: str
    made: Container[Entity]
    """Those that the submissions decided together create."""
    siblings: Siblings
    before: RecordIndex
    """Those about the record before the one that is decided."""
    view: BatchView
    lookups: Lookups

    def holds(self, kind: str, thing_id: str) -> bool:
        thing = (self.deal_id, kind, thing_id)
        held = self.view.held.get(thing)
        if held or thing in self.made:
            return True
        if held is None:
            held = self.view.held[thing] = self.lookups.holds(*thing)
        return held

    def original(self, event_id: str) -> Submission | None:
        sibling = self.siblings.get(event_id)
        if sibling is not None:
            return sibling if sibling.deal_id == self.deal_id else None
        recorded = self.view.known.get(event_id) or self.lookups.event(event_id)
        return submission_of(recorded) if recorded is not None and recorded.deal_id == self.deal_id else None

    def revised(self, event_id: str, changes: dict[str, object]) -> tuple[Problem, ...]:
        original = self.original(event_id)
        if original is None:
            return ()
        return problems_of_change(as_corrected(original, self.record_events().bearing_on(event_id)), changes, self)

    def unsettled(self, submission: Submission) -> tuple[Problem, ...]:
        return problems_of_reading(submission, self, self.record_events().bearing_on)

    def merges(self) -> dict[str, tuple[str, str]]:
        return merges_of(self.record_events().events)

    def erasure_of(self, event_id: str) -> str | None:
        return self.record_events().erasure_of(event_id)

    def under_hold(self) -> bool:
        """Whether the deal's record may not be destroyed for now."""
        return under_hold(self.record_events().events, self.view.first_recorded)

    def record_events(self) -> Sequel:
        """The deal's record.* events before the one that is decided, its deal.opened and its merges."""
        index = self.view.record_events.get(self.deal_id)
        if index is None:
            added = [row for row in self.view.rows if row.deal_id == self.deal_id and is_about_record(row.type)]
            index = RecordIndex(submissions([*self.lookups.record_events(self.deal_id), *added]))
            self.view.record_events[self.deal_id] = index
        return Sequel(index, self.earlier())

    def earlier(self) -> RecordIndex:
        """Those of the request before the one that is decided."""
        return self.before
