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
    targets_because: tuple[str, ...] = ()
    """The events that gave the case its targets, where the relief names none of its own."""
    end: Occurrence | None = None
    """The event that ended it."""


@dataclass(frozen=True, kw_only=True)
class Case(Entity):
    KIND = "case"
    KEY = "case_id"
    SECTION = "litigation"
    PHRASE = "[the case {plaintiffs:names} v. {defendants:names}|the case in {court}]"
    DERIVED_FROM: ClassVar = {
        "status": ("ended", "decided", "paused", "appealed_to"),
        "transfers": ("courts",),
    }
    HARD = frozenset({"reliefs", "ended", "decided", "paused"})

    court: str | None = None
    courts: tuple[Mapping[str, Any], ...] = ()
    """The courts that it was transferred from, with the events that moved it."""
    level: str | None = None
    plaintiffs: tuple[str, ...] = ()
    defendants: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    docket: str | None = None
    forum: str | None = None
    relief_sought: str | None = None
    reliefs: tuple[Relief, ...] = ()
    rulings: tuple[Mapping[str, Any], ...] = ()
    paused: Occurrence | None = None
    paused_until: When | None = None
    ended: Occurrence | None = None
    decided: Occurrence | None = None
    """The final ruling; its value is the outcome."""
    appealed_to: str | None = None
    appealed_from: str | None = None
