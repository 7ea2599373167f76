"""Those who negotiate, decide or are affected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.entities.base import Entity


@dataclass(frozen=True, kw_only=True)
class Party(Entity):
    KIND = "party"
    KEY = "party_id"
    SECTION = "parties"
    PHRASE = "{name}"
    UNCHECKED = True
    HARD = frozenset({"active"})
    BUILT_UP = frozenset({"roles"})
    ACCUMULATED: ClassVar = {"roles": ()}

    name: str | None = None
    roles: tuple[str, ...] = ()
    kind: str | None = None
    country: str | None = None
    lei: str | None = None
    parent: str | None = None
    active: bool = True
    representatives: tuple[Mapping[str, Any], ...] = ()
    history: tuple[Mapping[str, Any], ...] = ()

    def begun_by(self, member: str) -> tuple[str, ...] | None:
        if member != "roles":
            return super().begun_by(member)
        # A role that takes the place of every other.
        return tuple(event for move in self.history if move["previous"] is None for event in move["because"])
