"""The reference of event types and rules as Markdown, generated from their declarations."""

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import domain.events
import domain.rules.catalogue
import domain.state  # noqa: F401  # importing it declares the rules of every section
from domain.event import REGISTRY, Event
from domain.fields.description import ValueType, describe
from domain.rulebook import RULES_BY_ID, Rule
from domain.time.edtf import When

PLAIN: dict[Any, str] = {
    When: "date", int: "whole number", float: "number", bool: "true or false", str: "text",
    dict: "field -> value", object: "any JSON",
}  # fmt: skip


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
    if cls.ALSO_CALLED:
        yield ""
        yield f"Also called, but to be written {cls.NAME}: {', '.join(cls.ALSO_CALLED)}."
    described = describe(cls)
    if described:
        yield ""
        yield "| field | value | meaning |"
        yield "|---|---|---|"
    for field in described.values():
        required = " *" if field.required else ""
        yield f"| `{field.name}`{required} | {_words(field.types)} | {' '.join(field.doc.split())} |"
    yield ""
    yield "```json"
    yield json.dumps(cls.EXAMPLE, ensure_ascii=False)
    yield "```"


def _words(types: tuple[ValueType, ...]) -> str:
    """What a field accepts, in words."""
    return " or ".join(dict.fromkeys(map(_word, types)))


def _word(kind: ValueType) -> str:
    if kind.text_format is not None:
        return kind.text_format.label
    if kind.choices:
        return ", ".join(f"`{json.dumps(value).strip(chr(34))}`" for value in kind.choices)
    if kind.is_list:
        return f"list of {_words(kind.items)}"
    plain = PLAIN.get(kind.python_type) or kind.python_type.__name__.lower()
    return f"{plain} from {kind.bounds.least} to {kind.bounds.most}" if kind.bounds is not None else plain


def _number(rule: Rule) -> int:
    """The number in an id such as C10; 0 for a rule with a name, which is listed where it is declared."""
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
