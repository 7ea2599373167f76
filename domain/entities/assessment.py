"""Judgements of analysts."""

from dataclasses import dataclass
from typing import Any

from domain.entities.base import Entity


@dataclass(frozen=True, kw_only=True)
class Assessment(Entity):
    """The analyst's own judgement; its id is subject/measure."""

    KIND = "assessment"
    KEY = "assessment_id"
    SECTION = "assessments"
    KEY_PARTS = 2
    SHOWS_FIELDS = False
    UNCHECKED = True

    value: Any = None
    method: str | None = None
    since: str | None = None
