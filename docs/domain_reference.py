"""The reference of event types and rules as Markdown, generated from their declarations."""

import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import groupby
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import domain.events
import domain.rules.catalogue
import domain.state  # noqa: F401  # importing it declares the rules of every section
from domain.event import REGISTRY, Event, field_docs
from domain.fields.types import TextFormat, Within
from domain.rulebook import RULES_BY_ID, Rule
from domain.time.edtf import When

PLAIN: dict[Any, str] = {
    When: "date", int: "whole number", float: "number", bool: "true or false", str: "text", Any: "any JSON",
}  # fmt: skip
SHAPES = {
    "str": "text", "ref": "id", "iso3166": "country", "iso4217": "currency", "expr": "condition", "tz": "time zone",
    "anchor": "date, or `order effective`",
    "anchorref": "`prior_due`, `event date` or a date", "lei": "LEI", "decimal": "decimal as text",
}  # fmt: skip
"""What the shapes of texts are called here."""


def events_page() -> str:
    """Every event type with its fields, its effect and an example."""
    return "\n".join(_events()) + "\n"


def rules_page() -> str:
    """Every rule of derivation with its text and an example."""
    return "\n".join(_rules()) + "\n"


def _events() -> Iterator[str]:
    yield "# Event types"
    yield ""
    yield f"The {len(REGISTRY)} types of developments. Each is one class in `domain/events/`; this is made from it."
    yield "Required fields are marked with *. Dates may be imprecise (EDTF); ids are short and without spaces."
    for group, types in groupby(REGISTRY.items(), key=lambda pair: pair[0].partition(".")[0]):
        yield ""
        yield f"## {group}"
        for name, cls in types:
            yield from _event(name, cls)


def _event(name: str, cls: type[Event]) -> Iterator[str]:
    yield ""
    yield f"### {name}"
    yield ""
    yield " ".join((cls.__doc__ or "").split())
    yield ""
    yield f"Effect: {cls.EFFECT}."
    hints, docs = get_type_hints(cls, include_extras=True), field_docs(cast(Any, cls))
    names = [each.name for each in fields(cast(Any, cls))]
    if names:
        yield ""
        yield "| field | value | meaning |"
        yield "|---|---|---|"
    for each in names:
        required = "" if _has_default(cls, each) else " *"
        yield f"| `{each}`{required} | {_value_kind(hints[each])} | {' '.join(docs[each].split())} |"
    yield ""
    yield "```json"
    yield json.dumps(cls.EXAMPLE, ensure_ascii=False)
    yield "```"


def _has_default(cls: type[Event], name: str) -> bool:
    return hasattr(cls, name)


def _value_kind(hint: Any) -> str:
    """The kind of value that a field holds, in words."""
    origin = get_origin(hint)
    if origin is Annotated:
        shape = next((each for each in hint.__metadata__ if isinstance(each, TextFormat | Within)), None)
        if isinstance(shape, Within):
            return f"{_value_kind(get_args(hint)[0])} from {shape.least} to {shape.most}"
        return SHAPES.get(shape.name, shape.name) if shape else _value_kind(get_args(hint)[0])
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_value_kind(arm) for arm in get_args(hint) if arm is not NoneType))
    if origin is Literal:
        return ", ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in get_args(hint))
    if origin is tuple:
        return f"list of {_value_kind(get_args(hint)[0])}"
    if origin is dict:
        return "field -> value"
    return PLAIN.get(hint) or str(hint.__name__).lower()


def _number(rule: Rule) -> int:
    """The number in an id such as C10; 0 for a rule with a name, which stands where it is declared."""
    digits = rule.id.removeprefix("C")
    return int(digits) if digits.isdecimal() else 0


def _rules() -> Iterator[str]:
    yield "# Rules of derivation"
    yield ""
    yield "How a state follows from its events. A value names the rule that made it in `rule`, its events in `because`."
    yield "This page is made from the code: the text of a rule is the docstring of what applies it."
    ordered = sorted(RULES_BY_ID.values(), key=lambda each: (each.group, _number(each)))
    for group, rules in groupby(ordered, key=lambda each: each.group):
        yield ""
        yield f"## {group}"
        for each in rules:
            yield from _rule(each)


def _rule(each: Rule) -> Iterator[str]:
    yield ""
    yield f"### {each.id}"
    yield ""
    for part in each.text.split("\n\n"):
        yield " ".join(part.split())
        yield ""
    yield f"*Example.* {each.example}"
