"""Links from one deal to another."""

from dataclasses import dataclass

from domain.entities.base import Entity


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
