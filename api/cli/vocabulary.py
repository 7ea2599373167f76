"""The vocabulary of events, listed and explained."""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import orjson
from rich.console import Console
from rich.text import Text

import domain.events  # noqa: F401 - registers the vocabulary
from api.cli.terminal import hanging, heading, indented, styled, table
from domain.event import REGISTRY, Event, event_type, field_docs
from domain.kinds import Shape

NAME_COLUMNS = max(map(len, REGISTRY)) + 2


def show_all(console: Console) -> None:
    """Every type by group, with what it means."""
    group = ""
    for name, cls in REGISTRY.items():
        if name.split(".")[0] != group:
            group = name.split(".")[0]
            console.print(heading(group))
        console.print(hanging(styled((" " + name, "bold")), styled(first_line(cls)), NAME_COLUMNS))
    console.print(styled(("\nparley types TYPE explains one of them.", "dim")))


def show_one(console: Console, name: str) -> None:
    """One type in full. Raises UnknownType with the nearest names."""
    cls = event_type(name)
    console.print(styled((name, "bold"), f"  {(cls.__doc__ or '').strip()}"))
    if cls.EFFECT:
        console.print(styled(f"It does: {cls.EFFECT}"))
    console.print(heading("Fields of data"))
    made: Any = cls  # a dataclass, as every declared event is
    hints, docs = get_type_hints(cls, include_extras=True), field_docs(made)
    rows = table("Field", "Is", "Means", wide="Means")
    for each in fields(made):
        rows.add_row(
            styled((each.name, "bold"), " *") if required(each) else styled(each.name),
            Text("\n").join(styled(line) for line in kind(hints[each.name])),
            styled(docs.get(each.name, "")),
        )
    console.print(rows)
    console.print(indented(styled(("* required", "dim"))))
    console.print(heading("Example"))
    for line in orjson.dumps(dict(cls.EXAMPLE), option=orjson.OPT_INDENT_2).decode().splitlines():
        console.print(indented(styled(line)))
    console.print(heading("To record it"))
    console.print(styled(" " + as_typed(name, cls.EXAMPLE)), soft_wrap=True)


def first_line(cls: type[Event]) -> str:
    """What a type means, in a sentence."""
    return (cls.__doc__ or "").strip().splitlines()[0]


def required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def kind(hint: Any) -> list[str]:
    """What a field takes, in words; a closed list as its values."""
    if get_origin(hint) is Annotated:
        shape = next((each for each in hint.__metadata__ if isinstance(each, Shape)), None)
        return ["text" if shape is None or shape.name == "str" else shape.name]
    if get_origin(hint) is Literal:
        return [str(each).lower() if isinstance(each, bool) else str(each) for each in get_args(hint)]
    if get_origin(hint) in (Union, UnionType):
        return list(dict.fromkeys(word for arm in get_args(hint) if arm is not NoneType for word in kind(arm)))
    if get_origin(hint) is tuple:
        return ["list of", *kind(get_args(hint)[0])]
    named = {"str": "text", "int": "whole number", "float": "number", "bool": "true|false", "When": "date"}
    plain = getattr(get_origin(hint) or hint, "__name__", "any")
    return [named.get(plain, "JSON" if plain in ("dict", "Any") else plain.lower())]


def as_typed(name: str, example: Mapping[str, Any]) -> str:
    """The command that records an event of this type."""
    return " ".join(["parley record DEAL", name, *_arguments(example), "--occurred DATE"])


def _arguments(example: Mapping[str, Any]) -> Iterable[str]:
    for field, value in example.items():
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        safe = text.replace("-", "").replace("_", "").replace(".", "").isalnum()
        quoted = text.replace("'", "'\\''")
        yield f"{field}={text}" if safe else f"{field}='{quoted}'"
