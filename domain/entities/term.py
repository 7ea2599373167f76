"""Single terms of the deal, each with its values over time."""

from dataclasses import dataclass
from typing import Any

from domain.entities.base import Entity
from domain.time.edtf import When


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A value from its start until the next or its own end."""

    value: Any
    since: str
    until: When | None
    id: str
    agreement_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Term(Entity):
    KIND = "term"
    KEY = "term"
    SECTION = "terms"
    UNCHECKED = True
    HARD = frozenset({"segments"})

    segments: tuple[Segment, ...] = ()
    """In order of start; the last that has not ended holds."""
