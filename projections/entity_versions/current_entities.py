"""The entities of a deal by its newest knowledge, decoded: the writer of its rows holds them from batch to batch.

To decode an entity costs by its whole history. If each batch did so again, the rows of a deal would cost by the square
of its length.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from domain.entities.base import Entity, Key
from domain.folded_deal import EntityKey
from projections.entity_versions.chains import Chain

HELD_EVENTS = 500_000
"""Events of the held entities of one deal, each counted once for every entity that it touches."""


@dataclass(slots=True)
class CurrentEntity:
    """An entity by the newest knowledge."""

    entity: Entity | None
    key: Key
    """Of the last event that touches it."""
    size: int
    """Bytes of its last row, as `size_after` has them; 0 where it has none."""
    since: int
    """Events after that row."""
    chain: Chain = ()
    """The bases of the row after it."""

    @property
    def events(self) -> int:
        """The number of events that touch it."""
        return 1 if self.entity is None else len(self.entity.origin.because)


class CurrentEntities:
    """Entities as the rows up to a version have them. They are given out only to who goes on from that version."""

    def __init__(self, most: int = HELD_EVENTS) -> None:
        self._most = most
        self._version = 0
        self._held: Mapping[EntityKey, CurrentEntity] = {}

    def take(self, version: int) -> dict[EntityKey, CurrentEntity]:
        """The entities at a version, which are then no longer held; none where those held are of another version."""
        held, self._held = self._held, {}
        return {**held} if version == self._version else {}

    def put(self, version: int, entities: Mapping[EntityKey, CurrentEntity], used: Iterable[EntityKey]) -> None:
        """Hold the entities at a version, as far as the bound allows: first those that were used last."""
        room = self._most
        held = {}
        for slot in dict.fromkeys([*used, *entities]):
            if (current := entities.get(slot)) is None:
                continue
            room -= current.events
            if room < 0:
                break
            current.entity = None if current.entity is None else without_steps(current.entity)
            held[slot] = current
        self._version, self._held = version, held

    def clear(self) -> None:
        """Hold nothing."""
        self._held = {}


def without_steps(entity: Entity) -> Entity:
    """An entity as it would be decoded: the ledger has its steps."""
    origin = entity.origin
    as_reported, facts_only = (
        None if each is None else without_steps(each) for each in (origin.as_reported, origin.facts_only)
    )
    return entity.replace(origin=replace(origin, steps=(), as_reported=as_reported, facts_only=facts_only))
