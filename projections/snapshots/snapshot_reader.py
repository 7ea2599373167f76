"""Long deals at any date: the nearest snapshot, the events after it, and the entities on which two bases differ.

Only the usual query is answered here: the recorded axis, reading earliest, all layers. Other queries read the
whole record of the deal.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace

from domain.basis import Basis
from domain.bitemporal import EffectiveEvents
from domain.corrections import ApplyCorrections
from domain.entities.base import Entity, Key
from domain.envelope import RecordedEvent
from domain.fold import fold, fold_entity
from domain.folded_deal import EntityKey, FoldedDeal
from domain.time.instants import FUTURE
from projections.cancellation import check, checked
from projections.snapshots.event_index import END
from projections.snapshots.indexed_record import DEFAULT_LIMITS, FIRST_KEY, IndexedRecord, Limits, entity_keys
from projections.snapshots.store import Snapshot, SnapshotStore

SNAPSHOT_EVENTS = 500
"""Deals with fewer events have no snapshots: to fold them is quicker."""

CACHED_STATES = 4
"""Folded states of one deal that are held in memory."""

EMPTY = Snapshot(FIRST_KEY, 0, "grown", ())


class SnapshotReader(IndexedRecord):
    """One long deal with its snapshots in the store. Safe to share between threads."""

    def __init__(
        self, store: SnapshotStore, deal_id: str, revise: ApplyCorrections, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        super().__init__(store, deal_id, revise, limits)
        self._things: OrderedDict[Snapshot, dict[EntityKey, Entity]] = OrderedDict()
        self.snapshots = [EMPTY, *store.snapshots(deal_id, self.erased)]

    def copy(self) -> "SnapshotReader":
        """The same deal with a lock and memory of its own, to make snapshots in while this one answers queries."""
        made = SnapshotReader(self.store, self.deal_id, self.revise, self.limits)
        made.catch_up(self.index.version)
        return made

    def adopt(self, copied: "SnapshotReader") -> None:
        """Take over the snapshots that a copy has made or dropped."""
        with self._lock:
            if copied.erased == self.erased:
                own = (each for each in self.snapshots if each.kind == "repaired")
                self.snapshots = sorted({*copied.snapshots, *own})

    def _reset(self) -> None:
        super()._reset()
        self.snapshots = [EMPTY]
        self._things.clear()

    @property
    def due(self) -> bool:
        """Whether a further snapshot is due."""
        return self.index.version - self._last_grown().version >= self.limits.spacing

    def _last_grown(self) -> Snapshot:
        return max((each for each in self.snapshots if each.kind == "grown"), key=lambda each: each.version)

    def grow(self) -> bool:
        """Make the next snapshot that is due; False where none is."""
        with self._lock:
            last = self._last_grown()
            version = last.version + self.limits.spacing
            if version > self.index.version:
                return False
            known = (*last.open_versions, *range(last.version + 1, version + 1))
            after = sorted(v for v in map(self.index.key, known) if v > last.key)
            key = after[-self.limits.slack - 1] if len(after) > self.limits.slack else last.key
            opened = tuple(each[2] for each in after if each > key)
            things = dict(self._fold(key, version)[0].entities)
            self._save(Snapshot(key, version, "grown", opened), things)
            return True

    def refresh(self) -> None:
        """Make a snapshot of each date at the newest version, so that the past as known now needs no repair."""
        with self._lock:
            version = self.index.version
            older = [each for each in self.snapshots if each.kind == "refreshed"]
            grown = [each for each in self.snapshots if each.kind == "grown" and each is not EMPTY]
        base = EMPTY
        for key in sorted({each.key for each in grown if each.version < version}):
            with self._lock:
                fresh = Snapshot(key, version, "refreshed", ())
                self._save(fresh, dict(self._fold(key, version, base)[0].entities))
                base = fresh
        with self._lock:
            self.store.drop(self.deal_id, older)
            self.snapshots = [each for each in self.snapshots if each not in set(older)]

    @property
    def stale(self) -> bool:
        """Whether enough late events were recorded since the last refresh."""
        refreshed = max((each.version for each in self.snapshots if each.kind == "refreshed"), default=0)
        late = sum(1 for version in reversed(self.index.displaced) if version > refreshed)
        return late > 0 and self.index.version - refreshed > max(self.limits.spacing, self.index.version // 8)

    def _save(self, snapshot: Snapshot, things: dict[EntityKey, Entity]) -> None:
        self.store.save(self.deal_id, self.erased, snapshot, things)
        self.snapshots = sorted({*self.snapshots, snapshot})
        self._cache(snapshot, things)

    def _cache(self, snapshot: Snapshot, things: dict[EntityKey, Entity]) -> None:
        self._things[snapshot] = things
        self._things.move_to_end(snapshot)
        while len(self._things) > CACHED_STATES:
            self._things.popitem(last=False)

    def _things_of(self, snapshot: Snapshot) -> dict[EntityKey, Entity] | None:
        """The entities of a snapshot; None where the store has them no longer as they were derived."""
        if snapshot is EMPTY:
            return {}
        things = self._things.get(snapshot)
        if things is None:
            things = self.store.things(self.deal_id, self.erased, snapshot)
            if things is None:
                self.snapshots = [each for each in self.snapshots if each != snapshot]
                return None
        self._cache(snapshot, things)
        return things

    def _base(self, upto: Key, version: int, wanted: Snapshot | None) -> tuple[Snapshot, dict[EntityKey, Entity]]:
        """The snapshot to fold on from, with its entities: the one wanted, else the nearest that is still there."""
        base = wanted or self._nearest(upto, version)
        while (things := self._things_of(base)) is None:
            base = self._nearest(upto, version)
        return base, things

    def derive_snapshot(self, snapshot: Snapshot) -> tuple[tuple[int, ...], dict[EntityKey, Entity]]:
        """A snapshot as derived from the record: the versions it leaves open, and its entities."""
        with self._lock:
            versions = range(1, snapshot.version + 1)
            later = sorted((v for v in versions if self.index.key(v) > snapshot.key), key=self.index.key)
            opened = tuple(later) if snapshot.kind == "grown" else ()
            things = dict(self._fold(snapshot.key, snapshot.version)[0].entities)
            self._save(replace(snapshot, open_versions=opened), things)
            return opened, things

    def answer(self, basis: Basis) -> tuple[FoldedDeal, EffectiveEvents]:
        """The deal folded on a basis of the usual kind, and the events that are scheduled or possible."""
        with self._lock:
            upto, version = (basis.valid_at, *END[1:]), basis.known_version
            deal, refolded = self._fold(upto, version)
            if refolded > self.limits.costly and self._is_past(upto, version):
                self._save_repaired(upto, version, dict(deal.entities))
            return deal, self._pending(basis, deal)

    def _nearest(self, upto: Key, version: int) -> Snapshot:
        """The furthest snapshot at or before a place that knows no more than a version, the best informed of them."""
        low, high = 0, len(self.snapshots)
        while low < high:
            middle = (low + high) // 2
            if self.snapshots[middle].key <= upto:
                low = middle + 1
            else:
                high = middle
        return next((each for each in reversed(self.snapshots[:low]) if each.version <= version), EMPTY)

    def _fold(self, upto: Key, version: int, base: Snapshot | None = None) -> tuple[FoldedDeal, int]:
        """The deal folded up to a place for a version; and how many events had to be folded again for it."""
        base, held = self._base(upto, version, base)
        things = dict(held)
        special = self._corrected(version)
        refolded = self._differing_entities(base, version, special)
        numbered = self.index.numbered(refolded)
        again = {v for slot in numbered for v in self.index.of_slot(slot, upto) if v <= version and v not in special}
        tail = [v for v in self._tail(base, upto, version) if v not in special]
        self._fetch({*again, *tail})
        read = [line for line in special.values() if line is not None and self._key(line) <= upto]
        steps_again = self._steps([self._events[v] for v in again] + read)
        for slot in refolded:
            check()
            entity = fold_entity(slot, (step for step in steps_again if slot in entity_keys(step)))
            if entity is None:
                things.pop(slot, None)
            else:
                things[slot] = entity
        steps = self._steps([self._events[v] for v in tail] + [line for line in read if self._key(line) > base.key])
        folded = fold(checked(steps), FoldedDeal(things)).entities
        kept = {slot: things[slot] for slot in refolded if slot in things}
        deal = FoldedDeal({**{slot: thing for slot, thing in folded.items() if slot not in refolded}, **kept})
        self._trim()
        return deal, len(again)

    def _is_past(self, upto: Key, version: int) -> bool:
        """Whether an event recorded after a version and placed before a given place counts as late there."""
        return any(each.kind == "grown" and each.version <= version and upto <= each.key for each in self.snapshots)

    def _save_repaired(self, upto: Key, version: int, things: dict[EntityKey, Entity]) -> None:
        repaired = [each for each in self.snapshots if each.kind == "repaired"]
        if len(repaired) >= self.limits.repaired:
            oldest = min(repaired, key=lambda each: each.version)
            self.store.drop(self.deal_id, [oldest])
            self.snapshots.remove(oldest)
        self._save(Snapshot(upto, version, "repaired", ()), things)

    def _tail(self, base: Snapshot, upto: Key, version: int) -> Iterable[int]:
        """Versions known that lie after the base's place: by place or by version, whichever are fewer."""
        places = self.index
        by_version = version - base.version + len(base.open_versions)
        if base.kind != "grown" or places.count_between(base.key, upto) <= by_version:
            return (v for v in places.between(base.key, upto) if v <= version)
        known = (*base.open_versions, *range(base.version + 1, version + 1))
        return (v for v in known if base.key < places.key(v) <= upto)

    def _differing_entities(
        self, base: Snapshot, version: int, special: dict[int, RecordedEvent | None]
    ) -> set[EntityKey]:
        """The entities whose state in the base differs from that at this version."""
        places = self.index
        slots: set[EntityKey] = set()
        for late in places.late(base.version, version):
            if places.key(late) <= base.key and late not in special:
                slots.update(places.slots_of(late))
        if any(base.version < about <= version for about in places.about):
            before = self._corrected(base.version)
            self._fetch(before)
            for changed in {*special, *before}:
                now = special.get(changed, self._events.get(changed))
                was = before.get(changed, self._events.get(changed))
                if now is not was or changed > base.version:
                    slots.update(places.slots_of(changed))
                    slots.update(*(entity_keys(line) for line in (now, was) if line is not None))
        return slots

    def evict(self) -> None:
        """Drop decoded events and folded states from memory; index and snapshots stay."""
        with self._lock:
            super().evict()
            self._things.clear()


def supports(basis: Basis) -> bool:
    """Whether a basis is of the usual kind, which snapshots answer."""
    return (
        basis.known_by == "recorded"
        and basis.reading == "earliest"
        and basis.layer == "all"
        and basis.valid_at < FUTURE
    )
