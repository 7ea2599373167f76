"""What every derivation is handed: the entities, the moment, the zone, the calendars; and how an entry is written."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, tzinfo
from functools import cached_property
from typing import Any, TypeVar

from domain.entities.base import Entity, Occurrence, Provenance
from domain.entities.deal import DealEntity
from domain.entities.statement import Claim
from domain.folded_deal import FoldedDeal
from domain.json_equality import equal
from domain.state_paths import SUFFIX, inside
from domain.time.calendars import Calendars
from domain.time.edtf import When
from domain.time.instants import FUTURE, Moment, civil_day

T = TypeVar("T", bound=Entity)
Entry = dict[str, Any]


@dataclass
class Context:
    """One reading of a deal. It notes the moments that it compared with, so that the next change by time is known."""

    deal: FoldedDeal
    valid_at: Moment
    zone: tzinfo
    calendars: Calendars
    deal_id: str = ""
    reading: Any = "earliest"
    layer: str = "all"
    ahead: list[Moment] = field(default_factory=list)
    """Moments after `valid_at` at which some comparison here will turn out otherwise."""

    @cached_property
    def by_kind(self) -> Mapping[str, list[Entity]]:
        """Things by kind, each in order of id."""
        kinds: dict[str, list[Entity]] = {}
        for entity_key in sorted(self.deal.entities):
            kinds.setdefault(entity_key[0], []).append(self.deal.entities[entity_key])
        return kinds

    def every(self, kind: type[T]) -> list[T]:
        return self.by_kind.get(kind.KIND, [])  # type: ignore[return-value]  # filed under its own kind

    def one(self, kind: type[T], entity_id: str | None) -> T | None:
        return self.deal.entities.get((kind.KIND, entity_id or ""))  # type: ignore[return-value]  # filed under its own kind

    @cached_property
    def deal_entity(self) -> DealEntity:
        return self.one(DealEntity, "") or DealEntity(id="")

    @cached_property
    def ended_at(self) -> Moment | None:
        """When the deal was closed, terminated or unwound, if it was and has not been reopened."""
        return self.end.key[0] if self.end else None

    @cached_property
    def end(self) -> Occurrence | None:
        """The first event that ended the deal, if one did and none reopened it since."""
        return _end_of(self.deal_entity)

    @cached_property
    def end_by_facts(self) -> Occurrence | None:
        """The first fact that did; reports alone may have ended it before."""
        origin = self.deal_entity.origin
        by_facts = origin.facts_only or self.deal_entity
        return _end_of(by_facts) if origin.facts and isinstance(by_facts, DealEntity) else None

    def end_of(self, entity: Entity) -> Occurrence | None:
        """The end of the deal that counts for an entity: no report ends what facts know (rule 24)."""
        return self.end_by_facts if entity.origin.facts else self.end

    def after_the_end(self, moments: Iterable[Moment]) -> bool:
        """Whether the deal has no end yet, or one of these moments comes after it: what was set, moved, filed or
        required after the end is open (rule 4)."""
        return comes_after(self.end, moments)

    def surely(self, since: str) -> bool:
        """Whether what clears the way on a date as written has happened even at its latest moment (rule 17)."""
        when = When.parse(since)
        if when.day(self.zone, "earliest") == when.last_day(self.zone):
            return True
        return self.has_passed(when.closes(self.zone) + 1)

    @cached_property
    def at(self) -> Moment:
        """The moment up to which time runs for what the end of the deal freezes."""
        return self.valid_at if self.ended_at is None else min(self.valid_at, self.ended_at)

    @cached_property
    def today(self) -> date:
        return civil_day(self.at, self.zone)

    def confirmed(self, claim_id: str | None) -> Occurrence | None:
        """The fact that confirmed a claim, where one did and none spoke against it since."""
        claim = self.one(Claim, claim_id) if claim_id else None
        if claim is None or claim.confirmed is None or claim.confirmed.reported:
            return None
        return claim.confirmed if claim.denied is None or claim.denied.key < claim.confirmed.key else None

    def has_passed(self, moment: Moment, at: Moment | None = None) -> bool:
        """Whether a moment has come. One that lies ahead is noted as a change to come by time alone."""
        now = self.valid_at if at is None else at
        if moment <= now:
            return True
        if moment < FUTURE and (self.ended_at is None or at is None):
            self.ahead.append(moment)
        return False

    def started(self, when: When | None, at: Moment | None = None) -> bool:
        """Whether a day or instant has begun; True where none is given."""
        return when is None or self.has_passed(when.opens(self.zone, self.reading), at)

    def over(self, until: When | None, at: Moment | None = None) -> bool:
        """Whether the last day of a span is over; False where it has none."""
        return until is not None and self.has_passed(until.closes(self.zone) + 1, at)


def _end_of(deal_entity: DealEntity) -> Occurrence | None:
    marks = [mark for mark in (deal_entity.closed, deal_entity.terminated, deal_entity.unwound) if mark]
    return min(marks, key=lambda mark: mark.key, default=None)


def comes_after(end: Occurrence | None, moments: Iterable[Moment]) -> bool:
    """Whether there is no end yet, or one of these moments comes after it."""
    return end is None or any(moment > end.key[0] for moment in moments)


def to_json(value: Any) -> Any:
    """A value as JSON: dates as written, records as objects, absent parts left out.

    Entries of a history are written as JSON when they happen, and are handed on as they are.
    """
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, When):
        return value.text
    if isinstance(value, tuple | list):
        return list(value) if value and type(value[0]) is dict else [to_json(each) for each in value]
    if isinstance(value, Mapping):
        return {name: to_json(each) for name, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        pairs = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {name: to_json(member) for name, member in pairs if member is not None}
    if isinstance(value, frozenset):
        return sorted(value)
    return value


SHOWN = 10
"""How many members of a list that grows with history an entry shows; a count beside it says how many there are."""

GROWING = (
    "because", "due_because", "status_because", "trace", "history", "versions", "requests",
    "reports", "views", "steps", "relief", "rulings", "representatives", "observations",
)  # fmt: skip
"""The lists of an entry that grow with history. Nothing is computed with what is shown."""

COUNT = "_count"
"""What follows the name of a list in the name of its count."""

_SHOWN_COUNTS = frozenset(f"{name}{COUNT}" for name in GROWING)

OWN_PAST = frozenset(GROWING) - {"relief", "due_because", "status_because"}
"""The lists of an entry in which each member is owed to an event of its own entity."""


def newest_shown(entry: Entry, owed_to: Iterable[str] = ()) -> Entry:
    """The entry with the newest SHOWN members of each list that grows, and its count where that is not all.

    Its `because` has beside the newest events those to which what is shown is owed: `owed_to`, and what members name.
    """
    long = [name for name in GROWING if len(entry.get(name) or ()) > SHOWN]
    for name in long:
        entry[f"{name}{COUNT}"] = len(entry[name])
        if name != "because":
            entry[name] = entry[name][-SHOWN:]
    if "because" in long:
        causes = list(dict.fromkeys(entry.pop("because")))
        shown = {*causes[-SHOWN:], *owed_to, *inside(entry)}
        entry["because"] = [event for event in causes if event in shown]
        entry[f"because{COUNT}"] = len(causes)
    return entry


def is_shown_count(name: str) -> bool:
    """Whether a member of an entry is the count beside a list of which the newest members are shown."""
    return name in _SHOWN_COUNTS


def _last_causes(origin: Provenance) -> Iterator[str]:
    """The events to which the fields of an entity are owed: of one that many built up, the last of them."""
    return (event for events in origin.causes.values() for event in events[-SHOWN:])


def entry_of(entity: T, view: Callable[[T], Entry]) -> Entry:
    """An entry of a section: its view, the events behind it, and what reports say beside the facts.

    The events behind it are those of the entity, and those of other entities to which a member is owed: of these a view
    gives the ones that no member names in a `because` of its own.
    """
    origin = entity.origin
    members = view(entity)
    causes = (*origin.because, *members.get("because", ()), *_causes_within(members))
    entry = newest_shown({**members, "because": list(dict.fromkeys(causes))}, _last_causes(origin))
    if not origin.facts:
        entry["layer"] = "reported"
        return entry
    beside: dict[str, Any] = {}
    for name, (event_id, grade) in origin.by_report.items():
        if name in entry:
            beside[name] = {"value": entry[name], "grade": grade, "because": [event_id]}
    if origin.as_reported is not None:
        reported = newest_shown(view(origin.as_reported))  # type: ignore[arg-type]  # of the same kind
        because, grade = last_report(origin.as_reported)
        for name, value in reported.items():
            if name != "because" and name not in beside and not equal(value, entry.get(name)):
                beside[name] = {"value": value, "grade": grade, "because": because}
    if beside:
        entry["reported"] = beside
    return entry


def _causes_within(members: Entry) -> Iterator[str]:
    """The events that the members of an entry name; those of its own past are its own events."""
    for name, value in members.items():
        if name.endswith(SUFFIX):
            yield from value
        elif name not in OWN_PAST:
            yield from inside(value)


def owed(entity: Entity, *names: str) -> tuple[str, ...]:
    """The events to which fields of an entity are owed."""
    causes = entity.origin.causes
    return tuple(dict.fromkeys(event for name in names for event in causes.get(name, ())))


def last_report(as_reported: Entity) -> tuple[list[str], str | None]:
    """The report to which what reports say of an entity is owed, and its grade."""
    ids = [(event_id, grade) for event_id, grade in as_reported.origin.by_report.values()]
    return ([ids[-1][0]], ids[-1][1]) if ids else (list(as_reported.origin.because[-1:]), None)


def entries_by_id(entities: list[T], view: Callable[[T], Entry]) -> dict[str, Entry]:
    """A section keyed by id."""
    return {entity.id: entry_of(entity, view) for entity in entities}


def newest(entries: Iterator[tuple[Any, T]]) -> T | None:
    """The entry with the greatest key."""
    best = max(entries, key=lambda pair: pair[0], default=None)
    return best[1] if best else None
