"""Ids that were merged into another."""

from dataclasses import dataclass

from domain.entities.base import Entity


@dataclass(frozen=True, kw_only=True)
class Identity(Entity):
    """One id that turned out to be another."""

    KIND = "identity"
    KEY = "merged"
    SECTION = "merged"
    SHOWS_FIELDS = False
    UNCHECKED = True

    into: str | None = None
