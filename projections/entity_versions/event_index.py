"""The index of a deal's events by fold order, in memory while the deal is in use.

It holds numbers alone: an event's text stays in the ledger. Places are those of the usual query (recorded axis,
reading earliest), each event as first recorded; what corrections change is looked up on the way.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
from datetime import tzinfo

import msgspec

from domain.bitemporal import opening, place
from domain.entities.base import Key
from domain.entities.identity import Identity
from domain.envelope import RecordedEvent
from domain.events.record import RecordCorrected, RecordReinstated, RecordVoided
from domain.folded_deal import EntityKey
from domain.time.instants import Moment, zone

END: Key = (2**63 - 1, 2**62, 2**31 - 1)
"""A sort key after that of every event."""


class Chunk(msgspec.Struct, array_like=True):
    """The places of a stretch of versions, as stored: columns of equal length."""

    positions: list[int]
    recorded: list[int]
    starts: list[int]
    ranks: list[int]
    seen: list[int]
    latest: list[int]
    slots: list[list[tuple[str, str]]]
    about: list[int]
    """Versions of corrections, voidings and reinstatements."""
    opened: int
    """Version of deal.opened, or 0."""
    tz: str


def build_chunk(lines: Sequence[RecordedEvent], here: tzinfo) -> Chunk:
    """The places of these lines."""
    chunk = Chunk([], [], [], [], [], [], [], [], 0, "UTC")
    for line in lines:
        seen, start = place(line, here, "earliest")
        chunk.positions.append(line.position)
        chunk.recorded.append(line.recorded_at)
        chunk.starts.append(start)
        chunk.ranks.append(line.payload.rank or 0)
        chunk.seen.append(seen)
        chunk.latest.append(place(line, here, "latest")[0])
        touches = line.event.touches(line.id)
        chunk.slots.append([(kind.KIND, thing_id) for kind, thing_id in touches])
        if isinstance(line.event, RecordCorrected | RecordVoided | RecordReinstated):
            chunk.about.append(line.version)
        opened = opening(line)
        if opened is not None and not chunk.opened:
            chunk.opened = line.version
            chunk.tz = opened.tz or "UTC"
    return chunk


class EventIndex:
    """The events of one deal by version, in fold order, and by entity. Versions start at 1."""

    def __init__(self) -> None:
        self.positions, self.recorded = array("q"), array("q")
        self.starts, self.ranks = array("q"), array("q")
        self.seen, self.latest = array("q"), array("q")
        self.slots: list[tuple[int, ...]] = []
        self.names: list[EntityKey] = []
        self._numbers: dict[EntityKey, int] = {}
        self.order = array("l")
        """Versions in fold order."""
        self.by_slot: list[array[int]] = []
        """For each entity, by number, the versions that touch it in fold order."""
        self.furthest = array("q")
        """By version the greatest start of all versions up to it."""
        self.early: list[int] = []
        """Versions seen before they act."""
        self.windows: list[tuple[Moment, int]] = []
        """(seen, version) of imprecise events, by seen."""
        self.widest = 0
        """The longest window among them, in microseconds."""
        self.about: list[int] = []
        self.opened = 0
        self.merges = False
        """Whether ids of the deal were ever merged: its entities are then folded from all its events at once."""
        self.zone: tzinfo = zone("UTC")

    @property
    def version(self) -> int:
        return len(self.positions)

    def key(self, version: int) -> Key:
        return self.starts[version - 1], self.ranks[version - 1], version

    def version_at(self, moment: Moment) -> int:
        return bisect_right(self.recorded, moment)

    def version_at_position(self, position: int) -> int:
        return bisect_right(self.positions, position)

    def recorded_of(self, version: int) -> tuple[int, Moment]:
        return self.positions[version - 1], self.recorded[version - 1]

    def add(self, chunk: Chunk) -> None:
        """Take in the next versions."""
        first = self.version + 1
        columns = zip(chunk.starts, chunk.seen, chunk.latest, chunk.slots, strict=True)
        self.positions.extend(chunk.positions)
        self.recorded.extend(chunk.recorded)
        self.starts.extend(chunk.starts)
        self.ranks.extend(chunk.ranks)
        self.seen.extend(chunk.seen)
        self.latest.extend(chunk.latest)
        for version, (start, seen, latest, slots) in enumerate(columns, first):
            numbers = tuple(self._number((kind, thing_id)) for kind, thing_id in slots)
            self.slots.append(numbers)
            self._insert(self.order, version)
            self.furthest.append(max(start, self.furthest[-1]) if self.furthest else start)
            for number in numbers:
                self._insert(self.by_slot[number], version)
            if seen < start:
                self.early.append(version)
            if seen < latest:
                insort(self.windows, (seen, version))
                self.widest = max(self.widest, min(latest, 2**62) - max(seen, -(2**62)))
        self.about.extend(chunk.about)
        if chunk.opened and not self.opened:
            self.opened, self.zone = chunk.opened, zone(chunk.tz)

    def between(self, after: Key, upto: Key) -> Sequence[int]:
        """Versions with a key after `after` and not after `upto`, in fold order."""
        return self.order[bisect_right(self.order, after, key=self.key) : bisect_right(self.order, upto, key=self.key)]

    def slots_of(self, version: int) -> Iterator[EntityKey]:
        """The entities that an event touches, as first recorded."""
        return (self.names[number] for number in self.slots[version - 1])

    def number(self, slot: EntityKey) -> int | None:
        """The number of an entity that some event touched as first recorded."""
        return self._numbers.get(slot)

    def chunk(self, first: int, last: int) -> Chunk:
        """The places of a stretch of versions, as stored."""
        part = slice(first - 1, last)
        opened = self.opened if first <= self.opened <= last else 0
        tz = str(self.zone) if opened else "UTC"
        columns = (self.positions, self.recorded, self.starts, self.ranks, self.seen, self.latest)
        positions, recorded, starts, ranks, seen, latest = (list(each[part]) for each in columns)
        slots = [[self.names[number] for number in numbers] for numbers in self.slots[part]]
        about = self.about[bisect_left(self.about, first) : bisect_right(self.about, last)]
        return Chunk(positions, recorded, starts, ranks, seen, latest, slots, about, opened, tz)

    def open_at(self, moment: Moment) -> Iterator[int]:
        """Versions of imprecise events whose window a moment lies in."""
        first = bisect_left(self.windows, (moment - self.widest, 0))
        for seen, version in self.windows[first : bisect_right(self.windows, (moment, 2**63))]:
            if seen <= moment < self.latest[version - 1]:
                yield version

    def _insert(self, versions: "array[int]", version: int) -> None:
        """Insert a version in its place."""
        key = self.key(version)
        if not versions or self.key(versions[-1]) < key:
            versions.append(version)
        else:
            versions.insert(bisect_right(versions, key, key=self.key), version)

    def _number(self, slot: EntityKey) -> int:
        number = self._numbers.get(slot)
        if number is None:
            number = self._numbers[slot] = len(self.names)
            self.names.append(slot)
            self.merges = self.merges or slot[0] == Identity.KIND
            self.by_slot.append(array("l"))
        return number
