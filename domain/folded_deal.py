"""A deal as a fold leaves it: its entities by kind and id."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.entities.base import Entity

EntityKey = tuple[str, str]
"""Kind and id of an entity."""


@dataclass(frozen=True, slots=True)
class FoldedDeal:
    """Every entity that the folded events touched."""

    entities: Mapping[EntityKey, Entity]

    merged_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Event -> the entity.merged events by which ids in it were renamed."""

    ids_merged: bool = False
    """Whether every merged id stands under the one that stays."""
