"""Bids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from domain.entities.base import Entity, Occurrence
from domain.fields.values import Consideration, Money, Stake
from domain.time.instants import Moment


@dataclass(frozen=True, kw_only=True)
class Bid(Entity):
    KIND = "bid"
    KEY = "bid_id"
    SECTION = "bids"
    PHRASE = "the bid of {bidders:names}"
    HARD = frozenset({"status"})
    BUILT_UP = frozenset({"bidders", "version"})
    ACCUMULATED: ClassVar = {"version": (), "first_seen": (), "bidders": ()}

    bidders: tuple[str, ...] = ()
    status: str | None = None
    territories: tuple[str, ...] = ()
    partners: str | None = None
    price: Money | None = None
    consideration: Consideration | None = None
    variant_id: str | None = None
    stakes: tuple[Stake, ...] = ()
    version: int = 0
    first_seen: str | None = None
    last: Moment | None = None
    """The moment of its last event, from which days of silence count."""
    submitted: Occurrence | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[Mapping[str, Any], ...] = ()

    def begun_by(self, member: str) -> tuple[str, ...] | None:
        if member != "bidders":
            return super().begun_by(member)
        # Its bidders are those that were named when it was last submitted, and who joined or left since.
        return tuple(event for move in self.history if move["kind"] == "submitted" for event in move["because"])
