"""What may be recorded. Only what can only grow is asked: which entities and events the record holds, at any date.

So no decision becomes invalid by another append. What depends on dates is never refused; the fold flags it.
"""

from collections.abc import Iterator
from typing import Protocol

from domain.entity_merge import end_of
from domain.envelope import Submission
from domain.errors import Problem
from domain.events.background import EntityMerged
from domain.events.record import RecordCorrected, RecordErased, RecordReinstated, RecordVoided
from domain.unknown_references import EVENT, unknown_reference

ABOUT_EVENTS = (RecordCorrected, RecordVoided, RecordReinstated, RecordErased)
"""The types that act on an event instead of an entity."""

UNCORRECTABLE = frozenset({"id", "deal_id", "type", "schema_version", "data", "tz"})
"""What a correction cannot change; only deal.opened has tz."""

LONGEST_CHAIN = 32
"""So often may an event be about one that is about another: a decision goes all the way, under the lock of the log."""


class RecordLookup(Protocol):
    """What the record of one deal holds, at any date."""

    def holds(self, kind: str, entity_id: str) -> bool:
        """Whether any event made or touched such an entity."""

    def original(self, event_id: str) -> Submission | None:
        """An event of this deal as first sent, or None."""

    def erasure_of(self, event_id: str) -> str | None:
        """The erasure of an event that precedes the one that is decided, or None."""

    def merges(self) -> dict[str, tuple[str, str]]:
        """Event -> the id that it merges and the id that remains, of each entity.merged that was not voided."""

    def revised(self, event_id: str, changes: dict[str, object]) -> tuple[Problem, ...]:
        """What would be wrong with that event, read with its corrections so far and these changes."""

    def unsettled(self, submission: Submission) -> tuple[Problem, ...]:
        """What a voiding or reinstatement would make wrong with the event that it lets be read otherwise."""


def event_chain(event: Submission, held: RecordLookup) -> list[Submission]:
    """An event, the one that it is about, the one that this is about, and so on: the last is about no other, or names
    none that is held, or there are too many, as in a circle."""
    found = [event]
    while isinstance(data := found[-1].payload.data, ABOUT_EVENTS) and len(found) <= LONGEST_CHAIN:
        named = held.original(data.event_id)
        if named is None:
            break
        found.append(named)
    return found


def decide(submission: Submission, held: RecordLookup) -> tuple[Problem, ...]:
    """Why the submission cannot be recorded; empty where it can.

    `unknown-reference` may be let pass with a warning (imports, and writers who ask for it); the others may not.
    """
    data = submission.payload.data
    problems = [*_references(submission, held)]
    if isinstance(data, EntityMerged):
        problems += merge_circle(submission, held)
    elif isinstance(data, ABOUT_EVENTS):
        problems += _about_events(submission, held)
    return tuple(problems)


def merge_circle(submission: Submission, held: RecordLookup) -> Iterator[Problem]:
    """Rule 30: no chain of merges leads back to where it began."""
    data = submission.payload.data
    if not isinstance(data, EntityMerged) or data.merged == data.into:
        return
    into = dict(pair for event_id, pair in held.merges().items() if event_id != submission.id)
    into[data.merged] = data.into
    if end_of(data.merged, into) is None:
        detail = f"{data.into!r} is merged into {data.merged!r} already, so neither would stay: void that merge first."
        yield Problem("/data/into", "merge-circle", detail)


def _references(submission: Submission, held: RecordLookup) -> Iterator[Problem]:
    for kind, entity_id, pointer in submission.payload.data.needs():
        if not held.holds(kind, entity_id):
            yield unknown_reference(pointer, submission.type, (submission.deal_id, kind, entity_id))


def _about_events(submission: Submission, held: RecordLookup) -> Iterator[Problem]:
    data = submission.payload.data
    if not isinstance(data, ABOUT_EVENTS):
        return
    found = event_chain(submission, held)
    if len(found) == 1:
        detail = (
            f"{submission.type} names the event {data.event_id!r}, which the deal {submission.deal_id!r} does not hold."
        )
        yield Problem("/data/event_id", "unknown-event", detail, sought=(submission.deal_id, EVENT, data.event_id))
        return
    original = found[1]
    if len(found) > LONGEST_CHAIN:
        way = " → ".join(each.id for each in found[:4])
        detail = (
            f"{data.event_id!r} is about another event in turn, and so on ({way} → …), more than {LONGEST_CHAIN} times "
            "or in a circle: name the event that is to be read otherwise."
        )
        yield Problem("/data/event_id", "event-chain", detail)
        return
    if isinstance(data, RecordErased) and original.type == RecordErased.NAME:
        detail = f"{data.event_id!r} is an erasure itself: it says what was destroyed, and stays."
        yield Problem("/data/event_id", "not-erasable", detail)
    if isinstance(data, RecordErased) and (erasure := held.erasure_of(data.event_id)) is not None:
        detail = f"{data.event_id!r} was erased already, by {erasure!r}: nothing is left to destroy."
        yield Problem("/data/event_id", "already-erased", detail)
    if isinstance(data, RecordVoided | RecordReinstated):
        yield from held.unsettled(submission)
    if not isinstance(data, RecordCorrected):
        return
    if (erasure := held.erasure_of(data.event_id)) is not None:
        detail = f"{data.event_id!r} was erased by {erasure!r}: nothing is left to correct."
        yield Problem("/data/event_id", "erased", detail)
        return
    aimed = original.payload.data
    if isinstance(aimed, RecordCorrected):
        detail = f"{data.event_id!r} is a correction itself: name the event that it corrects, {aimed.event_id!r}."
        yield Problem("/data/event_id", "not-the-original", detail)
        return
    if not data.changes:
        yield Problem(
            "/data/changes", "missing-field", "changes is empty: name at least one field with its right value."
        )
    for name in data.changes:
        if name in UNCORRECTABLE or name in aimed.OF_THE_LEDGER:
            detail = f"{name!r} cannot be corrected: void the event and record it again."
            yield Problem(f"/data/changes/{name}", "not-correctable", detail)
            return
    yield from held.revised(data.event_id, data.changes)
