"""Links from one deal to another."""

from dataclasses import dataclass

from domain.entities.base import Entity

INVERSES = {
    "successor_of": "predecessor_of", "predecessor_of": "successor_of", "part_of": "has_part",
    "competes_with": "competes_with", "parallel_to": "parallel_to", "remedy_for": "remedied_by",
}  # fmt: skip
"""What the other deal is to the one that is linked to it, by what the one is to the other."""


@dataclass(frozen=True, kw_only=True)
class Link(Entity):
    """What the deal has to do with another deal. Its id is that of the other deal."""

    KIND = "link"
    KEY = "other_deal"
    HARD = frozenset({"active"})

    relation: str | None = None
    note: str | None = None
    active: bool = False
    """Whether the link is in effect; deal.unlinked ends it."""
    since: str | None = None
