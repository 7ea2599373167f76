"""What one side does to move the other: strikes, sanctions, tariffs, defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.entities.base import Entity


@dataclass(frozen=True, kw_only=True)
class Pressure(Entity):
    """One campaign of pressure."""

    KIND = "pressure"
    KEY = "pressure_id"
    SECTION = "pressures"
    PHRASE = "the {kind:pressure} by {by:names}"
    HARD = frozenset({"status", "level"})
    BUILT_UP = frozenset({"level"})
    ACCUMULATED: ClassVar = {"level": ("since",)}

    kind: str | None = None
    by: str | None = None
    against: tuple[str, ...] = ()
    scope: str | None = None
    size: str | None = None
    status: str | None = None
    level: int = 0
    """How often it was escalated less how often it was eased, from 1 at its start; never below 0."""
    since: str | None = None
    ended: str | None = None
    """How it ended, in words."""
    history: tuple[Mapping[str, Any], ...] = ()
