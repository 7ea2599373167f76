"""Fines and other penalties."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.entities.base import Entity
from domain.fields.values import Money


@dataclass(frozen=True, kw_only=True)
class Penalty(Entity):
    """One penalty."""

    KIND = "penalty"
    KEY = "penalty_id"
    SECTION = "penalties"
    PHRASE = "the penalty on {on:names}"
    HARD = frozenset({"status", "amount"})

    by: str | None = None
    on: tuple[str, ...] = ()
    amount: Money | None = None
    paid: Money | None = None
    status: str | None = None
    reason: str | None = None
    order_id: str | None = None
    case_id: str | None = None
    approval_id: str | None = None
    since: str | None = None
    history: tuple[Mapping[str, Any], ...] = ()
