"""What is known of a deal, version by version: from which valid time each version acts, and the states from there on.

A version that corrects, voids or reinstates acts from the first moment of what it is about, before or after; any other
from its own first moment. Only the events on which a subject depends are folded, and time is walked from there.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from domain.basis import Basis, Layer
from domain.bitemporal import EffectiveEvents, PlacedEvent, fold_key
from domain.corrections import is_about_record
from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.entities.party import Party
from domain.entity_merge import MergedFold, ids_merged_by
from domain.envelope import RecordedEvent
from domain.erased_event import known_event
from domain.events.deal import DealOpened
from domain.events.record import RecordCorrected
from domain.folded_deal import EntityKey, FoldedDeal
from domain.state import State
from domain.time.instants import FUTURE, PAST, Moment
from projections.cancellation import check
from projections.tables.mentions import Mentions
from projections.tables.timelines import Key
from projections.temporal.recorded_deal import RecordedDeal


@dataclass(frozen=True, slots=True)
class Subject:
    """What a walk derives: some sections, and the kinds of entities that they depend on."""

    kinds: frozenset[str]
    sections: tuple[str, ...]
    named: tuple[str, ...] = ()
    """Fields of events that hold an id of any kind, which is called by what is known of that entity."""

    own: str | None = None
    """The kind of which each entity is a subject of its own, on which no other of this kind depends."""

    related: frozenset[str] = frozenset()
    """The kinds of entities of which a subject depends on those alone that it mentions, or that mention it."""

    def names(self, lines: Iterable[RecordedEvent]) -> dict[str, frozenset[str]]:
        """The ids in those fields, by the entity that is a subject, as recorded or as corrected."""
        found: dict[str, set[str]] = {}
        about: dict[str, list[set[str]]] = {}
        for line in lines:
            event = known_event(line.event)
            if isinstance(event, RecordCorrected):
                sets, given = about.get(event.event_id, []), event.changes
                # A correction may say that the event is about another of these entities.
                others = [found.setdefault(value, set()) for value in given.values() if isinstance(value, str)]
                for other in others if sets else ():
                    other.update(*sets)
                    sets.append(other)
            else:
                subjects = (name for kind, name in line.event.touches(line.id) if self.own == kind.KIND)
                sets = about[line.id] = [found.setdefault(name, set()) for name in subjects]
                given = {name: getattr(event, name, None) for name in self.named}
            for each in sets:
                each.update(value for name in self.named if isinstance(value := given.get(name), str))
        return {name: frozenset(values) for name, values in found.items() if values}


ONE: Key = ()
"""The subject of a deal as a whole."""


@dataclass
class KnownLayer:
    """The developments of one layer that are known, by id, and when the first of them is seen."""

    layer: Layer
    placed: dict[str, PlacedEvent] = field(default_factory=dict)
    unmade: bool = False
    first_seen: Moment = FUTURE
    reported: bool = False
    """Whether any of them is a report."""

    def exchange(self, out: Iterable[PlacedEvent], into: Iterable[PlacedEvent]) -> None:
        """Take developments out and put others in."""
        out = tuple(out)
        for each in out:
            del self.placed[each.step.id]
        for each in into:
            self.placed[each.step.id] = each
            self.first_seen = min(self.first_seen, each.seen)
            self.reported = self.reported or each.step.reported
        if out:
            self.first_seen = min((each.seen for each in self.placed.values()), default=FUTURE)
            self.reported = any(each.step.reported for each in self.placed.values())


@dataclass(frozen=True, slots=True)
class Change:
    """What one version changes in a layer."""

    out: tuple[PlacedEvent, ...]
    into: tuple[PlacedEvent, ...]
    seen: tuple[Moment, ...] = ()
    """The moments from which the deal exists, before and after, where they differ."""


class KnownDeal:
    """A deal as known at one version after the other."""

    def __init__(self, past: RecordedDeal) -> None:
        self.past = past
        self.version = 0
        self.layers: dict[Layer, KnownLayer] = {"all": KnownLayer("all"), "facts": KnownLayer("facts")}

    def basis(self, layer: Layer, valid_at: Moment = FUTURE) -> Basis:
        """Everything up to this version, at a moment."""
        return Basis(valid_at=valid_at, known_at=FUTURE, known_version=self.version, known_position=FUTURE, layer=layer)

    def advance(self, version: int) -> dict[Layer, Change]:
        """Know all events up to a version; what that changes in each layer."""
        line = self.past.lines[version - 1] if version == self.version + 1 else None
        self.version = version
        changes = {}
        for layer, known in self.layers.items():
            seen, unmade = known.first_seen, known.unmade
            again = line is None or unmade or is_about_record(line) or line.type == DealOpened.NAME
            change = self._all(known) if again or line is None else self._one(known, line)
            known.exchange(change.out, change.into)
            differ = known.first_seen != seen
            changes[layer] = Change(change.out, change.into, (seen, known.first_seen) if differ else ())
        return changes

    def _one(self, known: KnownLayer, line: RecordedEvent) -> Change:
        placed = self.past.place(line, self.past.zone, self.basis(known.layer))
        return Change((), () if placed is None else (placed,))

    def _all(self, known: KnownLayer) -> Change:
        past = self.past.with_lines(self.past.lines[: self.version])
        found = past.knowledge(self.basis(known.layer))
        known.unmade = found.unmade
        now = {} if found.unmade else {each.step.id: each for each in found.placed}
        before = known.placed
        out = tuple(each for name, each in before.items() if now.get(name) != each)
        into = tuple(each for name, each in now.items() if before.get(name) != each)
        return Change(out, into)


class SubjectWalk:
    """The states of the subjects of one sort in one layer of a known deal, from any moment on."""

    def __init__(self, deal: KnownDeal, layer: Layer, subject: Subject) -> None:
        self._deal, self._layer, self._subject = deal, layer, subject
        lines = deal.past.lines
        self._same = ids_merged_by(lines)
        """Each id that is ever merged, with all that may be the same."""
        named = subject.names(lines)
        self._named = {name: self._all_same(named, name) for name in named}
        """The ids that each subject names."""
        self._ids = frozenset[str]().union(*self._named.values())
        self._mentions = Mentions(lines, subject.related, subject.own, self._same) if subject.own else None
        self._steps: list[PlacedEvent] = []
        self._owned: dict[Key, None] = {} if subject.own else {ONE: None}
        """Every subject that any event was about."""
        self._folded: tuple[Moment, int, MergedFold] = (PAST, 0, MergedFold(self._bears))
        """Up to which moment, exclusive, how many steps are folded, and into which entities."""

    def _bears(self, slot: EntityKey) -> bool:
        kind, name = slot
        named = name in self._ids or (kind == Party.KIND and bool(self._ids))
        return named or kind in self._subject.kinds or kind in self._subject.related or kind == self._subject.own

    def _slots(self, placed: PlacedEvent) -> list[EntityKey]:
        touched_slots = ((kind.KIND, name) for kind, name in placed.step.event.touches(placed.step.id))
        return [slot for slot in touched_slots if self._bears(slot)]

    def _same_as(self, name: str) -> frozenset[str]:
        return self._same.get(name) or frozenset((name,))

    def _all_same(self, named: Mapping[str, frozenset[str]], subject: str) -> frozenset[str]:
        """What a subject names under any of its ids, and what may be the same."""
        names = frozenset[str]().union(*(named.get(each, ()) for each in self._same_as(subject)))
        return names.union(*map(self._same_as, names))

    def exchange(self, change: Change) -> dict[Key, Moment]:
        """Take developments out and put others in; the subjects that this may change, and from which moment on each."""
        about = [(each, self._slots(each)) for each in (*change.out, *change.into)]
        for each in change.out:
            if self._slots(each):
                del self._steps[bisect_left(self._steps, fold_key(each), key=fold_key)]
        for each in change.into:
            if self._slots(each):
                insort(self._steps, each, key=fold_key)
        every: list[Moment] = [*change.seen]
        since: dict[Key, Moment] = {}
        for placed, slots in about:
            start = placed.step.start
            own: list[Key] = [
                (each,) for kind, name in slots if kind == self._subject.own for each in sorted(self._same_as(name))
            ]
            self._owned.update(dict.fromkeys(own))
            if any(kind in self._subject.kinds for kind, _ in slots):
                every.append(start)
            for key in (*own, *self._naming(slots), *self._related(slots)):
                since[key] = min(start, since.get(key, start))
        if every:
            first = min(every)
            since = {name: min(first, since.get(name, first)) for name in self._owned}
        if min((placed.step.start for placed, slots in about if slots), default=FUTURE) < self._folded[0]:
            self._folded = (PAST, 0, MergedFold(self._bears))
        return {name: moment for name, moment in since.items() if moment < FUTURE}

    def _naming(self, slots: Iterable[EntityKey]) -> list[Key]:
        """The subjects that name one of these entities, or another that may be called after a party among them."""
        if any(kind == Party.KIND for kind, _ in slots):
            return [key for key in self._owned if self._names(key)]
        names = {name for _, name in slots if name in self._ids}
        return [key for key in self._owned if not names.isdisjoint(self._names(key))] if names else []

    def _related(self, slots: Iterable[EntityKey]) -> list[Key]:
        """The subjects on which one of these entities may bear."""
        related = {name for kind, name in slots if kind in self._subject.related}
        return [key for key in self._owned if not related.isdisjoint(self._bearing(key))] if related else []

    def _bearing(self, subject: Key) -> frozenset[str]:
        """The ids of the related entities that may bear on a subject."""
        return self._mentions.bearing_on(*subject) if self._mentions is not None else frozenset()

    def _names(self, subject: Key) -> frozenset[str]:
        return self._named.get(subject[0], frozenset()) if subject else frozenset()

    def states(self, since: Moment, subject: Key) -> Iterator[tuple[Moment, State | None]]:
        """The states of a subject from a moment on, each with the moment from which it holds; None where there is no
        deal."""
        folding = self._fold_before(since)
        steps = self._steps[self._folded[1] :]
        own, names = self._subject.own, self._same_as(*subject) if subject else frozenset[str]()
        named, bearing = self._names(subject), self._bearing(subject)
        kinds, related = self._subject.kinds, self._subject.related

        def bears(slot: EntityKey) -> bool:
            kind, name = slot
            if kind in kinds or name in named or (kind == Party.KIND and bool(named)):
                return True
            return name in names if kind == own else kind in related and name in bearing

        folding = folding.limited(bears)
        steps = [each for each in steps if any(map(bears, self._slots(each)))]
        first_seen = self._deal.layers[self._layer].first_seen
        moments = {since, *(each.step.start for each in steps), *([first_seen] if first_seen > since else [])}
        ordered = sorted(moment for moment in moments if moment < FUTURE)
        at = 0
        for moment, following in zip(ordered, [*ordered[1:], FUTURE], strict=True):
            while at < len(steps) and steps[at].step.start <= moment:
                folding.take(steps[at].step)
                at += 1
            now: Moment | None = moment
            while now is not None and now < following:
                check()
                state = self._derive(folding.deal, now, named) if first_seen <= now else None
                yield now, state
                now = state.next_transition_at if state is not None else None

    def _derive(self, deal: FoldedDeal, moment: Moment, named: frozenset[str]) -> State:
        past, basis, own = self._deal.past, self._deal.basis(self._layer, moment), self._subject.sections
        chosen = EffectiveEvents((), exists=True)
        called = {slot: entity for slot, entity in deal.entities.items() if slot[1] in named}
        parties = named.union(*map(_texts, called.values())) if called else named
        if Party.KIND not in self._subject.kinds:
            entities = deal.entities.items()
            wanted = {slot: entity for slot, entity in entities if slot[0] != Party.KIND or slot[1] in parties}
            deal = replace(deal, entities=wanted)
        state = past.derive_sections(deal, chosen, basis, *own)
        sections = sorted({ENTITY_TYPES[kind].SECTION for kind, _ in called} - {"", *own})
        if sections:  # what the named entities are called rests on themselves alone
            beside = past.derive_sections(replace(deal, entities=called), chosen, basis, *sections)
            state = replace(state, sections={**beside.sections, **state.sections})
        return state

    def _fold_before(self, since: Moment) -> MergedFold:
        moment, count, folding = self._folded
        if moment > since:
            count, folding = 0, MergedFold(self._bears)
        while count < len(self._steps) and self._steps[count].step.start < since:
            folding.take(self._steps[count].step)
            count += 1
        self._folded = (since, count, folding)
        return folding


def _texts(entity: Entity) -> Iterator[str]:
    """The texts that a field of an entity is, or has as its members: any of them may be an id."""
    for value in vars(entity).values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, str))
