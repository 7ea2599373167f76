"""Reviews, licences and consents by authorities."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.entities.base import Entity, Occurrence
from domain.time.edtf import When

GRANTED = frozenset({"granted", "conditioned", "cleared"})
"""The statuses in which closing is free: granted with or without conditions, or a waiting period that ran out."""

OUTSTANDING = frozenset({"required", "pending"})
"""The statuses in which a decision is still to come."""


@dataclass(frozen=True, kw_only=True)
class Approval(Entity):
    """A review, licence or consent by an authority."""

    KIND = "approval"
    KEY = "approval_id"
    SECTION = "approvals"
    PHRASE = "the approval by {authority:names}"
    DERIVED_FROM: ClassVar = {"due": ("phase_due", "status")}
    HARD = frozenset({"status", "status_mark", "marks"})

    authority: str | None = None
    jurisdiction: str | None = None
    subject: str | None = None
    legal_basis: str | None = None
    only_if: str | None = None
    suspensory: bool | None = None
    """Whether the law bars closing until it is cleared."""
    min_days: int | None = None
    max_days: int | None = None
    day_kind: str | None = None
    status: str | None = None
    status_mark: Occurrence | None = None
    marks: tuple[Occurrence, ...] = ()
    """Every status it was given, in fold order."""
    applied: Occurrence | None = None
    phase: str | None = None
    phase_due: When | None = None
    clock: Occurrence | None = None
    """The last application, refiling or reopening: from here min_days and max_days count."""
    conditions: tuple[str, ...] = ()
    scope: str | None = None
    views: tuple[Mapping[str, Any], ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()
