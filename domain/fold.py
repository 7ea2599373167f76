"""History is a fold, by entity: an event changes the entities it touches and no other.

Facts and reports fold together. A report fills what no fact has set; it does not change a value that a fact has set,
and the entity as it would be if the report were true is stored beside it (`Provenance.as_reported`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.entities.base import Entity, Erasure, Provenance
from domain.entities.deadline import Deadline, Shift
from domain.erased_event import Erased
from domain.event import Event, FoldStep
from domain.folded_deal import EntityKey, FoldedDeal
from domain.json_equality import equal
from domain.state_paths import write

UNOPENED = FoldedDeal({})


def fold(steps: Iterable[FoldStep], deal: FoldedDeal = UNOPENED) -> FoldedDeal:
    """Replay `steps`, in fold order, onto `deal`. Any subset of a history folds."""
    entities = dict(deal.entities)
    for step in steps:
        entities.update(touched(entities, step))
    return FoldedDeal(entities)


def fold_entity(entity_key: EntityKey, steps: Iterable[FoldStep], entity: Entity | None = None) -> Entity | None:
    """One entity by the steps that touch it, from nothing or from what the steps before have made of it; None where
    none does."""
    entities: dict[EntityKey, Entity] = {} if entity is None else {entity_key: entity}
    for step in steps:
        for touched_key, entity in touched(entities, step):
            if touched_key == entity_key:
                entities[entity_key] = entity
    return entities.get(entity_key)


def evolve(deal: FoldedDeal, step: FoldStep) -> FoldedDeal:
    """One step through history."""
    return fold((step,), deal)


def touched(entities: Mapping[EntityKey, Entity], step: FoldStep) -> list[tuple[EntityKey, Entity]]:
    """What one step makes of the entities it touches."""
    event = step.event
    after = []
    for kind, entity_id in event.touches(step.id):
        entity_key = (kind.KIND, entity_id)
        before = entities.get(entity_key) or kind(id=entity_id)
        moved = (
            _after_erased(before, event, step, entity_key) if isinstance(event, Erased) else _after(before, event, step)
        )
        after.append((entity_key, moved))
    return after


def _after_erased(before: Entity, event: Erased, step: FoldStep, entity_key: EntityKey) -> Entity:
    """An entity after an event that was erased, wholly or in what it set: its erased fields are noted."""
    known = event.original
    stands = known is not None and entity_key in {(kind.KIND, entity_id) for kind, entity_id in known.touches(step.id)}
    after = _after(before, known if known is not None and stands else event, step)
    paths = event.paths_in(entity_key)
    if not paths:
        return after
    origin = after.origin
    if not step.reported and origin.facts_only is not None:
        after = after.replace(origin=replace(origin, facts_only=_with_erasure(origin.facts_only, paths, event, step)))
    return _with_erasure(after, paths, event, step)


def _with_erasure(entity: Entity, paths: tuple[str, ...], event: Erased, step: FoldStep) -> Entity:
    mark, was = Erasure(step.key, event.because), entity.origin.erased
    erased = {**was, **{path: (*was.get(path, ()), mark) for path in paths}}
    if isinstance(entity, Deadline) and write(("deadlines", entity.id, "due")) in paths:
        moved = Shift(id=step.id, since=step.since, start=step.start, by=None, erased=True)
        entity = entity.replace(shifts=(*entity.shifts, moved))
    return entity.replace(origin=replace(entity.origin, erased=erased))


def _erased_by_facts(origin: Provenance, reports: frozenset[str]) -> Mapping[str, tuple[Erasure, ...]]:
    """What erased facts had set; what erased reports had, they take with them."""
    facts = (
        (path, tuple(each for each in erasures if reports.isdisjoint(each.because)))
        for path, erasures in origin.erased.items()
    )
    return {path: erasures for path, erasures in facts if erasures}


def _differing(one: Entity, other: Entity) -> list[str]:
    """The fields in which two states of an entity differ, what it owes to which event left aside."""
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


def _after(before: Entity, event: Event, step: FoldStep) -> Entity:
    after = _applied(before, event, step)
    changed = _differing(before, after)
    was = before.origin
    if not step.reported:
        as_reported = was.as_reported
        if as_reported is not None:
            as_reported = _apply_as_reported(as_reported, event, step)
            if not _differing(as_reported, after):
                as_reported = None
        by_report = _not_set_by_facts(was.by_report, changed)
        by_fact = was.by_fact if was.by_fact.issuperset(changed) else was.by_fact.union(changed)
        facts_only = _facts_only(before, event, step, after)
        causes = _causes(before, after, step, changed)
        return after.replace(origin=_provenance(was, step, causes, True, by_fact, by_report, as_reported, facts_only))
    kind = type(before)
    stand = was.by_fact | kind.HARD if was.facts and not kind.OWN_LAYERS else frozenset()
    refused = [name for name in changed if name in stand]
    as_reported = was.as_reported
    if refused or as_reported is not None:
        base = as_reported or before.replace(origin=Provenance(causes=was.causes, by_report=was.by_report))
        as_reported = _apply_as_reported(base, event, step)
    accepted = [name for name in changed if name not in stand]
    main = after.replace(**{name: getattr(before, name) for name in refused}) if refused else after
    by_report = {**was.by_report, **dict.fromkeys(accepted, (step.id, step.grade))}
    facts_only = was.facts_only
    if facts_only is None and accepted and was.facts and not kind.BY_CLAIM:
        facts_only = _without_reports(before)
    causes = _causes(before, after, step, accepted)
    return main.replace(
        origin=_provenance(was, step, causes, was.facts, was.by_fact, by_report, as_reported, facts_only)
    )


def _facts_only(before: Entity, event: Event, step: FoldStep, after: Entity) -> Entity | None:
    """The entity by its facts alone after one more of them; None where that is `after` itself."""
    was = before.origin
    if before.BY_CLAIM or (was.facts_only is None and (was.facts or not was.because)):
        return None
    facts_only = _after(was.facts_only or type(before)(id=before.id), event, step)
    return facts_only if _differing(facts_only, after) else None


def facts_only(deal: FoldedDeal) -> FoldedDeal:
    """The deal without any report; what belongs to claims stays, and the derivation leaves it out."""
    entities = {}
    for entity_key, entity in deal.entities.items():
        if entity.BY_CLAIM:
            entities[entity_key] = entity
        elif entity.origin.facts:
            entities[entity_key] = _without_reports(entity.origin.facts_only or entity)
    return replace(deal, entities=entities)


def _without_reports(entity: Entity) -> Entity:
    origin = entity.origin
    if not origin.reports:
        return entity
    reports = frozenset(origin.reports)
    facts = [index for index, event_id in enumerate(origin.because) if event_id not in reports]
    return entity.replace(
        origin=replace(
            origin,
            because=tuple(origin.because[index] for index in facts),
            keys=tuple(origin.keys[index] for index in facts),
            anomalies=tuple(each for each in origin.anomalies if each[0] not in reports),
            by_report={},
            as_reported=None,
            facts_only=None,
            reports=(),
            erased=_erased_by_facts(origin, reports),
        )
    )


def _apply_as_reported(as_reported: Entity, event: Event, step: FoldStep) -> Entity:
    """The entity as if every report were true, after one more event, fact or report."""
    after = _applied(as_reported, event, step)
    changed = _differing(as_reported, after)
    was = as_reported.origin
    by_report = _not_set_by_facts(was.by_report, changed)
    if step.reported:
        by_report = {**by_report, **dict.fromkeys(changed, (step.id, step.grade))}
    causes = _causes(as_reported, after, step, changed)
    return after.replace(origin=_provenance(was, step, causes, False, frozenset(), by_report, None))


def _causes(before: Entity, after: Entity, step: FoldStep, changed: list[str]) -> dict[str, tuple[str, ...]]:
    """The events to which each changed field is owed: this one, after those before it where the field is built up."""
    own = (*step.merged_by, step.id)
    causes = dict.fromkeys(changed, own)
    built_up = before.BUILT_UP
    for name in changed:
        if name in built_up and getattr(before, name) and getattr(after, name):
            causes[name] = (*before.origin.causes.get(name, ()), *own)
    return causes


def _not_set_by_facts(
    by_report: Mapping[str, tuple[str, str | None]], changed: list[str]
) -> Mapping[str, tuple[str, str | None]]:
    """What is still owed to reports after facts have set these fields."""
    return {name: by for name, by in by_report.items() if name not in changed} if by_report else by_report


def _provenance(
    was: Provenance,
    step: FoldStep,
    changed: Mapping[str, tuple[str, ...]],
    facts: bool,
    by_fact: frozenset[str],
    by_report: Mapping[str, tuple[str, str | None]],
    as_reported: Entity | None,
    facts_only: Entity | None = None,
) -> Provenance:
    event_id = step.id
    causes = {**was.causes, **changed} if changed else was.causes
    because = (*was.because, event_id)
    keys = (*was.keys, step.key)
    own = step.anomalies
    anomalies = (*was.anomalies, *((event_id, rule) for rule in own)) if own else was.anomalies
    reports = (*was.reports, event_id) if step.reported else was.reports
    steps = (*was.steps, step)
    return Provenance(
        because, causes, facts, by_fact, by_report, as_reported, facts_only, reports, keys, anomalies, was.erased, steps
    )
