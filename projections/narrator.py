"""The sentences of a deal's events: with the names that its record gives, and the values that each event changed."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cache
from typing import Any

from domain.basis import Basis
from domain.bitemporal import placed_line
from domain.corrections import ApplyCorrections, apply_corrections, is_about_record, weigh_corrections
from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity, Key
from domain.entities.deadline import Deadline
from domain.entities.deal import DealEntity
from domain.entities.deal_calendar import DealCalendar
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.term import Term
from domain.envelope import RecordedEvent
from domain.erased_event import Erased
from domain.event import REGISTRY, Event, FoldStep
from domain.events.record import RecordCorrected
from domain.fields.description import describe
from domain.fold import touched
from domain.folded_deal import EntityKey, FoldedDeal
from domain.narration import sentence
from domain.sections.context import Context
from domain.sections.deal_calendars import with_own_calendars
from domain.sections.due_date import DueDateCalculator
from domain.sentences.names import Names
from domain.sentences.template import template
from domain.time.calendars import Calendars
from domain.time.instants import FUTURE

FOLDED_EVENTS = 200
"""Events of one entity that are folded for the value before one of them; of a longer history it is left out."""

HELD_ENTITIES = 1_000
"""Folded entities that a narrator keeps."""

SAID = 2_000
"""Sentences that a narrator keeps."""

ALSO_NAMED: Mapping[str, tuple[str, ...]] = {Case.KIND: ("court",), DealEntity.KIND: ("names", "title")}
"""Members that sentences use beside those of the phrase of a kind."""

NEXT = "next_"
"""The prefix of a member as it is after the event."""

EVERYTHING = Basis(valid_at=FUTURE, known_at=FUTURE, known_version=2**31, known_position=2**62)


def _placeholders(phrase: str) -> list[str]:
    return [each.name for each in template(phrase).placeholders()] if phrase else []


@dataclass(slots=True)
class DealIndex:
    """What the events of a deal call its entities, and which of them are about each."""

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Section, id and member, as in a state."""

    about: dict[EntityKey, list[RecordedEvent]] = field(default_factory=dict)
    """The events about each entity, in order of version."""

    def add(self, line: RecordedEvent) -> None:
        """Take in an event that stands, as it reads."""
        event = line.event
        if isinstance(event, Erased):
            return
        for kind, entity_id in event.touches(line.id):
            self.about.setdefault((kind.KIND, entity_id), []).append(line)
            members = naming(event.NAME, kind.KIND)
            if members is not None and kind.SECTION:
                self._name(kind, entity_id, event, members)

    def _name(self, kind: type[Entity], entity_id: str, event: Event, members: tuple[str, ...]) -> None:
        section = self.sections.setdefault(kind.SECTION, {})
        entry = section if kind.SINGLETON else section.setdefault(entity_id, {})
        given = {name: value for name in members if (value := getattr(event, name, None)) not in (None, ())}
        changes = getattr(event, "changes", None)
        if isinstance(changes, Mapping):
            given |= {name: value for name, value in changes.items() if name in SPOKEN_MEMBERS[kind.KIND]}
        entry.update({**given, **event.named(entry)})


SPOKEN_MEMBERS: Mapping[str, frozenset[str]] = {
    kind.KIND: frozenset((*_placeholders(kind.PHRASE), *ALSO_NAMED.get(kind.KIND, ())))
    for kind in ENTITY_TYPES.values()
}
"""The members of an entity of a kind by which sentences call it."""


@cache
def naming(event_type: str, kind: str) -> tuple[str, ...] | None:
    """The fields of a type of event by which an entity of a kind is called; None where it is no such type."""
    cls = REGISTRY[event_type]
    declared, members = describe(cls), SPOKEN_MEMBERS[kind]
    if not ({*members, "changes"} & declared.keys() or cls.named is not Event.named):
        return None
    return tuple(name for name in members if name in declared)


@dataclass(frozen=True, slots=True)
class Narrator:
    """Writes the sentences of one deal's events."""

    index: DealIndex
    zone: tzinfo
    calendars: Calendars
    lines: dict[str, RecordedEvent]
    """The events by id, as they were recorded."""

    read: Mapping[str, RecordedEvent] = field(default_factory=dict)
    """The corrected ones, as they read now."""

    about_record: Sequence[RecordedEvent] = ()
    """The corrections, voidings and reinstatements, in order of version."""

    revise: ApplyCorrections = lambda line, _changes: line

    as_recorded: bool = False
    """Whether the value before an event is that of the record up to the event, and not of all of it."""

    _held: dict[EntityKey, tuple[int, list[Key], list[Entity]]] = field(default_factory=dict, repr=False, compare=False)
    """The entities that were folded: by how many events, and the entity after each."""

    _said: dict[str, tuple[int, str]] = field(default_factory=dict, repr=False, compare=False)
    """Sentences, each with the number of events that there were."""

    @property
    def names(self) -> Names:
        """What the deal's ids are called."""
        return Names(self.index.sections)

    def add(self, line: RecordedEvent) -> None:
        """Take in one more event that stands."""
        self.index.add(line)
        self.lines[line.id] = line

    def text_of(self, event_id: str) -> str | None:
        """An event of the deal in a sentence, as it reads now; None where the deal has none of this id."""
        line = self.read.get(event_id) or self.lines.get(event_id)
        if line is None:
            return None
        said = self._said.get(event_id)
        if said is None or said[0] != len(self.lines):
            if len(self._said) >= SAID:
                self._said.clear()
            said = self._said[event_id] = len(self.lines), self.text(line)
        return said[1]

    def text(self, line: RecordedEvent) -> str:
        """An event as it reads, in a sentence."""
        target_id = getattr(line.event, "event_id", None)
        target = self.lines.get(target_id) if isinstance(target_id, str) and not line.erased else None
        if target is None:
            return sentence(line, self.names, self.before)
        read, corrected = self._read_before(target, line), None
        if isinstance(line.event, RecordCorrected):
            corrected = self._read_before(target, line, through=True)
        return sentence(
            line, self.names, target=self._about(read), corrected=self._about(corrected) if corrected else None
        )

    def _about(self, line: RecordedEvent) -> str:
        return sentence(line, self.names)

    def _read_before(self, target: RecordedEvent, line: RecordedEvent, *, through: bool = False) -> RecordedEvent:
        """An event as it read before one that corrects it, or with that one."""
        last = line.version if through else line.version - 1
        about = [each for each in self.about_record if each.version <= last]
        return weigh_corrections(about).read(target, self.revise) or target

    def before(self, line: RecordedEvent, member: str) -> Any:
        """A member of the entity that an event is about, before the event; with NEXT before its name, after it."""
        with_own = member.startswith(NEXT)
        entity = self._entity(line, with_own=with_own)
        member = member.removeprefix(NEXT)
        if isinstance(entity, Deadline) and member == "due":
            return self._due(entity, line)
        if isinstance(entity, Term) and member == "value":
            return entity.segments[-1].value if entity.segments and entity.segments[-1].until is None else None
        return getattr(entity, member, None)

    def _entity(self, line: RecordedEvent, *, with_own: bool) -> Entity | None:
        own = self._step(line)
        kind, entity_id = line.event.touches(line.id)[0]
        if own is None:
            return None
        keys, entities = self._folded((kind.KIND, entity_id), line.version if self.as_recorded else None)
        end = bisect_right(keys, own.key) if with_own else bisect_left(keys, own.key)
        return entities[end - 1] if 0 < end <= len(entities) else None

    def _folded(self, key: EntityKey, version: int | None = None) -> tuple[list[Key], list[Entity]]:
        """The places of the events about an entity, in fold order, and the entity after each; none of a long one.

        With a version, of the events up to it.
        """
        lines: Sequence[RecordedEvent] = self.index.about.get(key, ())
        if version is not None:
            lines = [each for each in lines if each.version <= version]
        held = self._held.get(key)
        if held is not None and held[0] == len(lines):
            return held[1], held[2]
        if len(self._held) >= HELD_ENTITIES:
            self._held.clear()
        steps = [] if len(lines) > FOLDED_EVENTS else sorted(filter(None, map(self._step, lines)), key=_key)
        entities: list[Entity] = []
        for step in steps:
            entities.append(dict(touched({key: entities[-1]} if entities else {}, step))[key])
        keys = [step.key for step in steps]
        self._held[key] = len(lines), keys, entities
        return keys, entities

    def _step(self, line: RecordedEvent) -> FoldStep | None:
        placed = placed_line(line, self.zone, EVERYTHING)
        return None if placed is None else placed.step

    def _due(self, deadline: Deadline, line: RecordedEvent) -> str | None:
        """The due date of a deadline as folded, with the order and the calendars from which it is counted."""
        own = self._step(line)
        related = [(DealCalendar.KIND, entity_id) for kind, entity_id in self.index.about if kind == DealCalendar.KIND]
        if deadline.order_id:
            related.append((Order.KIND, deadline.order_id))
        entities: dict[EntityKey, Entity] = {(Deadline.KIND, deadline.id): deadline}
        for key in related:
            if folded := self._folded(key)[1]:
                entities[key] = folded[-1]
        deal = FoldedDeal(entities)
        start = FUTURE if own is None else own.start
        context = Context(deal, start, self.zone, with_own_calendars(deal, self.calendars))
        due = DueDateCalculator(context).calculate(deadline).due
        return None if due is None else due.text


def _key(step: FoldStep) -> Any:
    return step.key


def narrator(lines: Sequence[RecordedEvent], zone: tzinfo, calendars: Calendars, revise: ApplyCorrections) -> Narrator:
    """The narrator of a whole record, by its latest knowledge."""
    index = DealIndex()
    stand, corrected = apply_corrections(lines, revise)
    for line in stand:
        index.add(line)
    read = {line.id: line for line in stand if line.id in corrected}
    about = [line for line in lines if is_about_record(line)]
    return Narrator(index, zone, calendars, {line.id: line for line in lines}, read, about, revise)
