"""An erased event: what is known of it after its data was destroyed, its place in the record and the paths it had set.

The fold notes these paths on the entities that the event had touched; `domain.erasure` writes `[erased]` over them.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.event import Event
from domain.state_paths import host, tokens_of


@dataclass(frozen=True, kw_only=True)
class Erased(Event):
    """Replaces the data of an erased event, or of an event whose correction was erased."""

    original: Event | None = None
    """What is known of it all the same: the fields that outlive an erasure, or the event before its correction."""

    paths: tuple[str, ...] = ()
    """The places of the state that it had set."""

    because: tuple[str, ...] = ()
    """The erased event and the event that erased it."""

    def __getattr__(self, name: str) -> Any:
        # What is asked of an event of its type (its claim, its effective day) is asked of what is known of it.
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.__dict__.get("original"), name)

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        own = self.original.touches(event_id) if self.original is not None else ()
        hosted = ((ENTITY_TYPES[kind], entity_id) for kind, entity_id in _by_host(self.paths))
        return tuple(dict.fromkeys((*own, *hosted)))

    @property
    def SEEN_EARLY(self) -> bool:  # type: ignore[override]  # noqa: N802 - that of its type, which is known
        return self.original is not None and self.original.SEEN_EARLY

    def own_parties(self) -> tuple[str, ...]:
        return self.original.own_parties() if self.original is not None else ()

    def paths_in(self, entity_key: tuple[str, str]) -> tuple[str, ...]:
        """The places that belong to an entity."""
        return _by_host(self.paths).get(entity_key, ())


def known_event(event: Event) -> Event | None:
    """An event; of an erased one, what is known of it all the same. None where that is nothing."""
    return event.original if isinstance(event, Erased) else event


@cache
def _by_host(paths: tuple[str, ...]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        found.setdefault(host(tokens_of(path)), []).append(path)
    return {entity_key: tuple(each) for entity_key, each in found.items()}
