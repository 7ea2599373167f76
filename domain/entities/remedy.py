"""Remedies offered to an authority."""

from dataclasses import dataclass

from domain.entities.base import Entity


@dataclass(frozen=True, kw_only=True)
class Remedy(Entity):
    KIND = "remedy"
    KEY = "remedy_id"
    SECTION = "remedies"
    PHRASE = "the remedy “{summary}”"
    HARD = frozenset({"status"})

    by: str | None = None
    to: str | None = None
    summary: str | None = None
    duration_years: float | None = None
    status: str | None = None
    decided_by: str | None = None
    reason: str | None = None
    approval_id: str | None = None
