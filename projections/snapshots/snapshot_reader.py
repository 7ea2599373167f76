"""Long deals at any date: the nearest snapshot, what lies between, and the entities on which two bases differ.

Only the usual query is answered here: the recorded axis, reading earliest, all layers. Other queries read the
whole record of the deal.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from threading import RLock

from domain.basis import Basis
from domain.bitemporal import NO_DEVELOPMENT, EffectiveEvents, Pending, is_report, place, zone_of
from domain.corrections import ApplyCorrections, Corrections, weigh_corrections
from domain.entities.base import Entity, Key
from domain.envelope import RecordedEvent
from domain.event import FoldStep
from domain.fold import fold, fold_entity
from domain.folded_deal import EntityKey, FoldedDeal
from domain.time.instants import FUTURE, Moment, zone
from ledger.encoding.erasures import resolved
from ledger.encoding.event_codec import ERASING
from projections.cancellation import check, checked
from projections.snapshots.event_index import END, SLACK, EventIndex, build_chunk
from projections.snapshots.store import Snapshot, SnapshotStore

SNAPSHOT_EVENTS = 500
"""Deals with fewer events have no snapshots: to fold them is quicker."""

SPACING = 1_024
"""Versions between two snapshots of a growing record."""

CHUNK = 4_096
"""Places stored in one row."""

REFOLD_EVENTS = 2_000
"""A query that folded so many events anew leaves a snapshot behind."""

REPAIRED_SNAPSHOTS = 64
"""Snapshots of that sort that one deal keeps."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How coarse the snapshots of a deal are."""

    spacing: int = SPACING
    slack: int = SLACK
    chunk: int = CHUNK
    costly: int = REFOLD_EVENTS
    repaired: int = REPAIRED_SNAPSHOTS


DEFAULT_LIMITS = Limits()

CACHED_EVENTS, CACHED_STATES = 5_000, 4
"""Decoded events and folded states that one hot deal keeps in memory."""

FIRST_KEY: Key = (-(2**63), 0, 0)
EMPTY = Snapshot(FIRST_KEY, 0, "grown", ())


class SnapshotReader:
    """One long deal: its places in memory, its snapshots in the store. Safe to share between threads."""

    def __init__(
        self, store: SnapshotStore, deal_id: str, revise: ApplyCorrections, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.store, self.deal_id, self.revise, self.limits = store, deal_id, revise, limits
        self._lock = RLock()
        self._events: OrderedDict[int, RecordedEvent] = OrderedDict()
        self._things: OrderedDict[Snapshot, dict[EntityKey, Entity]] = OrderedDict()
        self.index, self.erased = self._empty()
        for first, chunk in store.chunks(deal_id, self.erased):
            if first != self.index.version + 1:
                break
            self.index.add(chunk)
        self.snapshots = [EMPTY, *store.snapshots(deal_id, self.erased)]

    def copy(self) -> "SnapshotReader":
        """The same deal with a lock and memory of its own, in which to make snapshots while this one answers."""
        made = SnapshotReader(self.store, self.deal_id, self.revise, self.limits)
        made.catch_up(self.index.version)
        return made

    def adopt(self, twin: "SnapshotReader") -> None:
        """Take over the snapshots that a twin has made or dropped."""
        with self._lock:
            if twin.erased == self.erased:
                own = (each for each in self.snapshots if each.kind == "repaired")
                self.snapshots = sorted({*twin.snapshots, *own})

    def _empty(self) -> tuple[EventIndex, int]:
        """Places without an event, in the zone of the deal's opening; and the version of the deal's last erasure."""
        opened, erased = self.store.origin(self.deal_id)
        self._erasures = self.store.erasures(self.deal_id) if erased else {}
        places = EventIndex(self.limits.slack)
        if opened is not None:
            places.zone = zone_of([resolved(opened, self._erasures)])
        return places, erased

    def read(self, after: int, upto: int) -> list[RecordedEvent]:
        """The events from `after` (exclusive) to `upto` (inclusive), decoded."""
        rows = self.store.ledger.read_deal(self.deal_id, after_version=after, to_version=upto)
        return [resolved(self.store.ledger.line(row), self._erasures) for row in rows]

    def catch_up(self, head: int) -> None:
        """Take in what was recorded since."""
        with self._lock:
            while self.index.version < head and self._read_next(head):
                check()  # what is taken in stays so

    def _read_next(self, head: int) -> bool:
        """Take in the next stretch; False where there is none."""
        size, done = self.limits.chunk, self.index.version
        lines = self.read(done, min(head, done - done % size + size))
        if not lines:
            return False
        before = self.index.zone
        chunk = build_chunk(lines, before)
        elsewhere = chunk.opened and not self.index.opened and zone(chunk.tz) != before
        if elsewhere or any(line.type == ERASING and line.version > self.erased for line in lines):
            self._reset()
            return True
        self.index.add(chunk)
        if done % size == 0 and len(lines) == size:
            self.store.save_chunk(self.deal_id, self.erased, done + 1, chunk)
        return True

    def _reset(self) -> None:
        """Civil days turned out to be those of another zone, so every place is another; or something was destroyed."""
        if self.store.authenticator is not None:
            self.store.drop(self.deal_id)
        self.snapshots = [EMPTY]
        self._things.clear()
        self._events.clear()
        self.index, self.erased = self._empty()

    @property
    def extent(self) -> EventIndex:
        """How far the record reaches."""
        return self.index

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
        """Make every place known at the newest version, so that the present reading of the past needs no repair."""
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
        """Whether late events have piled up since the places were last made known anew."""
        refreshed = max((each.version for each in self.snapshots if each.kind == "refreshed"), default=0)
        late = sum(1 for version in reversed(self.index.displaced) if version > refreshed)
        return late > 0 and self.index.version - refreshed > max(self.limits.spacing, self.index.version // 8)

    def _save(self, checkpoint: Snapshot, things: dict[EntityKey, Entity]) -> None:
        self.store.save(self.deal_id, self.erased, checkpoint, things)
        self.snapshots = sorted({*self.snapshots, checkpoint})
        self._cache(checkpoint, things)

    def _cache(self, checkpoint: Snapshot, things: dict[EntityKey, Entity]) -> None:
        self._things[checkpoint] = things
        self._things.move_to_end(checkpoint)
        while len(self._things) > CACHED_STATES:
            self._things.popitem(last=False)

    def _things_of(self, checkpoint: Snapshot) -> dict[EntityKey, Entity] | None:
        """The entities of a snapshot; None where the store has them no longer as they were derived."""
        if checkpoint is EMPTY:
            return {}
        things = self._things.get(checkpoint)
        if things is None:
            things = self.store.things(self.deal_id, self.erased, checkpoint)
            if things is None:
                self.snapshots = [each for each in self.snapshots if each != checkpoint]
                return None
        self._cache(checkpoint, things)
        return things

    def _base(self, upto: Key, version: int, wanted: Snapshot | None) -> tuple[Snapshot, dict[EntityKey, Entity]]:
        """The snapshot to fold on from, with its entities: the one wanted, else the nearest that is still there."""
        base = wanted or self._nearest(upto, version)
        while (things := self._things_of(base)) is None:
            base = self._nearest(upto, version)
        return base, things

    def derive_snapshot(self, checkpoint: Snapshot) -> tuple[tuple[int, ...], dict[EntityKey, Entity]]:
        """What a snapshot at that place holds by the record: the versions it leaves open, and its entities."""
        with self._lock:
            versions = range(1, checkpoint.version + 1)
            later = sorted((v for v in versions if self.index.key(v) > checkpoint.key), key=self.index.key)
            opened = tuple(later) if checkpoint.kind == "grown" else ()
            things = dict(self._fold(checkpoint.key, checkpoint.version)[0].entities)
            self._save(replace(checkpoint, open_versions=opened), things)
            return opened, things

    def answer(self, basis: Basis) -> tuple[FoldedDeal, EffectiveEvents]:
        """The deal folded on a basis of the usual kind, and what stands beside the fold."""
        with self._lock:
            upto, version = (basis.valid_at, *END[1:]), basis.known_version
            deal, anew = self._fold(upto, version)
            if anew > self.limits.costly and self._is_past(upto, version):
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
        anew = self._differing_entities(base, version, special)
        numbered = self.index.numbered(anew)
        again = {v for slot in numbered for v in self.index.of_slot(slot, upto) if v <= version and v not in special}
        tail = [v for v in self._tail(base, upto, version) if v not in special]
        self._fetch({*again, *tail})
        read = [line for line in special.values() if line is not None and self._key(line) <= upto]
        steps_again = self._steps([self._events[v] for v in again] + read)
        for slot in anew:
            check()
            thing = fold_entity(slot, (step for step in steps_again if slot in _slots(step)))
            if thing is None:
                things.pop(slot, None)
            else:
                things[slot] = thing
        steps = self._steps([self._events[v] for v in tail] + [line for line in read if self._key(line) > base.key])
        folded = fold(checked(steps), FoldedDeal(things)).entities
        kept = {slot: things[slot] for slot in anew if slot in things}
        deal = FoldedDeal({**{slot: thing for slot, thing in folded.items() if slot not in anew}, **kept})
        self._trim()
        return deal, len(again)

    def _is_past(self, upto: Key, version: int) -> bool:
        """Whether whatever is recorded after a version and falls before a place counts as late there."""
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
        """The entities of which the base tells otherwise than this version does."""
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
                    slots.update(*(_slots(line) for line in (now, was) if line is not None))
        return slots

    def _corrected(self, version: int) -> dict[int, RecordedEvent | None]:
        """Events that corrections or voidings up to a version have changed, as they read; None where voided."""
        about = [v for v in self.index.about if v <= version]
        if not about:
            return {}
        self._fetch(about)
        said: Corrections = weigh_corrections([self._events[v] for v in about])
        targets = {*said.void, *said.corrections}
        rows = self.store.ledger.events(sorted(targets))
        found = {row.version: row for row in rows if row.deal_id == self.deal_id and row.version <= version}
        self._fetch(found)
        return {v: said.read(self._events[v], self.revise) for v in found}

    def _pending(self, basis: Basis, deal: FoldedDeal) -> EffectiveEvents:
        """What is scheduled, what is possible, and whether the deal exists at all."""
        places, version, now = self.index, basis.known_version, basis.valid_at
        special = self._corrected(version)
        early = [
            v for v in places.early
            if v <= version and v not in special and places.seen[v - 1] <= now < places.starts[v - 1]
        ]  # fmt: skip
        vague = [v for v in places.open_at(now) if v <= version and v not in special]
        self._fetch({*early, *vague})
        lines = [self._events[v] for v in {*early, *vague}] + [line for line in special.values() if line is not None]
        scheduled, possible = [], []
        for line in lines:
            if line.type in NO_DEVELOPMENT:
                continue
            seen, acts = place(line, places.zone, "earliest")
            latest = place(line, places.zone, "latest")[0]
            if seen <= now < acts:
                scheduled.append(Pending(line, acts, acts))
            if seen <= now < latest:
                possible.append(Pending(line, seen, latest))
        scheduled.sort(key=lambda each: each.line.id)
        possible.sort(key=lambda each: each.line.id)
        if 0 < places.opened <= version and special.get(places.opened, 0) is None:
            return EffectiveEvents(())
        exists = bool(deal.entities) or bool(scheduled) or self._exists(now, version, special)
        return EffectiveEvents((), tuple(scheduled), tuple(possible), exists)

    def _exists(self, now: Moment, version: int, special: dict[int, RecordedEvent | None]) -> bool:
        """Whether anything at all is known by then, were it only background that touches nothing."""
        known = [v for v in self.index.between(FIRST_KEY, (now, *END[1:])) if v <= version and v not in special]
        self._fetch(known)
        lines = [self._events[v] for v in known]
        lines += [line for line in special.values() if line is not None and self._key(line)[0] <= now]
        return any(line.type not in NO_DEVELOPMENT for line in lines)

    def _key(self, line: RecordedEvent) -> Key:
        return place(line, self.index.zone, "earliest")[1], line.payload.rank or 0, line.version

    def _steps(self, lines: Iterable[RecordedEvent]) -> list[FoldStep]:
        steps = [line.step(self._key(line), is_report(line)) for line in lines]
        return sorted(steps, key=lambda step: step.key)

    def _fetch(self, versions: Iterable[int]) -> None:
        """Load and decode these events."""
        missing = [v for v in versions if v not in self._events]
        for line in self.store.events_at([self.index.positions[v - 1] for v in missing]) if missing else ():
            self._events[line.version] = resolved(line, self._erasures)

    def evict(self) -> None:
        """Drop what is decoded; places and snapshots stay."""
        with self._lock:
            self._events.clear()
            self._things.clear()

    def _trim(self) -> None:
        while len(self._events) > CACHED_EVENTS:
            self._events.popitem(last=False)


def _slots(line: RecordedEvent | FoldStep) -> Sequence[EntityKey]:
    return [(kind.KIND, thing_id) for kind, thing_id in line.event.touches(line.id)]


def supports(basis: Basis) -> bool:
    """Whether a basis is of the usual kind, which snapshots answer."""
    return (
        basis.known_by == "recorded"
        and basis.reading == "earliest"
        and basis.layer == "all"
        and basis.valid_at < FUTURE
    )
