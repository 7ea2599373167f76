"""What is known while a batch is judged: the record as it was looked up, and as the batch is changing it."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.envelope import Submission
from domain.errors import Problem
from domain.events.record import RecordErased
from domain.moments import Moment
from ledger.codec import submission_of
from ledger.corrections import as_corrected, problems_of_change
from ledger.erasures import submissions
from ledger.holds import under_hold
from ledger.prepare import Staged, is_about_record
from ledger.receipt import Recorded

Thing = tuple[str, str, str]
"""Deal, kind, id."""


class Lookups(Protocol):
    """The record, read under the lock."""

    def holds(self, deal_id: str, kind: str, thing_id: str) -> bool: ...

    def event(self, event_id: str) -> Recorded | None: ...

    def record_events(self, deal_id: str) -> Sequence[Recorded]: ...


@dataclass(slots=True)
class View:
    """The record as the batch sees it: what was looked up, and what the requests before this one added."""

    head: int
    first_recorded: Moment
    """When the next event after `head` is recorded; each later one a microsecond on."""

    clock: Moment = field(default=0, kw_only=True)
    """What the database's clock said."""

    recorded: Moment = field(default=0, kw_only=True)
    """When the last event was recorded."""

    heads: dict[str, tuple[int, bytes]]
    """Last version and leaf hash by deal; absent: no event."""

    known: dict[str, Recorded]
    """Events whose ids the batch uses."""

    held: dict[Thing, bool]
    rows: list[Recorded] = field(default_factory=list)
    """What is to be inserted, in order."""

    placed: list[Staged] = field(default_factory=list)
    """The submissions of `rows`."""

    keys: dict[bytes, bytes] = field(default_factory=dict)
    """Hashes of the batch's idempotency keys that were used before, and of the event ids that each stood for."""

    new_keys: dict[bytes, bytes] = field(default_factory=dict)
    """Those of `keys` that are used for the first time."""

    things: dict[Thing, int] = field(default_factory=dict)
    """What is named for the first time, with the version."""


@dataclass(frozen=True, slots=True)
class HeldByDeal:
    """What `decide` may look at: things and events that the record of a deal can only gain."""

    deal_id: str
    made: Container[Thing]
    siblings: dict[str, Submission]
    """All submissions of the request."""
    earlier: Sequence[Submission]
    """Those before the one that is decided."""
    view: View
    lookups: Lookups

    def holds(self, kind: str, thing_id: str) -> bool:
        thing = (self.deal_id, kind, thing_id)
        if thing in self.made:
            return True
        held = self.view.held.get(thing)
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
        return problems_of_change(as_corrected(original, self.about()), changes, self)

    def erasure_of(self, event_id: str) -> str | None:
        return next((each.id for each in self.about() if _erases(each, event_id)), None)

    def under_hold(self) -> bool:
        """Whether the deal's record may not be destroyed for now."""
        return under_hold(self.about(), self.view.first_recorded)

    def about(self) -> list[Submission]:
        """The deal's record.* events before the one that is decided, and its deal.opened, in their order."""
        added = [row for row in self.view.rows if row.deal_id == self.deal_id and is_about_record(row.type)]
        recorded = [*self.lookups.record_events(self.deal_id), *added]
        earlier = (each for each in self.earlier if each.deal_id == self.deal_id and is_about_record(each.type))
        return [*submissions(recorded), *earlier]


def _erases(erasure: Submission, event_id: str) -> bool:
    data = erasure.payload.data
    return isinstance(data, RecordErased) and data.event_id == event_id
