"""The deal as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.entities.base import Entity, Occurrence
from domain.fields.values import Stake
from domain.time.edtf import When


@dataclass(frozen=True, kw_only=True)
class DealEntity(Entity):
    """The deal as a whole."""

    KIND = "deal"
    KEY = "deal_id"
    SECTION = "deal"
    UNCHECKED = True
    SINGLETON = True
    HARD = frozenset({"talks", "closed", "terminated", "unwound", "reopened", "moves"})

    title: str | None = None
    kind: str | None = None
    subject: str | None = None
    parties: tuple[str, ...] = ()
    """Those whom deal.opened named."""
    jurisdictions: tuple[str, ...] = ()
    trigger: str | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    """Id -> name, as deal.opened gave them."""
    opened: Occurrence | None = None
    talks: Occurrence | None = None
    """The last suspension (value True) or resumption (False) of talks."""
    closed: Occurrence | None = None
    terminated: Occurrence | None = None
    closed_by: str | None = None
    """Who made the closing happen: the actor of its event."""
    unwound: Occurrence | None = None
    later_ends: tuple[Occurrence, ...] = ()
    """Closings and terminations of a deal that had been closed or terminated in the same way already."""
    reopened: Occurrence | None = None
    """The last reopening. It takes the ends before it away."""
    structure: str | None = None
    stakes: tuple[Stake, ...] = ()
    agreement_id: str | None = None
    """The agreement that the closing carried out."""
    termination: Mapping[str, Any] | None = None
    unwinding: Mapping[str, Any] | None = None
    moves: tuple[Occurrence, ...] = ()
    """Phases set outright, in fold order."""
    votes: tuple[Mapping[str, Any], ...] = ()
    held: Occurrence | None = None
    held_until: When | None = None
    """The last day of the legal hold, where it has one."""
