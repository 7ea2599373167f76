"""Filters of events by type, as parameters and bodies name them."""

from domain.errors import BadQuestion, Problem
from domain.event import REGISTRY, nearest_types
from domain.nearest_names import nearest, nearest_hint
from projections.temporal.time_events import OF_TIME


def split_names(text: str | None) -> tuple[str, ...]:
    """The parts of a list separated by commas."""
    return tuple(each.strip() for each in (text or "").split(",") if each.strip())


def parse_types(text: str | None) -> tuple[str, ...]:
    """Event types, or groups such as `bid.*`. Raises BadQuestion for one that does not exist."""
    found = split_names(text)
    groups = {f"{each.split('.')[0]}.*" for each in REGISTRY}
    for each in found:
        if each not in REGISTRY and each not in groups:
            own = tuple(name for name in (f"{each.rstrip('.*')}.*",) if name in groups)
            near = own or (nearest(each, groups) if each.endswith("*") else nearest_types(each))
            told = f"There is no event type {each[:128]!r}{nearest_hint(near)}."
            raise BadQuestion(told, problems=(Problem("/type", "unknown-type", told, near),))
    return found


def split_types(text: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Event types and types of time events. Raises BadQuestion for one that does not exist."""
    of_time = tuple(each for each in split_names(text) if OF_TIME.fullmatch(each))
    return parse_types(",".join(each for each in split_names(text) if each not in of_time)), of_time
