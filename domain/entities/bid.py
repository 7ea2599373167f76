"""Bids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

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
