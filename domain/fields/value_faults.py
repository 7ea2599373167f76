"""The faults of a JSON value by the types that its field declares, each with a value of the right shape beside it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.errors import Problem
from domain.fields.description import FieldDescription, ValueType, describe
from domain.fields.field_names import nearest_fields, nearest_values
from domain.nearest_names import field_hint, nearest_hint
from domain.quotation import quoted
from domain.time.edtf import When

LONGEST_TEXT = 60 * 1024
"""Characters of one text: as many as an event may have bytes, so that only a text which fits in none is refused."""

LONGEST_EXAMPLE = 160
"""Characters of an example within a sentence; a longer one is left out."""

PLAIN: Mapping[Any, tuple[tuple[type, ...], str]] = {
    str: ((str,), "a text"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    bool: ((bool,), "true or false"),
    dict: ((dict,), "an object"),
}
"""The types of JSON values that stand for a type, and what they are called."""

Fault = tuple[str, str, tuple[str, ...]]
"""Code, sentence, and the nearest of the values that are accepted."""


def faults(value: object, types: Sequence[ValueType], pointer: str, example: object) -> Iterator[Problem]:
    """Every fault of a value that must be of one of these types; `example` is one that is."""
    name = pointer.rpartition("/")[2]
    kind = _closest(value, types)
    if kind.is_list or kind.nested is not None:
        if not isinstance(value, list if kind.is_list else dict):
            wanted = "a list" if kind.is_list else "an object"
            yield Problem(pointer, "invalid-type", f"{name} must be {wanted}, not {named(value)}{such_as(example)}.")
        elif isinstance(value, list):
            for index, each in enumerate(value):
                yield from faults(each, kind.items, f"{pointer}/{index}", example_of(kind.items))
        elif isinstance(value, dict):
            yield from _members(value, describe(kind.python_type), pointer, example)
    elif found := fault(value, kind):
        code, sentence, near = found
        told = with_example(sentence, example) if code == "invalid-type" else sentence
        yield Problem(pointer, code, f"{name}: {told}", near)


def _members(
    value: Mapping[str, object], declared: Mapping[str, FieldDescription], pointer: str, example: object
) -> Iterator[Problem]:
    """The faults of the members of an object."""
    for name in value:
        if name not in declared:
            near = nearest_fields(name, declared)
            told = f"There is no field {name[:128]!r} here{field_hint(near, declared)}."
            yield Problem(f"{pointer}/{name}", "unknown-field", told, near)
    for name, field in declared.items():
        own = example.get(name) if isinstance(example, Mapping) else None
        if value.get(name) is not None:
            yield from faults(value[name], field.types, f"{pointer}/{name}", own or example_of(field.types))
        elif field.required:
            yield Problem(f"{pointer}/{name}", "missing-field", f"{name} is required and missing.")


def _closest(value: object, types: Sequence[ValueType]) -> ValueType:
    """Of the types that a field accepts, the one that the value may be meant for: the last where it fits none."""
    fitting = (each for each in types if each.python_type in PLAIN and type(value) in PLAIN[each.python_type][0])
    return next((each for each in types if fault(value, each) is None), None) or next(fitting, types[-1])


def fault(value: Any, kind: ValueType) -> Fault | None:
    """What is wrong with a value without parts; None where nothing is."""
    if kind.is_list or kind.nested is not None:
        return None if isinstance(value, list if kind.is_list else dict) else ("invalid-type", "", ())
    if kind.choices:
        return _choice_fault(value, kind.choices)
    if kind.is_date:
        return _raised(When.parse, value, "invalid-date")
    if kind.is_any_json:
        return None
    accepted, article = PLAIN[kind.python_type]
    if type(value) not in accepted:
        return "invalid-type", f"{described(value)}: send {article}.", ()
    if kind.bounds is not None:
        return _raised(kind.bounds.check, value, "out-of-range")
    if kind.text_format is None:
        return None
    if len(value) > LONGEST_TEXT:
        told = f"{len(value)} characters exceed the maximum of {LONGEST_TEXT}: shorten the text."
        return "too-long", told, ()
    return _raised(kind.text_format.check, value, f"invalid-{kind.text_format.name.replace(' ', '-')}")


def _raised(check: Any, value: object, code: str) -> Fault | None:
    try:
        check(value)
    except ValueError as refused:
        return code, str(refused), ()
    return None


def _choice_fault(value: object, choices: tuple[Any, ...]) -> Fault | None:
    if any(type(value) is type(each) and value == each for each in choices):
        return None
    near = nearest_values(value, map(str, choices)) if isinstance(value, str) else ()
    listed = ", ".join(str(each).lower() if isinstance(each, bool) else str(each) for each in choices)
    return "invalid-value", f"{quoted(value)} is not one of {listed}{nearest_hint(near)}.", near


def example_of(types: Sequence[ValueType]) -> Any:
    """A value that is of the first of these types; None where none can be made up."""
    kind = types[0]
    if kind.is_list:
        return [example_of(kind.items)]
    if kind.nested is not None:
        members = describe(kind.nested)
        chosen = {name: each for name, each in members.items() if each.required} or dict(list(members.items())[:1])
        return {name: example_of(each.types) for name, each in chosen.items()}
    if kind.choices:
        return kind.choices[0]
    if kind.is_date:
        return "2020-09-15"
    if kind.text_format is not None:
        return EXAMPLES.get(kind.text_format.name, "...")
    return {str: "...", int: 30, float: 19.9, bool: True}.get(kind.python_type)


EXAMPLES: Mapping[str, str] = {
    "ref": "oracle", "event id": "event-1", "iso3166": "US", "iso4217": "USD", "decimal": "30000000000",
    "grade": "B2", "tz": "America/New_York",
}  # fmt: skip
"""A text of each format."""


def such_as(example: object) -> str:
    """The end of a sentence that shows a value of the right shape; empty where there is none, or none that is short."""
    if example is None:
        return ""
    text = json.dumps(example, ensure_ascii=False)
    return f": write it such as {text}" if len(text) <= LONGEST_EXAMPLE else ""


def with_example(sentence: str, example: object) -> str:
    """A sentence that ends in what to send, with an example of it."""
    shown = such_as(example).removeprefix(": write it")
    return f"{sentence.rstrip('.')},{shown}." if shown else sentence


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


def described(value: object) -> str:
    """The value that was sent, in words: `3 is a number`, `null was sent`."""
    if value is None or isinstance(value, bool):
        return f"{named(value)} was sent"
    return f"{quoted(value)} is {named(value)}"
