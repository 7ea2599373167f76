"""The check and the JSON Schema of one value without parts: a text, a number, a date, an item of a closed list."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import PydanticCustomError

from domain.fields.description import ValueType
from domain.fields.types import TextFormat, Within
from domain.nearest_names import nearest, nearest_hint
from domain.time.edtf import When
from domain.validation import DATA_LIMIT

Check = Callable[[Any], Any]
"""Returns the value, or raises PydanticCustomError with a sentence."""

DATE_SCHEMA = {
    "type": "string",
    "format": "edtf",
    "examples": ["2020-09-15", "2020-08~", "2020-09-15T23:59:00-04:00"],
    "description": "A day, month or year, an instant with its offset, or an imprecise date (a strict subset of EDTF).",
}


def check_of(types: tuple[ValueType, ...]) -> Check:
    """The check of a value that is of one of these types."""
    checks = [_check(each) for each in types]
    return checks[0] if len(checks) == 1 else _any_of(checks)


def schema_of(types: tuple[ValueType, ...]) -> dict[str, Any]:
    """The JSON Schema of a value that is of one of these types."""
    schemas = [_schema(each) for each in types]
    if {"type": "number"} in schemas:
        schemas.remove({"type": "integer"})
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _check(kind: ValueType) -> Check:
    if kind.bounds is not None:
        return _bounded(kind.bounds)
    if kind.text_format is not None:
        return _text(kind.text_format)
    if kind.choices:
        return _one_of(kind.choices)
    return _date if kind.is_date else _typed(*_PLAIN[kind.python_type])


def _schema(kind: ValueType) -> dict[str, Any]:
    if kind.bounds is not None:
        return {"type": "integer", "minimum": kind.bounds.least, "maximum": kind.bounds.most}
    if kind.text_format is not None:
        pattern = kind.text_format.pattern
        return {"type": "string", "maxLength": DATA_LIMIT, **({"pattern": pattern} if pattern else {"minLength": 1})}
    name = _PLAIN[kind.python_type][1] if not kind.is_date else "string"
    if kind.choices:
        return {
            "type": name,
            **({"const": kind.choices[0]} if len(kind.choices) == 1 else {"enum": list(kind.choices)}),
        }
    return DATE_SCHEMA if kind.is_date else {"type": name}


_PLAIN: Mapping[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "string"),
    int: ((int,), "integer"),
    float: ((int, float), "number"),
    bool: ((bool,), "boolean"),
    dict: ((dict,), "object"),
}
_ARTICLES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
}


def _refused(code: str, told: str, nearest: tuple[str, ...] = ()) -> PydanticCustomError:
    return PydanticCustomError(code, "{told}", {"told": told, "nearest": nearest})


def _typed(kinds: tuple[type, ...], name: str) -> Check:
    def check(value: Any) -> Any:
        if type(value) not in kinds:
            raise _refused("invalid-type", f"{_this(value)}: send {_ARTICLES[name]}.")
        return value

    return check


def _bounded(bounds: Within) -> Check:
    whole = _typed(*_PLAIN[int])

    def check(value: Any) -> Any:
        whole(value)
        try:
            bounds.check(value)
        except ValueError as fault:
            raise _refused("out-of-range", str(fault)) from None
        return value

    return check


def _text(shape: TextFormat) -> Check:
    def check(value: Any) -> Any:
        if not isinstance(value, str):
            raise _refused("invalid-type", f"{_this(value)}: send a text.")
        if len(value) > DATA_LIMIT:
            raise _refused("too-long", f"{len(value)} characters exceed the maximum of {DATA_LIMIT}: shorten the text.")
        try:
            shape.check(value)
        except ValueError as fault:
            raise _refused(f"invalid-{shape.name.replace(' ', '-')}", str(fault)) from None
        return value

    return check


def _date(value: Any) -> Any:
    try:
        When.parse(value)
    except ValueError as fault:
        raise _refused("invalid-date", str(fault)) from None
    return value


def _one_of(values: tuple[Any, ...]) -> Check:
    def check(value: Any) -> Any:
        if not any(type(value) is type(each) and value == each for each in values):
            near = nearest(value, map(str, values)) if isinstance(value, str) else ()
            choice = ", ".join(str(each).lower() if isinstance(each, bool) else str(each) for each in values)
            raise _refused("invalid-value", f"{shown(value)} is not one of {choice}{nearest_hint(near)}.", near)
        return value

    return check


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any) -> Any:
        for each in checks[:-1]:
            try:
                return each(value)
            except PydanticCustomError:
                continue
        return checks[-1](value)

    return check


def shown(value: object) -> str:
    """A value as it is quoted in a sentence, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 64 else text[:61] + "..."


def named(value: object) -> str:
    """The JSON type of a value, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case list():
            return "a list"
    return "an object"


def _this(value: object) -> str:
    """The value that was sent, in words: `3 is a number`, `null was sent`."""
    if value is None or isinstance(value, bool):
        return f"{named(value)} was sent"
    return f"{shown(value)} is {named(value)}"
