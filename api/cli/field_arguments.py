"""`field=value` arguments of the command line, parsed by the type of the field."""

from collections.abc import Iterable, Mapping
from typing import Any

import typer

from api.http.strict_json import parse_json
from domain.errors import ParleyError
from domain.event import Event
from domain.fields.description import FieldDescription, describe
from domain.fields.field_names import nearest_fields
from domain.nearest_names import field_hint

OPTIONS = frozenset(
    {"occurred", "effective", "published", "id", "actor", "summary", "sources", "attribution", "grade", "quote", "note",
     "rank"}
)  # fmt: skip
"""Members of an event that options give, named as they are."""


def data_from_arguments(cls: type[Event], given: Iterable[str]) -> dict[str, Any]:
    """The `data` of an event from `field=value` arguments. Raises typer.BadParameter for an invalid argument."""
    described = describe(cls)
    data: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is no field=value: write for example {name or 'field'}=...")
        if name not in described:
            if name in OPTIONS:
                option = name.removesuffix("s") if name == "sources" else name
                raise typer.BadParameter(f"{name} is no field of {cls.NAME}: give it with --{option}.")
            near = nearest_fields(name, described)
            raise typer.BadParameter(f"{cls.NAME} has no field {name!r}{field_hint(near, described)}.")
        if name in data:
            raise typer.BadParameter(f"{name} is given twice.")
        data[name] = _value(value, described[name])
    return data


def _value(text: str, field: FieldDescription) -> Any:
    """A text field takes the text as typed; other fields take JSON, and a list may be written `a,b`."""
    if _takes_text(field):
        return _json(text) if text.startswith('"') else text
    read = _json(text)
    if read is text and field.is_list:
        return [part.strip() for part in text.split(",") if part.strip()]
    return [read] if field.is_list and not isinstance(read, list) and read is not None else read


def _json(text: str) -> Any:
    """The JSON value of a text; the text itself if it is not JSON and does not begin as an object, list or string."""
    try:
        return parse_json(text.encode())
    except ParleyError as fault:
        if text[:1] in ("{", "[", '"'):
            raise typer.BadParameter(f"{text!r} is not JSON: {fault.detail}") from fault
        return text


def _takes_text(field: FieldDescription) -> bool:
    return any(each.python_type is str or each.is_date for each in field.types)


def drop_empty(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members without null values."""
    return {name: value for name, value in members.items() if value not in (None, [])}
