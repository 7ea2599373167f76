"""The record of a long deal by its event index: only the events that a query needs are decoded."""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import RLock

from domain.basis import Basis
from domain.bitemporal import NO_DEVELOPMENT, EffectiveEvents, Pending, is_report, place, zone_of
from domain.corrections import ApplyCorrections, futile_changes, weigh_corrections
from domain.entities.base import Key
from domain.envelope import RecordedEvent
from domain.event import FoldStep
from domain.folded_deal import EntityKey, FoldedDeal
from domain.time.instants import Moment, zone
from ledger.encoding.erasures import resolved
from ledger.encoding.event_codec import ERASING
from projections.cancellation import check
from projections.entity_versions.current_entities import CurrentEntities
from projections.entity_versions.event_index import END, EventIndex, build_chunk
from projections.entity_versions.related_events import RelatedEvents
from projections.entity_versions.store import EntityStore

CHUNK = 4_096
"""Places stored in one row."""

CACHED_EVENTS = 5_000
"""Decoded events of one deal that are held in memory."""

CACHED_READINGS = 8
"""Readings of the corrected events of one deal that are held in memory."""

FIRST_KEY: Key = (-(2**63), -(2**63), 0)


@dataclass(frozen=True, slots=True)
class Readings:
    """The events that corrections or voidings up to a version have changed."""

    lines: Mapping[int, RecordedEvent | None]
    """By version, as they read; None where voided."""

    by_entity: Mapping[EntityKey, Sequence[RecordedEvent]]
    """Those that stand, by the entities that they are about."""


UNCHANGED = Readings({}, {})


class IndexedRecord:
    """One long deal: its event index in memory, its events in the ledger. Safe to share between threads."""

    def __init__(self, store: EntityStore, deal_id: str, revise: ApplyCorrections, chunk: int = CHUNK) -> None:
        self.store, self.deal_id, self.revise, self.chunk = store, deal_id, revise, chunk
        self._lock = RLock()
        self._events: OrderedDict[int, RecordedEvent] = OrderedDict()
        self.current = CurrentEntities()
        """Used by the writer of the rows."""
        self._start()

    def _start(self) -> None:
        """Index from what is stored, in the zone of the deal's opening."""
        self._events.clear()
        self.current.clear()
        self._readings: OrderedDict[int, Readings] = OrderedDict()
        self._related = RelatedEvents()
        opened, self.erased = self.store.origin(self.deal_id)
        """The version of the deal's last erasure."""
        self._erasures = self.store.erasures(self.deal_id) if self.erased else {}
        self.index = EventIndex()
        if opened is not None:
            self.index.zone = zone_of([resolved(opened, self._erasures)])
        for first, chunk in self.store.chunks(self.deal_id, self.basis):
            if first != self.index.version + 1:
                break
            self.index.add(chunk)

    @property
    def basis(self) -> str:
        """Under what all that is derived of the deal stands: its last erasure and the zone of its civil days."""
        return f"{self.erased} {self.index.zone}"

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
        size, done = self.chunk, self.index.version
        lines = self.read(done, min(head, done - done % size + size))
        if not lines:
            return False
        before = self.index.zone
        chunk = build_chunk(lines, before)
        elsewhere = chunk.opened and not self.index.opened and zone(chunk.tz) != before
        if elsewhere or any(line.type == ERASING and line.version > self.erased for line in lines):
            # The civil days are those of another zone, or the content of an event was erased.
            self._start()
            return True
        self.index.add(chunk)
        return True

    @property
    def extent(self) -> EventIndex:
        """The end of the record, and lookups of versions in it."""
        return self.index

    def readings(self, version: int) -> Readings:
        """How the events read that corrections or voidings up to a version have changed."""
        count = bisect_right(self.index.about, version)
        if not count:
            return UNCHANGED
        held = self._readings.get(count)
        if held is None:
            known = max((each for each in self._readings if each < count), default=0)
            held, settled = self._read_on(self._readings.get(known, UNCHANGED), self.index.about[known:count], version)
            if not settled:
                return held
            self._readings[count] = held
        self._readings.move_to_end(count)
        while len(self._readings) > CACHED_READINGS:
            self._readings.popitem(last=False)
        return held

    def _read_on(self, before: Readings, about: Sequence[int], version: int) -> tuple[Readings, bool]:
        """Readings after these further corrections and voidings; those that bear on the same events are weighed again.
        Settled they are where every event that they are about was recorded before the last of them."""
        settled = True
        self.fetch(about)
        for each in about:
            self._related.add(self._events[each])
        lines = dict(before.lines)
        for targets, related in self._related.groups(about):
            known = [v for v in related if v <= about[-1]]
            self.fetch(known)
            said = weigh_corrections([self._events[v] for v in known])
            rows = self.store.ledger.events(sorted(targets))
            found = {row.version: row.id for row in rows if row.deal_id == self.deal_id and row.version <= version}
            self.fetch(found)
            recorded = {row.id for row in rows if row.deal_id != self.deal_id or row.version <= about[-1]}
            settled = settled and recorded.issuperset((*said.void, *said.corrections))
            for v, event_id in found.items():
                if event_id in said.void or event_id in said.corrections:
                    lines[v] = said.read(self._events[v], self.revise)
                else:
                    lines.pop(v, None)
        by_entity: dict[EntityKey, list[RecordedEvent]] = {}
        for line in lines.values():
            for slot in entity_keys(line) if line is not None else ():
                by_entity.setdefault(slot, []).append(line)  # type: ignore[arg-type]  # not None: it has a slot
        return Readings(lines, by_entity), settled

    def line(self, version: int, readings: Readings) -> RecordedEvent | None:
        """An event as it reads; None where it was voided."""
        if version in readings.lines:
            return readings.lines[version]
        self.fetch([version])
        return self._events[version]

    def own_events(
        self, slot: EntityKey, after: Key, upto: Key, version: int, readings: Readings
    ) -> tuple[list[int], list[RecordedEvent]]:
        """The events known at a version that touch an entity between two places: versions of those that read as they
        were recorded, and those that read otherwise."""
        index, number = self.index, self.index.number(slot)
        found = []
        if number is not None:
            versions = index.by_slot[number]
            at = bisect_right(versions, upto, key=index.key)
            while at and index.key(versions[at - 1]) > after:
                at -= 1
                if versions[at] <= version and versions[at] not in readings.lines:
                    found.append(versions[at])
        return found, [each for each in readings.by_entity.get(slot, ()) if after < self.key(each) <= upto]

    def steps(self, versions: Iterable[int], lines: Iterable[RecordedEvent]) -> list[FoldStep]:
        """The steps of these events, which are fetched, and of these lines, in fold order."""
        read = [*(self._events[v] for v in versions), *lines]
        return sorted((line.step(self.key(line), is_report(line)) for line in read), key=lambda step: step.key)

    def _pending(self, basis: Basis, deal: FoldedDeal) -> EffectiveEvents:
        """Scheduled events, possible events, and whether the deal exists at all."""
        places, version, now = self.index, basis.known_version, basis.valid_at
        special = self.readings(version).lines
        early = [
            v for v in places.early
            if v <= version and v not in special and places.seen[v - 1] <= now < places.starts[v - 1]
        ]  # fmt: skip
        vague = [v for v in places.open_at(now) if v <= version and v not in special]
        self.fetch({*early, *vague})
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
        about_known = [v for v in places.about if v <= version and exists]
        self.fetch(about_known)
        about = [self._events[v] for v in about_known]
        return EffectiveEvents((), tuple(scheduled), tuple(possible), exists, futile=futile_changes(about))

    def _exists(self, now: Moment, version: int, special: Mapping[int, RecordedEvent | None]) -> bool:
        """Whether any development is known by then, be it only background that is about no entity."""
        known = [v for v in self.index.between(FIRST_KEY, (now, *END[1:])) if v <= version and v not in special]
        self.fetch(known)
        lines = [self._events[v] for v in known]
        lines += [line for line in special.values() if line is not None and self.key(line)[0] <= now]
        return any(line.type not in NO_DEVELOPMENT for line in lines)

    def key(self, line: RecordedEvent) -> Key:
        """The place of an event in fold order, as it reads."""
        return place(line, self.index.zone, "earliest")[1], line.payload.rank or 0, line.version

    def fetch(self, versions: Iterable[int]) -> None:
        """Load and decode these events."""
        missing = [v for v in versions if v not in self._events]
        for line in self.store.events_at([self.index.positions[v - 1] for v in missing]) if missing else ():
            self._events[line.version] = resolved(line, self._erasures)

    def evict(self) -> None:
        """Drop the decoded events from memory; the index stays."""
        with self._lock:
            self._events.clear()

    def trim(self) -> None:
        """Drop the decoded events that were held longest."""
        while len(self._events) > CACHED_EVENTS:
            self._events.popitem(last=False)


def entity_keys(line: RecordedEvent | FoldStep) -> Sequence[EntityKey]:
    """The entities that an event is about."""
    return [(kind.KIND, thing_id) for kind, thing_id in line.event.touches(line.id)]
