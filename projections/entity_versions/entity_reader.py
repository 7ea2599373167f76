"""Long deals at any date: a row for each entity, and the events that no row has yet.

Only the usual query is answered here: the recorded axis, reading earliest, all layers. Other queries read the
whole record of the deal.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from domain.basis import Basis
from domain.bitemporal import EffectiveEvents
from domain.corrections import ApplyCorrections
from domain.entities.base import Entity, Key
from domain.event import FoldStep
from domain.fold import touched
from domain.folded_deal import EntityKey, FoldedDeal
from domain.time.instants import FUTURE
from projections.cancellation import check
from projections.entity_versions.chains import Chains
from projections.entity_versions.event_index import END
from projections.entity_versions.indexed_record import CHUNK, FIRST_KEY, IndexedRecord, Readings, entity_keys
from projections.entity_versions.store import EntityStore, EntityVersion, slot_of

SHORTEST = 500
"""Deals with fewer events have no entity versions: to fold them is quicker."""

CACHED_VERSIONS = 8_192
"""Decoded entity versions of one deal that are held in memory."""

LARGEST_LAG = 5_000
"""Events that the rows may lack; of a deal whose rows lack more the whole record is read."""


class EntityReader(IndexedRecord):
    """One long deal with its rows in the store. Safe to share between threads."""

    def __init__(self, store: EntityStore, deal_id: str, revise: ApplyCorrections, chunk: int = CHUNK) -> None:
        super().__init__(store, deal_id, revise, chunk)
        self._chains = Chains()
        self._decoded: OrderedDict[bytes, EntityVersion] = OrderedDict()
        """By the digests of their rows."""

    def answer(self, basis: Basis) -> tuple[FoldedDeal, EffectiveEvents] | None:
        """The deal folded on a basis, and the events that are scheduled or possible; None where the basis is not of the
        usual kind, ids were merged, or the rows do not reach far enough."""
        if self.index.merges or not supports(basis):
            return None
        with self._lock:
            covered = self.store.covered(self.deal_id, self.basis)
            if not covered or basis.known_version - covered > LARGEST_LAG:
                return None
            deal = self._deal((basis.valid_at, *END[1:]), basis.known_version, covered)
            return deal, self._pending(basis, deal)

    def _deal(self, upto: Key, version: int, covered: int) -> FoldedDeal:
        """The entities folded up to a place for a version, from rows that are known up to another."""
        readings = self.readings(version)
        slots = [*self.index.names, *(each for each in readings.by_entity if self.index.number(each) is None)]
        rows = self._rows(slots, upto[0], min(version, covered))
        if covered < version:
            for slot in self._changed(rows, readings, covered, version):
                rows.pop(slot, None)
        entities = {slot: row.entity for slot, row in rows.items()}
        missing = {}
        for slot in slots:
            after = rows[slot].key if slot in rows else FIRST_KEY
            found = self.own_events(slot, after, upto, version, readings)
            if any(found):
                missing[slot] = found
        self.fetch({v for versions, _ in missing.values() for v in versions})
        for slot, (versions, lines) in missing.items():
            check()
            entity = evolve(slot, entities.get(slot), self.steps(versions, lines))
            if entity is not None:
                entities[slot] = entity
        self.trim()
        return FoldedDeal(entities)

    def _rows(self, slots: Sequence[EntityKey], start: int, version: int) -> dict[EntityKey, EntityVersion]:
        """Of each entity the last row up to a moment as known at a version; rows that are held decoded are not read."""
        if not version:
            return {}
        start = min(start, self.index.furthest[version - 1])
        names = {slot_of(each): each for each in slots}
        found: dict[EntityKey, EntityVersion] = {}
        missing: Iterable[bytes] = names
        if self._decoded:
            digests = self.store.digests(self.deal_id, [*names], start, version)
            for name, mac in digests.items():
                held = self._decoded.get(mac or b"")
                if held is not None and held.holds(start, version):
                    found[names[name]] = held
                    self._decoded.move_to_end(mac or b"")
            missing = [name for name in digests if names[name] not in found]
        wanted = {name: names[name] for name in missing}
        if wanted:
            read = self.store.entity_versions(self.deal_id, self.basis, wanted, start, version, self._chains)
            for slot, (mac, row) in read.items():
                found[slot] = self._decoded[mac] = row
        while len(self._decoded) > CACHED_VERSIONS:
            self._decoded.popitem(last=False)
        return found

    def _changed(
        self, rows: Mapping[EntityKey, EntityVersion], readings: Readings, covered: int, version: int
    ) -> set[EntityKey]:
        """The entities whose rows no longer hold at a version, by what was recorded after those rows."""
        changed: set[EntityKey] = set()
        for late in range(covered + 1, version + 1):
            for slot in self.index.slots_of(late) if late not in readings.lines else ():
                if slot in rows and self.index.key(late) < rows[slot].key:
                    changed.add(slot)
        before = self.readings(covered)
        for each in {*before.lines, *readings.lines}:
            was, now = self.line(each, before), self.line(each, readings)
            if was != now or each > covered:
                changed.update(self.index.slots_of(each))
                changed.update(*(entity_keys(line) for line in (was, now) if line is not None))
        return changed

    def _start(self) -> None:
        self._decoded = OrderedDict()
        self._chains = Chains()
        super()._start()

    def evict(self) -> None:
        """Drop decoded events and entities from memory; the index stays."""
        with self._lock:
            super().evict()
            self._decoded.clear()
            self._chains.clear()


def evolve(slot: EntityKey, entity: Entity | None, steps: Iterable[FoldStep]) -> Entity | None:
    """An entity after further steps that touch it."""
    for step in steps:
        held = {} if entity is None else {slot: entity}
        entity = next((after for its_slot, after in touched(held, step) if its_slot == slot), entity)
    return entity


def supports(basis: Basis) -> bool:
    """Whether a basis is of the usual kind, which entity versions answer."""
    return (
        basis.known_by == "recorded"
        and basis.reading == "earliest"
        and basis.layer == "all"
        and basis.valid_at < FUTURE
    )
