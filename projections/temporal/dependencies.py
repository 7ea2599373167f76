"""Dependencies of a path of the state: a walk over one path folds and derives only the entities it depends on."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.entities.deal import DealEntity
from domain.event import FoldStep
from domain.folded_deal import EntityKey
from domain.state import SECTIONS


@dataclass(frozen=True, slots=True)
class Dependencies:
    """Every entity of some kinds, and of one kind the entity of one id."""

    kinds: frozenset[str]
    own: EntityKey | None = None

    def takes(self, slot: EntityKey) -> bool:
        return slot[0] in self.kinds or slot == self.own

    def touched_by(self, step: FoldStep) -> bool:
        """Whether an event bears on the place."""
        return any(self.takes((kind.KIND, thing_id)) for kind, thing_id in step.event.touches(step.id))


def bearing(tokens: Sequence[str]) -> Dependencies | None:
    """What bears on a place, as its section declares; None is everything."""
    section = SECTIONS.get(tokens[0]) if tokens else None
    if section is None or section.depends_on is None:
        return None
    kinds = section.depends_on | {DealEntity.KIND}
    if section.entity is None or not section.separate or len(tokens) == 1:
        return Dependencies(kinds)
    own = section.entity.KIND
    return Dependencies(kinds - {own}, (own, tokens[1]))
