"""`field=value` arguments of the command line, parsed by the type of the field."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import typer

from api.events import field_paths
from api.events.field_paths import Unreadable
from api.http.strict_json import parse_json
from domain.errors import ParleyError
from domain.event import Event
from domain.fields.description import ValueType, describe
from domain.fields.field_names import nearest_fields
from domain.nearest_names import field_hint, nearest

OPTIONS = frozenset(
    {"occurred", "effective", "published", "id", "actor", "summary", "sources", "attribution", "grade", "quote", "note",
     "rank"}
)  # fmt: skip
"""Members of an event that options give, named as they are."""


def data_from_arguments(cls: type[Event], given: Iterable[str], options: Sequence[str] = ()) -> dict[str, Any]:
    """The `data` of an event from its arguments, `field=value` or `--field value`; a part of a value with parts is
    named as in a table: `price.amount=5`, `stakes[0].pct=51`. `options`: those of the command, one of which may be
    meant. Raises typer.BadParameter with every invalid argument."""
    data: dict[str, Any] = {}
    faults: list[str] = []
    for text in _with_equals(given):
        name, equals, value = text.partition("=")
        try:
            if text.startswith("--"):
                _path(cls, text[2:], options)
                raise Unreadable(f"{text} is without its value: write for example {text[2:]}=...")
            if not equals:
                raise Unreadable(f"{text!r} is no field=value: write for example {name or 'field'}=...")
            path = _path(cls, name, options)
            try:
                field_paths.place(data, path, _value(value, field_paths.types_at(describe(cls), path)))
            except Unreadable as fault:
                raise Unreadable(f"{name}: {fault}") from fault
        except Unreadable as fault:
            faults.append(str(fault))
    if faults:
        raise typer.BadParameter(" ".join(faults))
    return data


def _with_equals(given: Iterable[str]) -> Iterator[str]:
    """The arguments, with `--field value` and `--field=value` as `field=value`."""
    rest = iter(given)
    for text in rest:
        if not text.startswith("--"):
            yield text
        elif "=" in text:
            yield text[2:]
        else:
            value = next(rest, None)
            yield text if value is None else f"{text[2:]}={value}"


def _path(cls: type[Event], name: str, options: Sequence[str]) -> Sequence[str]:
    """The way to a field of the type or to a part of one. Raises Unreadable."""
    described = describe(cls)
    path = field_paths.steps_of(name) or [name]
    holder = ""
    for index, step in enumerate(path):
        if step.isdecimal():
            holder = f"{holder}[{step}]"
            continue
        if step not in described:
            raise Unreadable(
                _unknown(cls, name, options) if not holder else _unknown_part(cls, holder, step, described)
            )
        field, holder = described[step], f"{holder}.{step}" if holder else step
        if field.nested is None:
            if path[index + 1 :] and not any(each.python_type is dict or each.is_list for each in field.types):
                raise Unreadable(f"{holder} of {cls.NAME} has no parts: write {holder}=...")
            break
        described = describe(field.nested)
    return path


def _unknown(cls: type[Event], name: str, options: Sequence[str]) -> str:
    if name in OPTIONS:
        return (
            f"{name} is no field of {cls.NAME}: give it with --{name.removesuffix('s') if name == 'sources' else name}."
        )
    described = describe(cls)
    near = nearest_fields(name, described) or nearest(f"--{name}", options)
    return f"{cls.NAME} has no field {name!r}{field_hint(near, described)}."


def _unknown_part(cls: type[Event], holder: str, name: str, described: Mapping[str, Any]) -> str:
    near = [f"{holder}.{each}" for each in nearest_fields(name, described)]
    return (
        f"{cls.NAME} has no field {f'{holder}.{name}'!r}{field_hint(near, (f'{holder}.{each}' for each in described))}."
    )


def _value(text: str, types: Sequence[ValueType]) -> Any:
    """A text field takes the text as typed; other fields take JSON, and a list may be written `a,b`."""
    is_list = any(each.is_list for each in types)
    if any(each.python_type is str or each.is_date for each in types):
        return _json(text) if text.startswith('"') else text
    read = _json(text)
    if read is text and is_list:
        return [part.strip() for part in text.split(",") if part.strip()]
    return [read] if is_list and not isinstance(read, list) and read is not None else read


def _json(text: str) -> Any:
    """The JSON value of a text; the text itself if it is not JSON and does not begin as an object, list or string."""
    try:
        return parse_json(text.encode())
    except ParleyError as fault:
        if text[:1] in ("{", "[", '"'):
            raise Unreadable(f"{text!r} is not JSON: {fault.detail}") from fault
        return text


def drop_empty(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members without null values."""
    return {name: value for name, value in members.items() if value not in (None, [])}
