"""The check and the JSON Schema of one value without parts: a text, a number, a date, an item of a closed list."""

from collections.abc import Callable
from typing import Any

from pydantic_core import PydanticCustomError

from domain.fields.description import ValueType
from domain.fields.value_faults import LONGEST_TEXT, fault

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
    def check(value: Any) -> Any:
        if found := fault(value, kind):
            code, told, near = found
            raise PydanticCustomError(code, "{told}", {"told": told, "nearest": near})
        return value

    return check


def _schema(kind: ValueType) -> dict[str, Any]:
    if kind.bounds is not None:
        return {"type": "integer", "minimum": kind.bounds.least, "maximum": kind.bounds.most}
    if kind.text_format is not None:
        pattern = kind.text_format.pattern
        return {"type": "string", "maxLength": LONGEST_TEXT, **({"pattern": pattern} if pattern else {"minLength": 1})}
    name = "string" if kind.is_date else _TYPES[kind.python_type]
    if kind.choices:
        return {
            "type": name,
            **({"const": kind.choices[0]} if len(kind.choices) == 1 else {"enum": list(kind.choices)}),
        }
    return DATE_SCHEMA if kind.is_date else {"type": name}


_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object"}
"""The type of JSON Schema of each type without parts."""


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any) -> Any:
        for each in checks[:-1]:
            try:
                return each(value)
            except PydanticCustomError:
                continue
        return checks[-1](value)

    return check
