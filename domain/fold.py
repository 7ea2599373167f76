"""History is a fold, by thing: an event changes the things it touches and no other.

Facts and reports fold together. A report fills what no fact has said; where a fact stands, the report changes nothing
and the thing as it would be if the report were true is kept beside it, as its shadow.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC

from domain.entities.base import Entity, Erasure, Key, Occurrence, Provenance
from domain.entities.deadline import Deadline, Shift
from domain.envelope import RecordedEvent
from domain.erasure import Erased
from domain.event import Event
from domain.json_equality import equal
from domain.state_paths import write
from domain.time.edtf import Moment

EntityKey = tuple[str, str]
"""Kind and id of a thing."""


@dataclass(frozen=True, slots=True)
class FoldStep:
    """A line in its place: the moment from which it counts, its key in fold order, fact or report."""

    line: RecordedEvent
    key: Key
    reported: bool

    @property
    def id(self) -> str:
        return self.line.id

    @property
    def event(self) -> Event:
        return self.line.payload.data

    @property
    def start(self) -> Moment:
        return self.key[0]

    @property
    def since(self) -> str:
        """The day from which it counts, as written."""
        return (self.line.effective or self.line.occurred).text

    @property
    def grade(self) -> str | None:
        return self.line.payload.grade

    @property
    def retroactive(self) -> bool:
        """Whether it took effect before the day on which it occurred."""
        effective = self.line.effective
        return effective is not None and effective.closes(UTC) < self.line.occurred.opens(UTC)

    def mark(self, value: object = None) -> Occurrence:
        return Occurrence(self.key, self.since, self.id, value, self.reported)


@dataclass(frozen=True, slots=True)
class Deal:
    """A negotiation folded up to some place: every thing its events touched, by kind and id."""

    things: Mapping[EntityKey, Entity]


UNOPENED = Deal({})


def fold(steps: Iterable[FoldStep], deal: Deal = UNOPENED) -> Deal:
    """Replay `steps`, in fold order, onto `deal`. Any subset of a history folds."""
    things = dict(deal.things)
    for step in steps:
        things.update(touched(things, step))
    return Deal(things)


def fold_thing(slot: EntityKey, steps: Iterable[FoldStep]) -> Entity | None:
    """One thing from nothing, by the steps that touch it; None where none does."""
    things: dict[EntityKey, Entity] = {}
    for step in steps:
        for touched_slot, thing in touched(things, step):
            if touched_slot == slot:
                things[slot] = thing
    return things.get(slot)


def evolve(deal: Deal, step: FoldStep) -> Deal:
    """One step through history."""
    return fold((step,), deal)


def touched(things: Mapping[EntityKey, Entity], step: FoldStep) -> list[tuple[EntityKey, Entity]]:
    """What one step makes of the things it touches."""
    event = step.line.payload.data
    after = []
    for kind, thing_id in event.touches(step.line.id):
        slot = (kind.KIND, thing_id)
        before = things.get(slot) or kind(id=thing_id)
        moved = _marked(before, event, step, slot) if isinstance(event, Erased) else _moved(before, event, step)
        after.append((slot, moved))
    return after


def _marked(before: Entity, event: Erased, step: FoldStep, slot: EntityKey) -> Entity:
    """A thing after an event that was erased, wholly or in what it set: it is noted what can no longer be known."""
    known = event.original
    stands = known is not None and slot in {(kind.KIND, thing_id) for kind, thing_id in known.touches(step.id)}
    after = _moved(before, known if known is not None and stands else event, step)
    paths = event.paths_in(slot)
    if not paths:
        return after
    origin = after.origin
    if not step.reported and origin.alone is not None:
        after = after.replace(origin=replace(origin, alone=_noted(origin.alone, paths, event, step)))
    return _noted(after, paths, event, step)


def _noted(thing: Entity, paths: tuple[str, ...], event: Erased, step: FoldStep) -> Entity:
    mark, was = Erasure(step.key, event.because), thing.origin.erased
    erased = {**was, **{path: (*was.get(path, ()), mark) for path in paths}}
    if isinstance(thing, Deadline) and write(("deadlines", thing.id, "due")) in paths:
        moved = Shift(id=step.id, since=step.since, start=step.start, by=None, erased=True)
        thing = thing.replace(shifts=(*thing.shifts, moved))
    return thing.replace(origin=replace(thing.origin, erased=erased))


def _erased_by_facts(origin: Provenance, reports: frozenset[str]) -> Mapping[str, tuple[Erasure, ...]]:
    """What erased facts had set; what erased reports had, they take with them."""
    facts = (
        (path, tuple(each for each in erasures if reports.isdisjoint(each.because)))
        for path, erasures in origin.erased.items()
    )
    return {path: erasures for path, erasures in facts if erasures}


def _differing(one: Entity, other: Entity) -> list[str]:
    """The fields in which two states of a thing differ, what it owes to which event left aside."""
    if one is other:
        return []
    theirs = other.__dict__
    return [
        name
        for name, mine in one.__dict__.items()
        if mine is not theirs[name] and name != "origin" and not equal(mine, theirs[name])
    ]


def _applied(before: Entity, event: Event, step: FoldStep) -> Entity:
    after: Entity = event.apply(before, step)
    if event.CREATES and not after.created and event.ABOUT is type(before):
        return after.replace(created=True)
    return after


def _moved(before: Entity, event: Event, step: FoldStep) -> Entity:
    after = _applied(before, event, step)
    changed = _differing(before, after)
    was = before.origin
    if not step.reported:
        shadow = was.shadow
        if shadow is not None:
            shadow = _told(shadow, event, step)
            if not _differing(shadow, after):
                shadow = None
        by_report = _settled(was.by_report, changed)
        by_fact = was.by_fact.union(changed)
        alone = _alone(before, event, step, after)
        return after.replace(origin=_with(was, step, changed, True, by_fact, by_report, shadow, alone))
    kind = type(before)
    stand = was.by_fact | kind.HARD if was.facts and not kind.OWN_LAYERS else frozenset()
    refused = [name for name in changed if name in stand]
    shadow = was.shadow
    if refused or shadow is not None:
        base = shadow or before.replace(origin=Provenance(causes=was.causes, by_report=was.by_report))
        shadow = _told(base, event, step)
    accepted = [name for name in changed if name not in stand]
    main = after.replace(**{name: getattr(before, name) for name in refused}) if refused else after
    by_report = {**was.by_report, **dict.fromkeys(accepted, (step.line.id, step.line.payload.grade))}
    alone = was.alone
    if alone is None and accepted and was.facts and not kind.BY_CLAIM:
        alone = _without_reports(before)
    return main.replace(origin=_with(was, step, accepted, was.facts, was.by_fact, by_report, shadow, alone))


def _alone(before: Entity, event: Event, step: FoldStep, after: Entity) -> Entity | None:
    """The thing by its facts alone after one more of them; None where that is `after` itself."""
    was = before.origin
    if before.BY_CLAIM or (was.alone is None and (was.facts or not was.because)):
        return None
    alone = _moved(was.alone or type(before)(id=before.id), event, step)
    return alone if _differing(alone, after) else None


def facts_alone(deal: Deal) -> Deal:
    """The deal as it stands without any report; what belongs to claims stays, and the derivation leaves it out."""
    things = {}
    for slot, thing in deal.things.items():
        if thing.BY_CLAIM:
            things[slot] = thing
        elif thing.origin.facts:
            things[slot] = _without_reports(thing.origin.alone or thing)
    return Deal(things)


def _without_reports(thing: Entity) -> Entity:
    origin = thing.origin
    if not origin.reports:
        return thing
    reports = frozenset(origin.reports)
    facts = [index for index, event_id in enumerate(origin.because) if event_id not in reports]
    return thing.replace(
        origin=replace(
            origin,
            because=tuple(origin.because[index] for index in facts),
            keys=tuple(origin.keys[index] for index in facts),
            odd=tuple(each for each in origin.odd if each[0] not in reports),
            by_report={},
            shadow=None,
            alone=None,
            reports=(),
            erased=_erased_by_facts(origin, reports),
        )
    )


def _told(shadow: Entity, event: Event, step: FoldStep) -> Entity:
    """A shadow takes fact and report alike: it is the thing as if every report were true."""
    after = _applied(shadow, event, step)
    changed = _differing(shadow, after)
    was = shadow.origin
    by_report = _settled(was.by_report, changed)
    if step.reported:
        by_report = {**by_report, **dict.fromkeys(changed, (step.line.id, step.line.payload.grade))}
    return after.replace(origin=_with(was, step, changed, False, frozenset(), by_report, None))


def _settled(
    by_report: Mapping[str, tuple[str, str | None]], changed: list[str]
) -> Mapping[str, tuple[str, str | None]]:
    """What is still owed to reports after facts have set these fields."""
    return {name: by for name, by in by_report.items() if name not in changed} if by_report else by_report


def _with(
    was: Provenance,
    step: FoldStep,
    changed: list[str],
    facts: bool,
    by_fact: frozenset[str],
    by_report: Mapping[str, tuple[str, str | None]],
    shadow: Entity | None,
    alone: Entity | None = None,
) -> Provenance:
    event_id = step.line.id
    causes = {**was.causes, **dict.fromkeys(changed, (event_id,))} if changed else was.causes
    because = (*was.because, event_id)
    keys = (*was.keys, step.key)
    odd = (*was.odd, (event_id, "retroactive")) if step.retroactive else was.odd
    reports = (*was.reports, event_id) if step.reported else was.reports
    steps = (*was.steps, step)
    return Provenance(because, causes, facts, by_fact, by_report, shadow, alone, reports, keys, odd, was.erased, steps)
