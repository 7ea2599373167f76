"""What is known of a deal, version by version: from which valid time each version acts, and the states from there on.

A version that corrects, voids or reinstates acts from the first moment of what it is about, before or after; any other
from its own first moment. Only the events on which a subject depends are folded, and time is walked from there.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter

from domain.basis import Basis, Layer
from domain.bitemporal import EffectiveEvents, PlacedEvent, fold_key
from domain.corrections import is_about_record
from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.entities.party import Party
from domain.entity_merge import MergedFold, ids_merged_by
from domain.envelope import RecordedEvent
from domain.erased_event import known_event
from domain.events.background import EntityMerged
from domain.events.deal import DealOpened
from domain.events.record import RecordCorrected
from domain.folded_deal import EntityKey, FoldedDeal
from domain.state import State
from domain.time.instants import FUTURE, Moment
from projections.cancellation import check
from projections.tables.subjects import ONE, Relations, Subject
from projections.tables.timelines import Key
from projections.temporal.recorded_deal import RecordedDeal

CHECKPOINT_STEPS = 64
"""Steps of a walk between two folds that are held, to go on from where a late event acts."""


@dataclass
class KnownLayer:
    """The developments of one layer that are known, by id, and when the first of them is seen."""

    layer: Layer
    placed: dict[str, PlacedEvent] = field(default_factory=dict)
    unmade: bool = False
    first_seen: Moment = FUTURE

    def exchange(self, out: Iterable[PlacedEvent], into: Iterable[PlacedEvent]) -> None:
        """Take developments out and put others in."""
        out = tuple(out)
        for each in out:
            del self.placed[each.step.id]
        for each in into:
            self.placed[each.step.id] = each
            self.first_seen = min(self.first_seen, each.seen)
        if out:
            self.first_seen = min((each.seen for each in self.placed.values()), default=FUTURE)


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
        self._relations: dict[Subject, Relations] = {}
        self._walks: dict[Subject, dict[Layer, SubjectWalk]] = {}

    @cached_property
    def same(self) -> dict[str, frozenset[str]]:
        """Each id that is ever merged, with all that may be the same."""
        return ids_merged_by(self.past.lines)

    def walks(self, subject: Subject) -> Mapping[Layer, "SubjectWalk"]:
        """The walks over the subjects of one sort, by layer: from what is known at this version on."""
        if subject not in self._walks:
            relations = self._relations[subject] = Relations(subject, self.past.lines, self.same)
            made = self._walks[subject] = {layer: SubjectWalk(self, layer, relations) for layer in self.layers}
            for layer, walk in made.items():
                walk.follow(Change((), tuple(self.layers[layer].placed.values())))
        return self._walks[subject]

    def extend(self, past: RecordedDeal) -> bool:
        """Go on with more of the same record; False where that changes how what is known so far is related."""
        count, lines = len(self.past.lines), past.lines
        if len(lines) < count or past.zone != self.past.zone or lines[count - 1] is not self.past.lines[-1]:
            return False
        more = lines[count:]
        if any(isinstance(known_event(line.event), EntityMerged | RecordCorrected) for line in more):
            return False
        self.past = self.past.with_lines(lines)
        return all(relations.extend(more) for relations in self._relations.values())

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

    def __init__(self, deal: KnownDeal, layer: Layer, relations: Relations) -> None:
        self._deal, self._layer, self._relations, self._subject = deal, layer, relations, relations.subject
        self._steps: list[PlacedEvent] = []
        self._reports: dict[str, list[EntityKey]] = {}
        """The reports among the steps by id, each with the entities that it touches."""
        self._owned: dict[Key, None] = {} if self._subject.own else {ONE: None}
        """Every subject that any event was about."""
        self._folded: tuple[int, MergedFold] = (0, MergedFold(relations.bears))
        """How many steps are folded, and into which entities."""
        self._checkpoints: list[tuple[int, MergedFold]] = []
        """Folds that are held, by the number of their steps: of fewer or of more than are folded."""

    def follow(self, change: Change) -> list[tuple[PlacedEvent, list[EntityKey]]]:
        """Take developments out and put others in; those of them that bear on any subject, with the entities that they
        touch."""
        out, into = (
            [(each, slots) for each in part if (slots := self._relations.slots(each.step))]
            for part in (change.out, change.into)
        )
        places = [*(self._take_out(placed) for placed, _ in out), *(self._put_in(placed) for placed, _ in into)]
        self._reports.update((placed.step.id, slots) for placed, slots in into if placed.step.reported)
        first = min(places, default=len(self._steps))
        del self._checkpoints[bisect_right(self._checkpoints, first, key=itemgetter(0)) :]
        if first < self._folded[0]:
            self._folded = (0, MergedFold(self._relations.bears))
        about = [*out, *into]
        if self._subject.own:
            for _, slots in about:
                self._owned.update(dict.fromkeys(self._relations.own(slots)))
        return about

    def exchange(self, change: Change) -> dict[Key, Moment]:
        """Take developments out and put others in; the subjects that this may change, and from which moment on each."""
        every: list[Moment] = [*change.seen]
        since: dict[Key, Moment] = {}
        for placed, slots in self.follow(change):
            start = placed.step.start
            if any(kind in self._subject.kinds for kind, _ in slots):
                every.append(start)
            for key in (*self._relations.own(slots), *self._relations.touched(slots, self._owned)):
                since[key] = min(start, since.get(key, start))
        if every:
            first = min(every)
            since = {name: min(first, since.get(name, first)) for name in self._owned}
        return {name: moment for name, moment in since.items() if moment < FUTURE}

    def has_reports_on(self, subject: Key) -> bool:
        """Whether any report bears on a subject: without one it is the same in both layers."""
        bears = self._relations.bearing_on(subject) if self._reports else None
        return bears is not None and any(any(map(bears, slots)) for slots in self._reports.values())

    def _take_out(self, placed: PlacedEvent) -> int:
        """Take a step out; the place that it had."""
        self._reports.pop(placed.step.id, None)
        place = bisect_left(self._steps, fold_key(placed), key=fold_key)
        del self._steps[place]
        return place

    def _put_in(self, placed: PlacedEvent) -> int:
        """Put a step in; the place that it has."""
        place = bisect_left(self._steps, fold_key(placed), key=fold_key)
        self._steps.insert(place, placed)
        return place

    def states(self, since: Moment, subject: Key) -> Iterator[tuple[Moment, State | None]]:
        """The states of a subject from a moment on, each with the moment from which it holds; None where there is no
        deal."""
        count, folding = self._fold_to(since)
        steps = self._steps[count:]
        bears, named = self._relations.bearing_on(subject), self._relations.names(subject)
        folding = folding.limited(bears)
        steps = [each for each in steps if any(map(bears, self._relations.slots(each.step)))]
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
        past, basis, subject = self._deal.past, self._deal.basis(self._layer, moment), self._subject
        chosen = EffectiveEvents((), exists=True)
        called = _called(deal, named)
        if Party.KIND not in subject.kinds:
            parties = named.union(*map(_texts, called.values()))
            entities = deal.entities.items()
            wanted = {slot: entity for slot, entity in entities if slot[0] != Party.KIND or slot[1] in parties}
            deal = replace(deal, entities=wanted)
        state = past.derive_sections(deal, chosen, basis, *subject.sections)
        if subject.listed is not None:
            called = _called(deal, frozenset(subject.listed(state.sections)))
            parties = frozenset[str]().union(*map(_texts, called.values()))
            called |= {slot: entity for slot, entity in _called(deal, parties).items() if slot[0] == Party.KIND}
        sections = sorted({ENTITY_TYPES[kind].SECTION for kind, _ in called} - {"", *state.sections})
        if sections:  # what the named entities are called rests on themselves alone
            beside = past.derive_sections(replace(deal, entities=called), chosen, basis, *sections)
            state = replace(state, sections={**beside.sections, **state.sections})
        return state

    def _fold_to(self, moment: Moment) -> tuple[int, MergedFold]:
        """The fold of the steps up to a moment, inclusive, and their number."""
        wanted = bisect_right(self._steps, moment, key=lambda each: each.step.start)
        held = self._checkpoints[: bisect_right(self._checkpoints, wanted, key=itemgetter(0))]
        count, folding = self._folded
        if count > wanted or (held and held[-1][0] > count):
            count, folding = (held[-1][0], held[-1][1].copy()) if held else (0, MergedFold(self._relations.bears))
        for each in self._steps[count:wanted]:
            folding.take(each.step)
            count += 1
            if count % CHECKPOINT_STEPS == 0 and count > (self._checkpoints[-1][0] if self._checkpoints else 0):
                self._checkpoints.append((count, folding.copy()))
        self._folded = (count, folding)
        return count, folding


def _called(deal: FoldedDeal, ids: frozenset[str]) -> dict[EntityKey, Entity]:
    """The entities of a deal that have one of these ids."""
    return {slot: entity for slot, entity in deal.entities.items() if slot[1] in ids} if ids else {}


def _texts(entity: Entity) -> Iterator[str]:
    """The texts that a field of an entity is, or has as its members: any of them may be an id."""
    for value in vars(entity).values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, str))
