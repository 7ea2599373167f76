"""The event types, listed and explained from their published schemas."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from rich.console import Console
from rich.text import Text

from api.cli.output import hanging, heading, indented, styled, table
from domain.event import REGISTRY
from domain.fields.description import value_types
from domain.fields.types import Country, Currency, Decimal, EventId, Expr, Grade, Lei, Ref

Type = Mapping[str, Any]

NAME_COLUMNS = 2 + max(map(len, REGISTRY))
"""Room for the longest name of a type in the list."""

FORMATS = {
    each.text_format.pattern: each.text_format.label
    for form in (Ref, EventId, Country, Currency, Decimal, Grade, Lei, Expr)
    for each in value_types(form)
    if each.text_format is not None
}
"""What the texts of a pattern are called."""

PLAIN = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true|false", "object": "object"}


def show_all(console: Console, types: Iterable[Type]) -> None:
    """All types by group, with their descriptions."""
    groups: dict[str, list[Type]] = {}
    for each in types:
        groups.setdefault(each["type"].partition(".")[0], []).append(each)
    for group, members in groups.items():
        console.print(heading(group))
        for each in members:
            meaning = each["description"].partition("\n")[0]
            console.print(hanging(styled((f" {each['type']}", "bold")), styled(meaning), NAME_COLUMNS))
    console.print(styled(("\nparley types TYPE explains one of them.", "dim")))


def show_one(console: Console, described: Type) -> None:
    """One type in full: its fields, an example, and the command that records it."""
    name, schema = described["type"], described["schema"]
    console.print(styled((name, "bold"), f"  {described['description']}"))
    console.print(styled(f"It does: {described['effect']}."))
    if described.get("also_called"):
        console.print(styled((f"Also called, but to be written {name}: {', '.join(described['also_called'])}.", "dim")))
    if schema.get("properties"):
        console.print(heading("Fields of data"))
        console.print(_fields(schema))
        console.print(indented(styled(("* required", "dim"))))
    console.print(heading("Example"))
    for line in orjson.dumps(described["example"], option=orjson.OPT_INDENT_2).decode().split("\n"):
        console.print(indented(styled(line)))
    console.print(heading("To record it"))
    console.print(styled(" " + example_command(name, described["example"])), soft_wrap=True)


def _fields(schema: Mapping[str, Any]) -> Any:
    rows = table("Field", "Is", "Means", wide="Means")
    required = schema.get("required", ())
    for field, declared in schema["properties"].items():
        rows.add_row(
            styled((field, "bold"), " *") if field in required else styled(field),
            Text("\n").join(styled(line) for line in kind(declared)),
            styled(declared.get("description", "")),
        )
    return rows


def kind(declared: Mapping[str, Any]) -> list[str]:
    """The values that a field takes, in words; an enumeration as its values, one per line."""
    match declared:
        case {"anyOf": arms}:
            return list(dict.fromkeys(word for arm in arms if arm.get("type") != "null" for word in kind(arm)))
        case {"enum": values}:
            return [str(value) for value in values]
        case {"const": value}:
            return [str(value).lower() if isinstance(value, bool) else str(value)]
        case {"$ref": place}:
            return [str(place).rsplit("/", 1)[-1].lower()]
        case {"type": "array", "items": items}:
            return ["list of", *kind(items)]
        case {"format": "edtf"}:
            return ["date"]
    return [FORMATS.get(declared.get("pattern"), PLAIN.get(str(declared.get("type")), "JSON"))]


def example_command(name: str, example: Mapping[str, Any]) -> str:
    """The command that records an event of this type."""
    return " ".join(["parley record DEAL", name, *_arguments(example), "--occurred DATE"])


def _arguments(example: Mapping[str, Any]) -> Iterator[str]:
    for field, value in example.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        safe = text.replace("-", "").replace("_", "").replace(".", "").isalnum()
        quoted = text.replace("'", "'\\''")
        yield f"{field}={text}" if safe else f"{field}='{quoted}'"
