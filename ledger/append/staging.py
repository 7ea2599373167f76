"""Where the events of an import are staged: in memory while they are few, then in the tables of its spool."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import Any, Protocol

import msgspec

from domain.nearest_names import CANDIDATES
from ledger.append.batch import Entity
from ledger.append.preparation import Staged, is_about_record

KEPT_BYTES = 32 * 1024 * 1024
"""Of staged events that are kept in memory at most; they are of the order of what SQLite would keep of them itself."""

OVERHEAD_BYTES = 1_200
"""Of an event in memory beside its payload: the template of its leaf, its objects, its places in the indexes."""

Run = Callable[..., Any]
"""Runs a named statement with its values."""

_members = attrgetter(*Staged.__struct_fields__)
_encode = msgspec.msgpack.Encoder().encode
_staged = msgspec.msgpack.Decoder(Staged).decode


class Staging(Protocol):
    """The events that may be recorded by their place in the import, the deals they open and the entities they make."""

    def add(self, number: int, one: Staged) -> bool:
        """Add an event at a place; false, with nothing added, if there is one of its id."""

    def find(self, event_id: str) -> tuple[int, Staged] | None:
        """The place and the event of an id."""

    def after(self, number: int) -> Iterator[tuple[int, Staged, int]]:
        """Place, event and bytes of those after a place, in order."""

    def about(self, deal_id: str, after: int, before: int) -> list[Staged]:
        """The record.* events of a deal, and its deal.opened, between two places."""

    def remove(self, number: int) -> bool:
        """Remove the event at a place; false if there is none."""

    def add_opening(self, deal_id: str, number: int) -> bool:
        """Note the place of the event that opens a deal; false if another one does."""

    def has_opening(self, deal_id: str) -> bool:
        """Whether an event that is not refused opens the deal."""

    def refuse_opening(self, deal_id: str, number: int) -> None:
        """Note that the event that opens a deal is refused, where it is the one at this place."""

    def without_opening(self) -> list[tuple[int, str]]:
        """Place and deal of the events whose deal is opened by one that is refused."""

    def add_entities(self, entities: Iterable[Entity]) -> None:
        """Note entities that the import makes."""

    def has_entity(self, entity: Entity) -> bool:
        """Whether the import makes an entity."""

    def names(self, deal_id: str, kind: str) -> list[str]:
        """Ids of some entities of one kind that the import makes in a deal."""


class MemoryStaging:
    """In memory: nothing is encoded, nothing decoded."""

    def __init__(self) -> None:
        self.bytes = 0
        """What the events added take."""
        self._events: dict[int, Staged] = {}
        self._places: dict[str, int] = {}
        self._about: dict[str, dict[int, Staged]] = {}
        self._openings: dict[str, tuple[int, bool]] = {}
        """Place of the event that opens a deal, and whether it is refused."""
        self._entities: dict[Entity, None] = {}

    def add(self, number: int, one: Staged) -> bool:
        if self._places.setdefault(one.id, number) != number:
            return False
        self._events[number] = one
        self.bytes += len(one.payload) + OVERHEAD_BYTES
        if is_about_record(one.type):
            self._about.setdefault(one.deal_id, {})[number] = one
        return True

    def find(self, event_id: str) -> tuple[int, Staged] | None:
        number = self._places.get(event_id)
        return None if number is None else (number, self._events[number])

    def after(self, number: int) -> Iterator[tuple[int, Staged, int]]:
        numbers = list(self._events)
        for place in numbers[bisect_right(numbers, number) :]:
            one = self._events[place]
            yield place, one, len(one.payload) + OVERHEAD_BYTES

    def about(self, deal_id: str, after: int, before: int) -> list[Staged]:
        return [one for number, one in self._about.get(deal_id, {}).items() if after < number < before]

    def remove(self, number: int) -> bool:
        one = self._events.pop(number, None)
        if one is None:
            return False
        del self._places[one.id]
        self._about.get(one.deal_id, {}).pop(number, None)
        return True

    def add_opening(self, deal_id: str, number: int) -> bool:
        return self._openings.setdefault(deal_id, (number, False))[0] == number

    def has_opening(self, deal_id: str) -> bool:
        return deal_id in self._openings and not self._openings[deal_id][1]

    def refuse_opening(self, deal_id: str, number: int) -> None:
        if self._openings.get(deal_id) == (number, False):
            self._openings[deal_id] = number, True

    def without_opening(self) -> list[tuple[int, str]]:
        refused = {deal_id for deal_id, (_, is_refused) in self._openings.items() if is_refused}
        return [(number, one.deal_id) for number, one in self._events.items() if one.deal_id in refused]

    def add_entities(self, entities: Iterable[Entity]) -> None:
        for entity in entities:
            self._entities[entity] = None

    def has_entity(self, entity: Entity) -> bool:
        return entity in self._entities

    def names(self, deal_id: str, kind: str) -> list[str]:
        found = (name for deal, of_kind, name in self._entities if (deal, of_kind) == (deal_id, kind))
        return list(islice(found, CANDIDATES))

    def move(self, run_many: Run) -> None:
        """Write all of it into the tables that DiskStaging reads."""
        events = ((number, *_row(one)) for number, one in self._events.items())
        run_many("stage_event", events)
        run_many("insert_opening", ((deal_id, *opening) for deal_id, opening in self._openings.items()))
        run_many("stage_entity", self._entities)


class DiskStaging:
    """In the spool's tables."""

    def __init__(self, run: Run, run_many: Run) -> None:
        self._run = run
        self._run_many = run_many

    def add(self, number: int, one: Staged) -> bool:
        return bool(self._run("stage_event", number, *_row(one)).rowcount == 1)

    def find(self, event_id: str) -> tuple[int, Staged] | None:
        row = self._run("staged_event", event_id).fetchone()
        return None if row is None else (row[0], _staged(row[1]))

    def after(self, number: int) -> Iterator[tuple[int, Staged, int]]:
        for place, event in self._run("staged_after", number):
            yield place, _staged(event), len(event)

    def about(self, deal_id: str, after: int, before: int) -> list[Staged]:
        return [_staged(event) for (event,) in self._run("staged_record_events", deal_id, after, before)]

    def remove(self, number: int) -> bool:
        return bool(self._run("unstage_event", number).rowcount)

    def add_opening(self, deal_id: str, number: int) -> bool:
        return bool(self._run("insert_opening", deal_id, number, False).rowcount == 1)

    def has_opening(self, deal_id: str) -> bool:
        row = self._run("staged_opening", deal_id).fetchone()
        return row is not None and not row[1]

    def refuse_opening(self, deal_id: str, number: int) -> None:
        self._run("refuse_opening", deal_id, number)

    def without_opening(self) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = self._run("events_without_opening").fetchall()
        return found

    def add_entities(self, entities: Iterable[Entity]) -> None:
        self._run_many("stage_entity", entities)

    def has_entity(self, entity: Entity) -> bool:
        return self._run("staged_entity", *entity).fetchone() is not None

    def names(self, deal_id: str, kind: str) -> list[str]:
        return [name for (name,) in self._run("staged_ids", deal_id, kind, CANDIDATES)]


def _row(one: Staged) -> tuple[str, str, bool, bytes]:
    return one.id, one.deal_id, is_about_record(one.type), _encode(_members(one))
