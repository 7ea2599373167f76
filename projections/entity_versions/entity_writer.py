"""The writing of entity versions: what each event of a deal changes in the rows of the entities that it is about.

What is written follows from the record alone, in whatever batches it is read: an interrupted batch is repeated, and
rows that are derived again are the same. No row that lacks its digest is gone on from: those of its deal are then
derived again from the first event.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.bitemporal import NO_DEVELOPMENT
from domain.corrections import is_about_record
from domain.entities.base import Key
from domain.envelope import RecordedEvent
from domain.folded_deal import EntityKey
from projections.entity_versions.chains import Chains, Wanted, base, level, link, reference, size_after
from projections.entity_versions.codec import encode
from projections.entity_versions.current_entities import CurrentEntity, without_steps
from projections.entity_versions.entity_reader import evolve
from projections.entity_versions.event_index import END
from projections.entity_versions.indexed_record import FIRST_KEY, IndexedRecord, entity_keys
from projections.entity_versions.store import body_of, columns, pack, slot_of
from projections.row_authentication import NotAuthentic
from projections.sql import sql

BYTES_PER_EVENT = 320
"""Bytes of rows that an event of an entity may cost: an entity of more has a row for every so many of its events."""

REWRITTEN_ROWS = 32
"""Rows that a late event or a correction writes again for an entity, at most: the next of its events have none."""

READ_EVENTS = 2_000
"""Events that are read at once."""


class EntityWriter:
    """Writes the rows of one deal into the entered tables."""

    def __init__(self, connection: Connection[Any], record: IndexedRecord) -> None:
        self.connection, self.record = connection, record
        self._current: dict[EntityKey, CurrentEntity] = {}
        """By the newest knowledge."""
        self._new: list[tuple[bytes, int, int, int, int, bytes]] = []
        self._chains = Chains()
        self._leaf_hashes: dict[int, bytes] = {}

    def advance(self, version: int) -> None:
        """Bring the rows up to a version of the deal, from wherever they are; none is written of merged ids."""
        record = self.record
        record.catch_up(version)
        if record.index.merges:
            self._drop()
            return
        try:
            covered = self._covered()
            if covered < version:
                self._write(covered, version)
        except NotAuthentic:
            self._drop()
            self._write(0, version)

    def _covered(self) -> int:
        """The version that the rows reach. Raises NotAuthentic where no row says so that can be gone on from."""
        rows = self._verified("covered_deals", self._execute("entity_coverage").fetchall())
        if not rows:
            raise NotAuthentic([self.record.deal_id])
        return max(int(row["version"]) for _, row in rows)

    def _verified(self, table: str, rows: Sequence[Sequence[Any]]) -> list[tuple[Any, dict[str, Any]]]:
        return self.record.store.verified(self.record.deal_id, table, self.record.basis, rows)

    def _write(self, covered: int, version: int) -> None:
        """Write what the versions from one to another change. Raises NotAuthentic."""
        record = self.record
        for first in range(covered + 1, version + 1, READ_EVENTS):
            last = min(first + READ_EVENTS - 1, version)
            self._current = record.current.take(first - 1)
            for current in self._current.values():
                self._chains.hold(current.chain)
            self._take_in(range(first, last + 1))
            used = (slot for each in range(last, first - 1, -1) for slot in record.index.slots_of(each))
            record.current.put(last, self._current, used)
        self._index(version)
        leaf_hash = self._leaf_hash(version)
        self._execute("upsert_entity_coverage", version=version, basis=record.basis, leaf_hash=leaf_hash)

    def _execute(self, name: str, **given: Any) -> Any:
        parameters = {"deal": self.record.deal_id, "tenant": self.record.store.ledger.tenant, **given}
        return self.connection.execute(sql(name).encode(), parameters, binary=True)

    def _bases(self, wanted: Wanted) -> Mapping[bytes, bytes]:
        statement = SQL(sql("entity_bodies")).format(entity_versions=Identifier("entity_versions"))
        parameters = {"deal": self.record.deal_id, "tenant": self.record.store.ledger.tenant, **columns(wanted)}
        return dict(self.connection.execute(statement, parameters, binary=True).fetchall())

    def _drop(self) -> None:
        self._current, self._new = {}, []
        for name in ("delete_entity_versions", "delete_event_index", "delete_entity_coverage"):
            self._execute(name)

    def _index(self, version: int) -> None:
        """Store the chunks of the index that are complete."""
        [done] = self._execute("indexed_versions").fetchone()
        size, record = self.record.chunk, self.record
        for first in range(done + 1, version - size + 2, size):
            last = first + size - 1
            given = {"first": first, "last": last, "basis": record.basis, "leaf_hash": self._leaf_hash(last)}
            self._execute("insert_event_index", **given, chunk=pack(record.index.chunk(first, last)))

    def _leaf_hash(self, version: int) -> bytes:
        if version not in self._leaf_hashes:
            self._read_leaf_hashes([version])
        return self._leaf_hashes[version]

    def _read_leaf_hashes(self, versions: Sequence[int]) -> None:
        self._leaf_hashes = dict(self._execute("leaf_hashes", versions=[*versions]).fetchall())

    def _take_in(self, versions: range) -> None:
        record = self.record
        record.fetch(versions)
        self._read_leaf_hashes(versions)
        self._load({slot for version in versions for slot in record.index.slots_of(version)}, versions[0] - 1)
        for version in versions:
            line = record.line(version, record.readings(version))
            if line is not None and is_about_record(line):
                for slot, key in self._changes(version):
                    self._write_again(slot, key, version)
            elif line is not None and line.type not in NO_DEVELOPMENT:
                self._add(line)
        self._flush()
        record.trim()

    def _add(self, line: RecordedEvent) -> None:
        key, version = self.record.key(line), line.version
        for slot in dict.fromkeys(entity_keys(line)):
            self._load({slot}, version - 1)
            current = self._current[slot]
            if key < current.key:
                self._write_again(slot, key, version)
                continue
            current.entity = evolve(slot, current.entity, self.record.steps((), [line]))
            current.key = key
            current.since += 1
            if current.since > current.size // BYTES_PER_EVENT:
                self._append(slot, current, version)

    def _changes(self, version: int) -> Iterator[tuple[EntityKey, Key]]:
        """The entities that an event about the record changes, each with the first place from which it does."""
        record = self.record
        before, after = record.readings(version - 1), record.readings(version)
        places: dict[EntityKey, Key] = {}
        for changed in {*before.lines, *after.lines}:
            if before.lines.get(changed, self) is after.lines.get(changed, self):
                continue
            was, now = record.line(changed, before), record.line(changed, after)
            if was == now:
                continue
            for line in (was, now):
                for slot in entity_keys(line) if line is not None and line.type not in NO_DEVELOPMENT else ():
                    places[slot] = min(places.get(slot, END), record.key(line))  # type: ignore[arg-type]  # it has a slot
        yield from sorted(places.items())

    def _write_again(self, slot: EntityKey, place: Key, version: int) -> None:
        """End the rows of an entity from a place on, and write them as they are known from a version on."""
        self._load({slot}, version - 1)
        self._flush()
        record = self.record
        where = {"slot": slot_of(slot), **_parts(place)}
        closed = self._execute("close_entity_versions", **where, known_to=version - 1).fetchall()
        record.store.rows.check("entity_versions", closed)
        rows = self._verified("entity_versions", self._execute("entity_version_before", **where).fetchall())
        current = self._folded(slot, self._rows([(slot, row) for _, row in rows]).get(slot), place, version)
        versions, lines = record.own_events(slot, _before(place), END, version, record.readings(version))
        record.fetch(versions)
        steps = record.steps(versions, lines)
        spacing = -(-len(steps) // REWRITTEN_ROWS)
        for number, step in enumerate(steps, 1):
            current.entity = evolve(slot, current.entity, [step])
            current.key = step.key
            current.since += 1
            if current.since > current.size // BYTES_PER_EVENT and (len(steps) - number) % spacing == 0:
                self._append(slot, current, version)
        self._current[slot] = current

    def _load(self, slots: Iterable[EntityKey], version: int) -> None:
        """Hold these entities as known at a version, which is that of the stored rows as far as they are concerned."""
        missing = sorted({each for each in slots if each not in self._current})
        if not missing:
            return
        names = [slot_of(each) for each in missing]
        found = self._verified("entity_versions", self._execute("current_entity_versions", slots=names).fetchall())
        rows = self._rows([(missing[number - 1], row) for (number,), row in found])
        for slot in missing:
            self._current[slot] = self._folded(slot, rows.get(slot), END, version)

    def _rows(self, rows: Iterable[tuple[EntityKey, Mapping[str, Any]]]) -> Mapping[EntityKey, CurrentEntity]:
        """Entities as these rows have them. Raises NotAuthentic where the base of a row is missing."""
        bodies = {slot: body_of(row) for slot, row in rows}
        found = self._chains.read(bodies, self._bases)
        if len(found) < len(bodies):
            raise NotAuthentic([self.record.deal_id])
        return {
            slot: CurrentEntity(entity, bodies[slot][0], size_after(entity, bodies[slot][2], power, chain), 0, chain)
            for slot, (entity, chain, power) in found.items()
        }

    def _folded(self, slot: EntityKey, row: CurrentEntity | None, upto: Key, version: int) -> CurrentEntity:
        """An entity folded up to before a place, from a row on."""
        record = self.record
        current = row or CurrentEntity(None, FIRST_KEY, 0, 0)
        readings = record.readings(version)
        versions, lines = record.own_events(slot, current.key, _before(upto), version, readings)
        if versions or lines:
            record.fetch(versions)
            steps = record.steps(versions, lines)
            current.entity = evolve(slot, current.entity, steps)
            current.key, current.since = steps[-1].key, len(steps)
        return current

    def _append(self, slot: EntityKey, current: CurrentEntity, version: int) -> None:
        entity = current.entity
        assert entity is not None
        power = level(current.events, current.events - current.since)
        body = encode(entity, power, base(current.chain, power))
        self._new.append((slot_of(slot), *current.key, version, body))
        if power:
            current.chain = link(current.chain, without_steps(entity), power, reference(current.key, version, body))
            self._chains.hold(current.chain)
        current.size, current.since = size_after(entity, body, power, current.chain), 0

    def _flush(self) -> None:
        if self._new:
            names = ("slot", "start", "rank", "version", "known_from", "body")
            columns: dict[str, Any] = dict(zip(names, map(list, zip(*self._new, strict=True)), strict=True))
            columns["leaf_hash"] = [self._leaf_hash(version) for version in columns["known_from"]]
            self._execute("insert_entity_versions", **columns, basis=self.record.basis)
            self._new.clear()


def _before(place: Key) -> Key:
    """The last place before another."""
    return place[0], place[1], place[2] - 1


def _parts(place: Key) -> dict[str, int]:
    return {"start": place[0], "rank": place[1], "version": place[2]}
