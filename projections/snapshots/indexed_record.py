"""The record of a long deal by its event index: only the events that a query needs are decoded."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import RLock

from domain.basis import Basis
from domain.bitemporal import NO_DEVELOPMENT, EffectiveEvents, Pending, is_report, place, zone_of
from domain.corrections import ApplyCorrections, Corrections, futile_changes, weigh_corrections
from domain.entities.base import Key
from domain.envelope import RecordedEvent
from domain.event import FoldStep
from domain.folded_deal import EntityKey, FoldedDeal
from domain.time.instants import Moment, zone
from ledger.encoding.erasures import resolved
from ledger.encoding.event_codec import ERASING
from projections.cancellation import check
from projections.snapshots.event_index import END, SLACK, EventIndex, build_chunk
from projections.snapshots.store import SnapshotStore

SPACING = 1_024
"""Versions between two snapshots of a growing record."""

CHUNK = 4_096
"""Places stored in one row."""

REFOLD_EVENTS = 2_000
"""A query that folded so many events again stores a snapshot."""

REPAIRED_SNAPSHOTS = 64
"""Snapshots of that kind that are stored for one deal."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How coarse the snapshots of a deal are."""

    spacing: int = SPACING
    slack: int = SLACK
    chunk: int = CHUNK
    costly: int = REFOLD_EVENTS
    repaired: int = REPAIRED_SNAPSHOTS


DEFAULT_LIMITS = Limits()

CACHED_EVENTS = 5_000
"""Decoded events of one deal that are held in memory."""

FIRST_KEY: Key = (-(2**63), 0, 0)


class IndexedRecord:
    """One long deal: its event index in memory, its events in the ledger. Safe to share between threads."""

    def __init__(
        self, store: SnapshotStore, deal_id: str, revise: ApplyCorrections, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self.store, self.deal_id, self.revise, self.limits = store, deal_id, revise, limits
        self._lock = RLock()
        self._events: OrderedDict[int, RecordedEvent] = OrderedDict()
        self.index, self.erased = self._empty()
        for first, chunk in store.chunks(deal_id, self.erased):
            if first != self.index.version + 1:
                break
            self.index.add(chunk)

    def _empty(self) -> tuple[EventIndex, int]:
        """An index without events, in the zone of the deal's opening; and the version of the deal's last erasure."""
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
        """Index the events recorded since, up to a version."""
        with self._lock:
            while self.index.version < head and self._read_next(head):
                check()  # what is indexed stays so

    def _read_next(self, head: int) -> bool:
        """Index the next chunk; False if there is none."""
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
        """Index again: the civil days are those of another zone, or the content of an event was erased."""
        if self.store.authenticator is not None:
            self.store.drop(self.deal_id)
        self._events.clear()
        self.index, self.erased = self._empty()

    @property
    def extent(self) -> EventIndex:
        """The end of the record, and lookups of versions in it."""
        return self.index

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
        """Scheduled events, possible events, and whether the deal exists at all."""
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
        about = [self._events[v] for v in places.about if v <= version and exists]
        return EffectiveEvents((), tuple(scheduled), tuple(possible), exists, futile=futile_changes(about))

    def _exists(self, now: Moment, version: int, special: dict[int, RecordedEvent | None]) -> bool:
        """Whether any development is known by then, be it only background that is about no entity."""
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
        """Drop the decoded events from memory; the index stays."""
        with self._lock:
            self._events.clear()

    def _trim(self) -> None:
        while len(self._events) > CACHED_EVENTS:
            self._events.popitem(last=False)


def entity_keys(line: RecordedEvent | FoldStep) -> Sequence[EntityKey]:
    """The entities that an event is about."""
    return [(kind.KIND, thing_id) for kind, thing_id in line.event.touches(line.id)]
