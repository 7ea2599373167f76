"""Ids that turned out to be one: what was said of either is folded as said of the one that stays.

Ids are replaced in the events, and the events are folded again, so no derived value has the other id.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from domain.bitemporal import is_reported
from domain.entities.base import Entity
from domain.entities.identity import Identity
from domain.envelope import RecordedEvent
from domain.erased_event import Erased, known_event
from domain.event import FoldStep
from domain.events.background import EntityMerged
from domain.events.record import RecordCorrected
from domain.fields import conditions
from domain.fields.description import ValueType, describe
from domain.fold import touched
from domain.folded_deal import EntityKey, FoldedDeal
from domain.state_paths import SUFFIX, tokens_of, write

Names = Mapping[str, str]
"""Id that was given up -> the id that stays."""

Rename = Callable[[Any, Names], Any]

NESTED = (dict, list)
"""What in a derived value has members."""


@dataclass(frozen=True, slots=True)
class Merge:
    """That one id was given up for another, and the events that said so."""

    into: str
    because: tuple[str, ...]


def merged(deal: FoldedDeal) -> FoldedDeal:
    """The deal with every merged id under the one that stays; the deal itself where none is merged."""
    if deal.ids_merged or not names_of(_merges(deal.entities)):
        return deal
    folding = MergedFold()
    folding.begin(deal.entities)
    return folding.deal


def _every(_key: EntityKey) -> bool:
    return True


class MergedFold:
    """A fold that is followed step by step, with every merged id under the one that stays.

    What the steps so far have merged decides the names; where that changes, all of them are folded again.
    """

    def __init__(self, takes: Callable[[EntityKey], bool] = _every) -> None:
        """`takes`: which entities are wanted, under every id that they have had."""
        self.takes = takes
        self.entities: dict[EntityKey, Entity] = {}
        """The entities under the ids that events call them by."""
        self._merges: dict[str, Merge] = {}
        self._names: Names = {}
        self._merged: dict[EntityKey, Entity] = {}
        self._merged_by: dict[str, tuple[str, ...]] = {}

    def take(self, step: FoldStep) -> None:
        """Fold the next step."""
        pairs = [pair for pair in touched(self.entities, step) if self.takes(pair[0])]
        self.entities.update(pairs)
        if any(kind == Identity.KIND for (kind, _), _ in pairs) and _merges(self.entities) != self._merges:
            self._fold_again()
        elif self._names:
            self._take_renamed(step)

    def begin(self, entities: Mapping[EntityKey, Entity]) -> None:
        """Go on from entities that were folded under the ids of their events, in place of nothing."""
        self.entities = dict(entities)
        self._fold_again()

    def _fold_again(self) -> None:
        """Fold again, under the names that the steps so far have led to, the entities that any renamed step touches."""
        self._merges = _merges(self.entities)
        self._names = names_of(self._merges)
        self._merged, self._merged_by = {}, {}
        if not self._names:
            return
        steps = {step.id: step for entity in self.entities.values() for step in entity.origin.steps}
        ordered = sorted(steps.values(), key=lambda step: step.key)
        pairs = [(step, _renamed_step(step, self._names, self._merges)) for step in ordered]
        again = {slot for pair in pairs if pair[0] is not pair[1] for step in pair for slot in _slots(step)}
        self._merged = {slot: entity for slot, entity in self.entities.items() if slot not in again}
        for _, renamed in pairs:
            if not again.isdisjoint(_slots(renamed)):
                self._fold(renamed, again.__contains__)

    def _take_renamed(self, step: FoldStep) -> None:
        self._fold(_renamed_step(step, self._names, self._merges), _every)

    def _fold(self, renamed: FoldStep, among: Callable[[EntityKey], bool]) -> None:
        pairs = touched(self._merged, renamed)
        self._merged.update(pair for pair in pairs if among(pair[0]) and self.takes(pair[0]))
        if renamed.merged_by:
            self._merged_by[renamed.id] = renamed.merged_by

    def limited(self, takes: Callable[[EntityKey], bool]) -> "MergedFold":
        """A fold of its own that goes on from here, with some of the entities alone."""
        found = MergedFold(takes)
        found.entities = {key: entity for key, entity in self.entities.items() if takes(key)}
        found._merged = {key: entity for key, entity in self._merged.items() if takes(key)}
        found._merges, found._names, found._merged_by = self._merges, self._names, dict(self._merged_by)
        return found

    def copy(self) -> "MergedFold":
        """A fold of its own that goes on from here."""
        return self.limited(self.takes)

    @property
    def deal(self) -> FoldedDeal:
        """The deal as folded so far; it changes with the next step."""
        if not self._names:
            return FoldedDeal(self.entities, ids_merged=True)
        return FoldedDeal(self._merged, self._merged_by, ids_merged=True)


def ids_merged_by(lines: Iterable[RecordedEvent]) -> dict[str, frozenset[str]]:
    """Each id that some event merged with another, as recorded or as corrected, with all ids that may be the same."""
    groups: dict[str, frozenset[str]] = {}
    merges: dict[str, set[str]] = {}
    for line in lines:
        event = known_event(line.event)
        if isinstance(event, EntityMerged):
            ids = merges.setdefault(line.id, set())
            ids |= {event.merged, event.into}
        elif isinstance(event, RecordCorrected) and event.event_id in merges:
            ids = merges[event.event_id]
            ids |= {value for value in event.changes.values() if isinstance(value, str)}
        else:
            continue
        group = frozenset(ids).union(*(groups.get(each, frozenset()) for each in ids))
        groups.update(dict.fromkeys(group, group))
    return groups


def with_merges(value: Any, merged_by: Mapping[str, tuple[str, ...]]) -> Any:
    """A value in which every list of causes also names the merges by which ids in these events were renamed."""
    if isinstance(value, list):
        return [with_merges(each, merged_by) if isinstance(each, NESTED) else each for each in value]
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for name, each in value.items():
        if isinstance(each, list) and (name == "because" or name.endswith(SUFFIX)):
            if not merged_by.keys().isdisjoint(each):
                merges = (merge for event in each for merge in merged_by.get(event, ()))
                found[name] = list(dict.fromkeys((*each, *merges)))
        elif isinstance(each, NESTED):
            found[name] = with_merges(each, merged_by)
    return found


def _merges(entities: Mapping[EntityKey, Entity]) -> dict[str, Merge]:
    """What facts have merged, by the id that was given up."""
    merges: dict[str, Merge] = {}
    for entity_key, entity in entities.items():
        if entity_key[0] == Identity.KIND and isinstance(entity, Identity) and entity.origin.facts:
            known = entity.origin.facts_only if isinstance(entity.origin.facts_only, Identity) else entity
            if known.into is not None:
                merges[entity.id] = Merge(known.into, known.origin.causes.get("into", ()))
    return merges


def names_of(merges: Mapping[str, Merge]) -> Names:
    """Every merged id with the one that stays, chains followed to their end; ids of a circle stay as they are."""
    into = {name: each.into for name, each in merges.items()}
    ends = {name: end_of(name, into) for name in into}
    return {name: end for name, end in ends.items() if end is not None}


def end_of(name: str, into: Mapping[str, str]) -> str | None:
    """The id that a name finally resolves to; None where the merges are circular."""
    seen = {name}
    while name in into:
        name = into[name]
        if name in seen:
            return None
        seen.add(name)
    return name


def _slots(step: FoldStep) -> list[EntityKey]:
    return [(kind.KIND, name) for kind, name in step.event.touches(step.id)]


def _renamed_step(step: FoldStep, names: Names, merges: Mapping[str, Merge]) -> FoldStep:
    event = step.event
    if isinstance(event, EntityMerged):
        return step
    actor = names.get(step.actor, step.actor) if step.actor else None
    renamed = _renamed(event, names)
    if renamed is event and actor == step.actor:
        return step
    because = [each for name in names if _mentions(step, name) for each in _chain(name, merges)]
    return replace(
        step,
        event=renamed,
        actor=actor,
        reported=is_reported(renamed, step.attribution, actor),
        merged_by=tuple(dict.fromkeys(because)),
    )


def _mentions(step: FoldStep, name: str) -> bool:
    """Whether a step names an id that was merged."""
    return step.actor == name or _renamed(step.event, {name: name + "'"}) != step.event


def _chain(name: str, merges: Mapping[str, Merge]) -> Iterator[str]:
    """The events by which an id came to stand for another, and that one for the next."""
    while (merge := merges.get(name)) is not None:
        yield from merge.because
        name = merge.into


def _renamed(value: Any, names: Names) -> Any:
    """An event, or a value with parts, with the ids in it renamed; itself where it has none of them."""
    if isinstance(value, Erased):
        original = _renamed(value.original, names) if value.original is not None else None
        paths = tuple(write(names.get(token, token) for token in tokens_of(path)) for path in value.paths)
        return replace(value, original=original, paths=paths)
    changes = {}
    cls: Any = type(value)
    for name, rename in _renames(cls):
        was = getattr(value, name)
        now = rename(was, names) if was is not None else None
        if now != was:
            changes[name] = now
    return replace(value, **changes) if changes else value


@cache
def _renames(cls: Any) -> tuple[tuple[str, Rename], ...]:
    """The fields of a class that name entities, each with how to rename it."""
    found = ((field.name, _rename(field.types)) for field in describe(cls).values())
    return tuple((name, rename) for name, rename in found if rename is not None)


def _rename(types: tuple[ValueType, ...]) -> Rename | None:
    return next((found for each in types if (found := _rename_of(each)) is not None), None)


def _rename_of(kind: ValueType) -> Rename | None:
    if (form := kind.text_format) is not None:
        if form.check is conditions.parse:
            return _condition
        return _name if form.reference is not None else None
    if kind.is_list:
        inner = _rename(kind.items)
        return (lambda values, names: _each(inner, values, names)) if inner is not None else None
    if kind.python_type is dict:
        return _anywhere
    return _renamed if kind.nested is not None and _renames(kind.nested) else None


def _name(text: str, names: Names) -> str:
    return names.get(text, text)


def _condition(text: str, names: Names) -> str:
    condition = conditions.parse(text)
    return str(replace(condition, ref=_name(condition.ref, names)))


def _each(rename: Rename, values: Iterable[Any], names: Names) -> tuple[Any, ...]:
    """The values renamed; of names that have become one, the first."""
    renamed = [rename(value, names) for value in values]
    return tuple(value for index, value in enumerate(renamed) if value not in renamed[:index])


def _anywhere(value: Any, names: Names) -> Any:
    """A map of changes: a text in it that is such an id is taken for one."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_anywhere(each, names) for each in value]
    if isinstance(value, dict):
        return {name: _anywhere(each, names) for name, each in value.items()}
    return value
