"""What parties state and what is claimed of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from domain.entities.base import Entity, Key, Occurrence
from domain.fields.values import Restatement


@dataclass(frozen=True, kw_only=True)
class Stance(Entity):
    """The stance of one party on one issue; its id is party/issue."""

    KIND = "stance"
    KEY = "stance_id"
    SECTION = "stances"
    KEY_PARTS = 2
    SHOWS_FIELDS = False
    UNCHECKED = True
    OWN_LAYERS = True
    BY_CLAIM = True

    stated: Mapping[str, Any] | None = None
    stated_key: Key | None = None
    """Where in fold order the party last said so."""
    reported: Mapping[str, Any] | None = None
    """The stance that was only reported."""


@dataclass(frozen=True, kw_only=True)
class Claim(Entity):
    KIND = "claim"
    KEY = "claim_id"
    SECTION = "claims"
    PHRASE = "the report “{statement}”"
    DERIVED_FROM: ClassVar = {
        "status": ("confirmed", "denied", "reports"),
        "independent_origins": ("origins",),
        "confirmed_by": ("confirmed",),
        "denied_by": ("denied",),
    }
    OWN_LAYERS = True
    BY_CLAIM = True
    BUILT_UP = frozenset({"origins", "grade"})
    ACCUMULATED: ClassVar = {"independent_origins": (), "origins": (), "grade": ()}

    statement: str | None = None
    about: str | None = None
    grade: str | None = None
    reports: tuple[Mapping[str, Any], ...] = ()
    origins: frozenset[str] = frozenset()
    restates: Restatement | None = None
    confirmed: Occurrence | None = None
    denied: Occurrence | None = None
    denials: Mapping[str, Occurrence] = field(default_factory=dict)
    """The denial of each who said that it is false and has not confirmed it since."""
