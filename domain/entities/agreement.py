"""Agreements between the parties."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from domain.entities.base import Entity, Occurrence
from domain.fields.values import Consideration, Money, Stake
from domain.time.edtf import When


@dataclass(frozen=True, kw_only=True)
class Agreement(Entity):
    KIND = "agreement"
    KEY = "agreement_id"
    SECTION = "agreements"
    PHRASE = "the {level:agreement}"
    DERIVED_FROM: ClassVar = {"since": ("reached",)}
    HARD = frozenset({"level", "binding"})

    level: str | None = None
    binding: bool | None = None
    parties: tuple[str, ...] = ()
    summary: str | None = None
    price: Money | None = None
    consideration: Consideration | None = None
    covers: tuple[str, ...] = ()
    """The parts of the deal that it covers; empty: the whole."""
    stakes: tuple[Stake, ...] = ()
    variant_id: str | None = None
    outside_date: When | None = None
    reached: Occurrence | None = None
    other: Mapping[str, Any] = field(default_factory=dict)
    versions: tuple[Mapping[str, Any], ...] = ()
