"""Court cases, and the relief that courts granted or denied in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.entities.base import Entity, Occurrence
from domain.time.edtf import When
from domain.time.instants import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Relief:
    """One order of a court in a case: granted, denied or ended."""

    relief: str
    status: str
    since: str
    start: Moment
    until: When | None
    targets: tuple[str, ...]
    scope: str | None
    id: str
    reason: str | None = None
    """Why it was denied, or ended."""


@dataclass(frozen=True, kw_only=True)
class Case(Entity):
    KIND = "case"
    KEY = "case_id"
    SECTION = "litigation"
    DERIVED_FROM: ClassVar = {"status": ("ended", "paused", "appealed_to"), "relief": ("reliefs",)}
    HARD = frozenset({"reliefs", "ended", "paused"})

    court: str | None = None
    level: str | None = None
    plaintiffs: tuple[str, ...] = ()
    defendants: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    docket: str | None = None
    relief_sought: str | None = None
    reliefs: tuple[Relief, ...] = ()
    rulings: tuple[Mapping[str, Any], ...] = ()
    paused: Occurrence | None = None
    paused_until: When | None = None
    ended: Occurrence | None = None
    appealed_to: str | None = None
    appealed_from: str | None = None
