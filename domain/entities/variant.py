"""Variants of the deal's structure."""

from dataclasses import dataclass
from typing import ClassVar

from domain.entities.base import Entity, Occurrence
from domain.fields.values import Stake


@dataclass(frozen=True, kw_only=True)
class Variant(Entity):
    """One structure of the deal: the assets that it includes and excludes."""

    KIND = "variant"
    KEY = "variant_id"
    SECTION = "variants"
    PHRASE = "the variant “{label}”"
    DERIVED_FROM: ClassVar = {"adopted_since": ("adopted",)}
    HARD = frozenset({"status"})

    label: str | None = None
    assets_in: tuple[str, ...] = ()
    assets_out: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    proposed_by: str | None = None
    price_effect: str | None = None
    stakes: tuple[Stake, ...] = ()
    status: str | None = None
    adopted: Occurrence | None = None
