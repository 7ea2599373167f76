"""`field=value` on the command line, read as the field of the event type wants it."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import typer

from api.events.decoding import read_json
from domain.errors import ParleyError
from domain.event import Event
from domain.spelling import nearest
from domain.time.edtf import When


def data_of(cls: type[Event], given: Iterable[str]) -> dict[str, Any]:
    """The `data` of an event from `field=value` arguments. Raises typer.BadParameter for an invalid argument."""
    hints = get_type_hints(cls, include_extras=True)
    names = hints.keys() & {each.name for each in fields(cast(Any, cls))}
    data: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r} is no field=value: write for example {name or 'field'}=...")
        if name not in names:
            near = nearest(name, names)
            hint = f"; nearest: {', '.join(near)}" if near else f"; parley types {cls.NAME} lists them"
            raise typer.BadParameter(f"{cls.NAME} has no field {name!r}{hint}.")
        if name in data:
            raise typer.BadParameter(f"{name} is given twice.")
        data[name] = _value(value, hints[name])
    return data


def _value(text: str, hint: Any) -> Any:
    """A text stays as typed where the field takes a text; elsewhere it is JSON, and a list may be typed `a,b`."""
    if _takes_text(hint):
        return _json(text) if text.startswith('"') else text
    read = _json(text)
    if read is text and _is_list(hint):
        return [part.strip() for part in text.split(",") if part.strip()]
    return [read] if _is_list(hint) and not isinstance(read, list) and read is not None else read


def _json(text: str) -> Any:
    """The JSON value of a text; the text itself where it is none, unless it begins as an object, a list or a string."""
    try:
        return read_json(text.encode())
    except ParleyError as fault:
        if text[:1] in ("{", "[", '"'):
            raise typer.BadParameter(f"{text!r} is not JSON: {fault.detail}") from fault
        return text


def _arms(hint: Any) -> tuple[Any, ...]:
    plain = get_args(hint)[0] if get_origin(hint) is Annotated else hint
    if get_origin(plain) in (Union, UnionType):
        return tuple(arm for each in get_args(plain) for arm in _arms(each) if arm is not NoneType)
    return (plain,)


def _takes_text(hint: Any) -> bool:
    return any(
        arm in (str, When) or (get_origin(arm) is Literal and isinstance(get_args(arm)[0], str)) for arm in _arms(hint)
    )


def _is_list(hint: Any) -> bool:
    return any(get_origin(arm) is tuple for arm in _arms(hint))


def without_nothing(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that were given."""
    return {name: value for name, value in members.items() if value not in (None, [])}
