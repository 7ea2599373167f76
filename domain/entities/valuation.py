"""Valuations of the deal's assets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.entities.base import Entity


@dataclass(frozen=True, kw_only=True)
class Valuation(Entity):
    """What the deal was said to be worth: observations of one asset."""

    KIND = "valuation"
    KEY = "valuation_id"
    UNCHECKED = True
    SINGLETON = True
    OWN_LAYERS = True

    observations: tuple[Mapping[str, Any], ...] = ()
    count: int = 0
    spread: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """"variant|currency" -> {variant, currency, low, high, low_because, high_because} over every observation."""
