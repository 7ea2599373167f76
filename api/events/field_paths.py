"""Names of fields and of their parts, as columns and arguments have them: `due`, `price.amount`, `stakes[0].pct`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.fields.description import FieldDescription, ValueType, describe

MOST_STEPS = 16
"""From one part to the next in a name; no field is as deep."""

_PATH = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\[[0-9]{1,3}\])?(\.[A-Za-z_][A-Za-z0-9_]*(\[[0-9]{1,3}\])?)*")
_STEP = re.compile(r"([A-Za-z0-9_]+)|\[([0-9]+)\]")

REPEATED = 2
"""Entries of a list of values with parts that are named one by one."""


class Unreadable(ValueError):
    """A value that its field cannot take; the text says the right form."""


def steps_of(name: str) -> list[str] | None:
    """The fields and indexes that a name goes through; None for a text that is no such name."""
    if not _PATH.fullmatch(name) or name.count(".") > MOST_STEPS:
        return None
    return [word or index for word, index in _STEP.findall(name)]


def types_at(described: Mapping[str, FieldDescription], path: Sequence[str]) -> tuple[ValueType, ...]:
    """The types of value that the field at a path takes; none where there is no such field, or where it takes any."""
    field = described.get(path[0])
    if field is None:
        return ()
    types, rest = field.types, path[1:]
    if rest and rest[0].isdecimal():
        types, rest = tuple(item for each in types for item in each.items), rest[1:]
    if not rest:
        return types
    nested = next((each.nested for each in types if each.nested), None)
    return types_at(describe(nested), rest) if nested else ()


def part_names(field: FieldDescription, prefix: str = "") -> Iterator[str]:
    """The names of a field, or of its parts where it has some."""
    name = f"{prefix}{field.name}"
    if field.nested is None:
        yield name
        return
    for holder in [f"{name}[{index}]" for index in range(REPEATED)] if field.is_list else [name]:
        for part in describe(field.nested).values():
            yield from part_names(part, f"{holder}.")


def place(raw: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Put a value at a path; objects and lists on the way are made. Raises Unreadable where another value stands."""
    target: Any = raw
    for step, following in zip(path, [*path[1:], None], strict=True):
        key: Any = int(step) if isinstance(target, list) else step
        if isinstance(target, list):
            target.extend({} for _ in range(len(target), key + 1))
        if following is None:
            if isinstance(target, dict) and key in target:
                raise Unreadable("it is given twice: leave one out.")
            target[key] = value
            return
        if isinstance(target, dict) and key not in target:
            target[key] = [] if following.isdecimal() else {}
        target = target[key]
        if not isinstance(target, dict | list):
            raise Unreadable("the whole of it is given too: leave one out.")
