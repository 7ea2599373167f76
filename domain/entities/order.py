"""Binding acts of governments, and pauses in their enforcement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from domain.entities.base import Entity, Occurrence
from domain.time.edtf import When
from domain.time.instants import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Enforcement stopped from `since` through the end of `until`; without one, until further notice."""

    since: str
    start: Moment
    until: When | None
    by: str
    legal_basis: str | None
    id: str


@dataclass(frozen=True, kw_only=True)
class Order(Entity):
    """A binding act of a government."""

    KIND = "order"
    KEY = "order_id"
    SECTION = "orders"
    PHRASE = "the {kind:order} “{title}”"
    DERIVED_FROM: ClassVar = {"signed": ("signed", "effective"), "paused": ("pauses",)}
    HARD = frozenset({"signed", "revoked", "pauses", "effective", "until"})
    BUILT_UP = frozenset({"curtailed"})

    kind: str | None = None
    issuer: str | None = None
    title: str | None = None
    jurisdiction: str | None = None
    authority: str | None = None
    number: str | None = None
    obligations: tuple[str, ...] = ()
    rationale: str | None = None
    bars: tuple[str, ...] = ()
    effective: When | None = None
    until: When | None = None
    proposed: Occurrence | None = None
    signed: Occurrence | None = None
    revoked: Occurrence | None = None
    pauses: tuple[Pause, ...] = ()
    steps: tuple[Mapping[str, Any], ...] = ()
    versions: tuple[Mapping[str, Any], ...] = ()
    unbarred: Occurrence | None = None
    """The amendment that last took `closing` from what it bars."""
    curtailed: tuple[str, ...] = ()
    """The amendments that took away something that it bars or demands."""
    other: Mapping[str, Any] = field(default_factory=dict)
    """Amended terms that have no field of their own."""
