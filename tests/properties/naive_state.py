"""The second implementation: each question is answered from nothing. Filter, sort, fold; nothing is kept or shared.

Written from the twelve rules alone. Of the first implementation it borrows only what is no part of choosing: the
reading of a line with its corrections, the fold of one development, the derivation from things.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cmp_to_key
from typing import Any

from domain.basis import Basis
from domain.bitemporal import EffectiveEvents, Pending
from domain.corrections import FutileChange
from domain.envelope import RecordedEvent
from domain.event import FoldStep
from domain.fold import fold
from domain.state import State, derive
from projections.temporal.recorded_deal import RecordedDeal

ABSENT = object()


@dataclass
class Naive:
    """A past, read naively."""

    past: RecordedDeal

    # --- rule 7 and 8: where a development lies ---

    def start_of(self, bound: Any, unbounded: int = -(2**62)) -> int:
        """First moment of a day in the deal's zone, found by walking to midnight; an instant is itself."""
        if bound is None:
            return unbounded
        if isinstance(bound, int):
            return bound
        return micro(datetime.combine(bound, time.min, self.past.zone))

    def end_of(self, bound: Any) -> int:
        """Last moment of a day, one before the next day begins."""
        return bound if isinstance(bound, int) else self.start_of(bound + timedelta(days=1)) - 1

    def starts(self, line: RecordedEvent, reading: str) -> tuple[int, int]:
        """(reading of occurred, reading of the start of its value)."""
        occurred = self.start_of(getattr(line.occurred, reading))
        own = line.payload.effective or getattr(line.payload.data, "effective", None)
        return occurred, occurred if own is None else self.start_of(getattr(own, reading))

    # --- rule 6: what was public ---

    def public(self, line: RecordedEvent, within: Sequence[RecordedEvent]) -> int:
        event = line.event
        if _never_seen(line):
            aimed = [each for each in within if each.id == event.event_id]
            if aimed:
                return self.public(aimed[0], within)
        published = self.as_always_was(line, within).published
        if published is not None:
            return self.end_of(published.latest if published.end is None else published.end)
        return self.end_of(self.as_always_was(line, within).occurred.latest)

    def as_always_was(self, line: RecordedEvent, within: Sequence[RecordedEvent]) -> RecordedEvent:
        """A line without the mistakes of the record that were never published."""
        never_seen = [each for each in within if _never_seen(each)]
        return self.read(line, never_seen) if self.stands(line.id, never_seen) else line

    # --- rule 9: what is known, and how it reads ---

    def known(self, basis: Basis) -> list[RecordedEvent]:
        within = [
            line
            for line in self.past.lines
            if line.version <= basis.known_version and line.position <= basis.known_position
        ]
        if basis.known_by == "recorded":
            return [line for line in within if line.recorded_at <= basis.known_at]
        return [line for line in within if self.public(line, within) <= basis.known_at]

    def stands(self, event_id: str, known: Sequence[RecordedEvent]) -> bool:
        """The last word on it that is itself in effect decides."""
        words = [
            line
            for line in known
            if line.type in ("record.voided", "record.reinstated")
            and line.event.event_id == event_id
            and self.stands(line.id, known)
        ]
        return not words or max(words, key=lambda line: line.version).type == "record.reinstated"

    def read(self, line: RecordedEvent, known: Sequence[RecordedEvent]) -> RecordedEvent:
        changes = tuple(
            each.event.changes
            for each in sorted(known, key=lambda each: each.version)
            if each.type == "record.corrected" and each.event.event_id == line.id and self.stands(each.id, known)
        )
        return self.past.revise(line, changes) if changes else line

    def futile(self, known: Sequence[RecordedEvent]) -> tuple[FutileChange, ...]:
        """Changes of what stood otherwise already, by the words on the record in effect that came before."""
        on_record = ("record.corrected", "record.voided", "record.reinstated")
        about = [line for line in known if line.type in on_record and self.stands(line.id, known)]
        found = []
        for line in about:
            target = line.event.event_id
            earlier = [each for each in about if each.version < line.version and each.event.event_id == target]
            ends = [each.version for each in earlier if each.type == "record.reinstated"]
            since = [
                each.id for each in earlier if each.type == "record.voided" and each.version > max(ends, default=0)
            ]
            if line.type == "record.reinstated":
                odd = not since
            else:
                odd = bool(since) and (line.type == "record.voided" or not self.stands(target, known))
            if odd:
                found.append(FutileChange(line.id, line.type, target, since[0] if since else None))
        return tuple(found)

    # --- the answer ---

    def chosen(self, basis: Basis) -> EffectiveEvents:
        known = self.known(basis)
        openings = [line for line in known if line.type == "deal.opened"]
        if openings and not any(self.stands(line.id, known) for line in openings):
            return EffectiveEvents(())
        steps, scheduled, possible, exists = [], [], [], False
        for line in known:
            if line.type in ("record.corrected", "record.voided", "record.reinstated", "record.erased"):
                continue
            if not self.stands(line.id, known):
                continue
            line = self.read(line, known)
            reported = is_report(line)
            if basis.layer == "facts" and reported and not hasattr(line.event, "claim_id"):
                continue
            occurred, start = self.starts(line, basis.reading)
            seen = min(occurred, start)
            acts = seen if line.type == "order.signed" else start
            if seen <= basis.valid_at:
                exists = True
                if acts <= basis.valid_at:
                    steps.append(line.step((acts, line.payload.rank or 0, line.version), reported))
                else:
                    scheduled.append(Pending(line, acts, acts))
            earliest, latest = min(self.starts(line, "earliest")), min(self.starts(line, "latest"))
            if earliest <= basis.valid_at < latest:
                possible.append(Pending(line, earliest, latest))
        steps.sort(key=cmp_to_key(_by_rule_8))
        by_id = {"key": lambda each: each.line.id}
        return EffectiveEvents(
            tuple(steps), tuple(sorted(scheduled, **by_id)), tuple(sorted(possible, **by_id)), exists,
            futile=self.futile(known) if exists else (),
        )  # fmt: skip

    def state(self, basis: Basis) -> State:
        return self.derived(self.chosen(basis), basis)

    def derived(self, chosen: EffectiveEvents, basis: Basis) -> State:
        past = self.past
        return derive(fold(chosen.steps), chosen, basis, deal_id=past.deal_id, zone=past.zone, calendars=past.calendars)

    def sections(self, basis: Basis) -> Any:
        return self.state(basis).sections

    def moments(self, basis: Basis) -> list[int]:
        """When something may change in the world as known: every start and end in sight, both readings."""
        known = self.known(basis)
        found = set()
        for line in known:
            line = self.read(line, known)
            for reading in ("earliest", "latest"):
                found.update(self.starts(line, reading))
        return sorted(each for each in found if abs(each) < 2**61)


def _by_rule_8(one: FoldStep, other: FoldStep) -> int:
    """By start, then rank, then the version in which it was first asserted."""
    for mine, theirs in zip(one.key, other.key, strict=True):
        if mine != theirs:
            return -1 if mine < theirs else 1
    return 0


def _never_seen(line: RecordedEvent) -> bool:
    """A mending of the record that names no publication of its own."""
    mends = line.type in ("record.corrected", "record.voided") and line.published is None
    return mends and line.event.cause in ("recording_error", "duplicate")


def is_report(line: RecordedEvent) -> bool:
    match line.payload.attribution:
        case None | "official_document" | "on_record":
            return False
        case "party_claim":
            return line.payload.actor not in line.event.own_parties()
    return True


def micro(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def pointer(value: Any, path: str) -> Any:
    """RFC 6901, the short way."""
    for token in path.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(name)] if isinstance(value, list) else value[name]
        except (KeyError, IndexError, ValueError, TypeError):
            return ABSENT
    return value


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """Every path into a value but those of day counters."""
    yield path
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{path}/{name.replace('~', '~0').replace('/', '~1')}")
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, f"{path}/{index}")
