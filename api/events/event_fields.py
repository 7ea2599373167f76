"""The fields of an event: what its type declares at a place, an example of it, and where else a field belongs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from domain.envelope import Payload, Submission
from domain.event import Event
from domain.fields.description import FieldDescription, describe
from domain.fields.value_faults import example_of

Path = Sequence[str | int]


@cache
def envelope() -> Mapping[str, FieldDescription]:
    """The members of an event beside `data`."""
    around = {**describe(Submission), **describe(Payload)}
    return {name: field for name, field in around.items() if name not in ("data", "payload", "sent")}


def example_at(event: type[Event] | None, path: Path) -> Any:
    """An example of the value at a place of an event of this type, from its class where that has one; else None."""
    if event is None or not path:
        return None
    if path[0] == "data":
        given: Any = event.EXAMPLE
        for step in path[1:]:
            given = given.get(step) if isinstance(given, Mapping) else None
        if given is not None:
            return given
    field: FieldDescription | None = None
    declared: Mapping[str, FieldDescription] = envelope()
    for step in path:
        if step == "data" and field is None:
            declared = describe(event)
        elif isinstance(step, str):
            field = declared.get(step)
            declared = describe(field.nested) if field is not None and field.nested is not None else {}
    if field is None or (isinstance(path[-1], int) and not field.is_list):
        return None
    kinds = field.types
    return example_of(kinds[0].items if isinstance(path[-1], int) and kinds[0].is_list else kinds)


def other_place(event: type[Event], path: Path) -> str | None:
    """A sentence that says where a field belongs that is given in an object without a field of its name; None where no
    other place of the event declares it."""
    name = path[-1]
    if not isinstance(name, str):
        return None
    here = tuple(step for step in path[:-1] if isinstance(step, str))
    if not here and name in describe(event):
        return f"{name} belongs inside data, and not beside it: {_written(('data',), name, event)}."
    if here and name in envelope():
        inside = " and ".join(here[-1:])
        return f"{name} belongs beside data, and not inside {inside}: {_written((), name, event)}."
    if len(here) > 1 and name in describe(event):
        return f"{name} belongs in data itself, and not inside {here[-1]}: {_written(('data',), name, event)}."
    for holder, field in _holders(event):
        if name in describe(field.nested or object) and here in ((), ("data",)) and name != holder:
            return f"{name} belongs inside {holder}: {_written(('data', holder), name, event)}."
    return None


def _holders(event: type[Event]) -> Iterator[tuple[str, FieldDescription]]:
    return ((name, field) for name, field in describe(event).items() if field.nested is not None)


def _written(holders: Sequence[str], name: str, event: type[Event]) -> str:
    """The place of a field, as JSON: `{"data": {"due": "2020-11-12"}}`."""
    value: Any = {name: example_at(event, (*holders, name))}
    for holder in reversed(holders):
        inner = describe(event).get(holder)
        value = {holder: [value] if inner is not None and inner.is_list else value}
    return json.dumps(value, ensure_ascii=False)
