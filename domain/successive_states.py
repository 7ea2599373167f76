"""States of a deal at one moment, each derived from the one before: what no change bears on is not derived again.

A section declares the kinds of entities that it depends on. Of a section whose entries are separate, the entries of the
changed entities are derived and exchanged.
"""

from collections.abc import Mapping, Set
from datetime import tzinfo
from typing import Any

from domain.basis import Basis
from domain.bitemporal import EffectiveEvents
from domain.entities.base import Entity
from domain.entities.deadline import Deadline
from domain.entities.deal import DealEntity
from domain.entities.identity import Identity
from domain.entities.statement import Claim
from domain.folded_deal import EntityKey, FoldedDeal
from domain.sections.context import Entry
from domain.sections.section import Section
from domain.state import SECTIONS, Layer, State, derive
from domain.time.calendars import Calendars

ALWAYS = frozenset({DealEntity.KIND, Claim.KIND, Identity.KIND})
"""The kinds that every section depends on: what belongs to a claim counts for the facts once that is confirmed, and ids
may be merged."""

Entities = Mapping[EntityKey, Entity]


class SuccessiveStates:
    """States of one deal on bases that differ in what is known alone. They share what they have in common, and do not
    have the next transition by time."""

    def __init__(self, basis: Basis, *, deal_id: str, zone: tzinfo, calendars: Calendars) -> None:
        self._basis = basis
        self._given: dict[str, Any] = {"deal_id": deal_id, "zone": zone, "calendars": calendars}
        self._entities: Entities = {}
        self._last: State | None = None

    def derive(self, deal: FoldedDeal, chosen: EffectiveEvents) -> State:
        """The next state, that of a folded deal."""
        entities = dict(deal.entities)
        known = self._known(entities, chosen)
        found = derive(FoldedDeal(entities), chosen, self._basis, known=known, **self._given)
        self._last, self._entities = found, entities
        return found

    def _known(self, entities: Entities, chosen: EffectiveEvents) -> tuple[Layer, ...]:
        """What the next state has in common with the last one by layer; nothing where all of it is derived again."""
        last, before = self._last, self._entities
        if last is None or not (last.chosen.exists and chosen.exists):
            return ()
        changed = {key for key in entities.keys() | before.keys() if entities.get(key) is not before.get(key)}
        kinds = {kind for kind, _ in changed}
        if not kinds.isdisjoint(ALWAYS) or not _alike(entities, before):
            return ()
        due_dates = kinds.isdisjoint((SECTIONS[Deadline.SECTION].depends_on or kinds) - {Deadline.KIND})
        layers = tuple(Layer({}, layer.due_dates if due_dates else {}) for layer in last.layers)
        for section in SECTIONS.values():
            bearing = kinds if section.depends_on is None else kinds & section.depends_on
            if section.depends_on is not None and not bearing:
                for layer, held in zip(layers, last.layers, strict=True):
                    layer.sections[section.name] = held.sections[section.name]
            elif section.separate and section.entity is not None and bearing == {section.entity.KIND}:
                ids = {each for kind, each in changed if kind == section.entity.KIND}
                parts = self._entries(section, ids, entities, chosen)
                for number, (layer, held) in enumerate(zip(layers, last.layers, strict=True)):
                    part = parts[min(number, len(parts) - 1)]
                    layer.sections[section.name] = _exchanged(held.sections[section.name], ids, part)
        return layers

    def _entries(self, section: Section, ids: Set[str], entities: Entities, chosen: EffectiveEvents) -> list[Entry]:
        """A section as it is of these entities of its own kind alone, by layer."""
        own = section.entity.KIND if section.entity is not None else ""
        kinds = ALWAYS | (section.depends_on or frozenset())
        bearing = {
            (kind, entity_id): entity
            for (kind, entity_id), entity in entities.items()
            if kind in kinds and (kind != own or entity_id in ids)
        }
        part = derive(FoldedDeal(bearing), chosen, self._basis, only=(section.name,), **self._given)
        return [layer.sections[section.name] for layer in part.layers]


def _alike(entities: Entities, before: Entities) -> bool:
    """Whether neither deal was erased from or had ids merged, and reports bear on both or on neither."""
    reported = [any(each.origin.reports for each in held.values()) for held in (entities, before)]
    plain = not any(kind == Identity.KIND for kind, _ in entities)
    return (
        plain
        and reported[0] == reported[1]
        and not any(each.origin.erased for held in (entities, before) for each in held.values())
    )


def _exchanged(section: Entry, ids: Set[str], part: Entry) -> Entry:
    """A section with the entries of these entities from a part of it, in order of id."""
    held = {name: entry for name, entry in section.items() if name not in ids} | part
    return {name: held[name] for name in sorted(held)}
