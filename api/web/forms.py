"""HTML forms from the JSON Schema of an event type, and events from submitted forms."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from api.http.line_protocols import text_lines
from api.http.strict_json import parse_json
from api.web.filters import label
from domain.entities.party import Party
from domain.envelope import Payload, Submission
from domain.errors import ParleyError
from domain.event import REGISTRY
from domain.fields.description import FieldDescription, describe
from domain.fields.types import PARTY
from domain.sentences.wording import reference_of
from domain.state_paths import ENTITY_SECTIONS

HIDDEN = frozenset({"type", "deal_id", "schema_version", "id", "data"})
"""Members that are no inputs around the data."""

ENVELOPE = {**describe(Submission), **describe(Payload)}
"""The fields of the members beside the data."""

OFTEN = ("occurred", "summary", "actor", "attribution", "grade")
"""Envelope members that the form shows at once; the others are in a disclosure."""

LONG = frozenset(
    {"summary", "statement", "note", "quote", "reason", "rationale", "conditions", "obligation", "opinion"}
)
"""Fields with multi-line text."""

EVENTS = "events"
"""The picker of events."""

CHOSEN = {
    **{kind.KEY: section for section, kind in ENTITY_SECTIONS.items() if kind.SHOWS_FIELDS and not kind.SINGLETON},
    "event_id": EVENTS,
}
"""Fields with the id of what the record holds -> the section of the state that holds it, or EVENTS."""

_ROW = re.compile("0|[1-9][0-9]{0,2}")
"""The number of a row in the name of an input: a form has no more inputs than guard.INPUTS_AT_MOST."""


@dataclass(frozen=True, slots=True)
class Field:
    """One input. `kind`: text, long, date, integer, number, choice, flag, words (one per line), any, json,
    group, rows."""

    pointer: str
    """The pointer of the value in the event (RFC 6901); also the input's name."""

    title: str
    kind: str
    required: bool
    help: str = ""
    options: tuple[str, ...] = ()
    parts: tuple["Field", ...] = ()
    """Of a group, and of each of its rows."""
    suggested: str | None = None
    """What its value is suggested from: a section of the state, or EVENTS."""

    @property
    def id(self) -> str:
        return "f" + self.pointer.replace("/", "-")

    def moved(self, old: str, new: str) -> "Field":
        """The same input under another pointer."""
        parts = tuple(part.moved(old, new) for part in self.parts)
        return replace(self, pointer=new + self.pointer[len(old) :], parts=parts)

    def row(self, index: int) -> tuple["Field", ...]:
        """The inputs of one row."""
        return tuple(part.moved(self.pointer, f"{self.pointer}/{index}") for part in self.parts)


@dataclass(slots=True)
class FilledForm:
    """A submitted form: its event, and faults of its inputs."""

    event: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def fields_of(type_name: str, schema: Mapping[str, Any]) -> tuple[list[Field], list[Field], list[Field]]:
    """The inputs of an event by its schema: its data, the envelope members shown at once, and the others."""
    definitions, properties = schema.get("$defs", {}), schema["properties"]
    data = _members(_shape(properties["data"], definitions), "/data", definitions, describe(REGISTRY[type_name]))
    around = {name: each for name, each in properties.items() if name not in HIDDEN}
    others = _members({**schema, "properties": around}, "", definitions, ENVELOPE)
    often = [each for name in OFTEN for each in others if each.pointer == f"/{name}"]
    return list(data), often, [each for each in others if each not in often]


def _members(
    schema: Mapping[str, Any], pointer: str, definitions: Mapping[str, Any], declared: Mapping[str, FieldDescription]
) -> tuple[Field, ...]:
    required = schema.get("required", ())
    return tuple(
        _field(declared[name], f"{pointer}/{name}", member, name in required, definitions)
        for name, member in schema.get("properties", {}).items()
    )


def _field(
    declared: FieldDescription, pointer: str, member: Mapping[str, Any], required: bool, definitions: Mapping[str, Any]
) -> Field:
    shape = _shape(member, definitions)
    kind, options, parts = _kind(declared, pointer, shape, definitions)
    help_text = member.get("description") or shape.get("description") or ""
    return Field(pointer, label(declared.name), kind, required, help_text, options, parts, _suggested(declared))


def _suggested(declared: FieldDescription) -> str | None:
    return CHOSEN.get(declared.name) or (Party.SECTION if reference_of(declared) == PARTY else None)


def _shape(member: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema behind references and behind `or null`; {} for what may be one of several shapes."""
    if "$ref" in member:
        found: Mapping[str, Any] = definitions[member["$ref"].rsplit("/", 1)[1]]
        return found
    choices = [each for each in member.get("anyOf", ()) if each.get("type") != "null"]
    if len(choices) == 1:
        return _shape(choices[0], definitions)
    return {} if choices else member


def _kind(
    declared: FieldDescription, pointer: str, shape: Mapping[str, Any], definitions: Mapping[str, Any]
) -> tuple[str, tuple[str, ...], tuple[Field, ...]]:
    if "enum" in shape:
        return "choice", tuple(str(each) for each in shape["enum"]), ()
    if shape.get("format") in ("edtf", "date"):
        return "date", (), ()
    if shape.get("const") is True:
        return "flag", (), ()
    inner = describe(declared.nested or object)
    match shape.get("type"):
        case "string":
            return "long" if declared.name in LONG else "text", (), ()
        case "integer":
            return "integer", (), ()
        case "number":
            return "number", (), ()
        case "boolean":
            return "flag", (), ()
        case "array":
            item = _shape(shape.get("items", {}), definitions)
            if item.get("type") == "string":
                return "words", (), ()
            parts = _members(item, pointer, definitions, inner)
            return ("rows", (), parts) if parts else ("json", (), ())
        case "object":
            parts = _members(shape, pointer, definitions, inner)
            return ("group", (), parts) if parts else ("json", (), ())
    return "any", (), ()


def rows_filled(each: Field, given: Mapping[str, str]) -> int:
    """The number of rows of a field, up to the last one that is not empty.

    A name with a higher number than a form can have is of no input: else it would make so many rows by itself."""
    start = f"{each.pointer}/"
    places = [
        name[len(start) :].split("/")[0] for name, text in given.items() if name.startswith(start) and text.strip()
    ]
    return max((int(place) + 1 for place in places if _ROW.fullmatch(place)), default=0)


def read_form(fields: Iterable[Field], given: Mapping[str, str]) -> FilledForm:
    """The event of a submitted form. Empty inputs are omitted."""
    filled = FilledForm()
    for each in fields:
        value = _value(each, given, filled.errors)
        if value is not None:
            filled.event[each.pointer.rsplit("/", 1)[1]] = value
    return filled


def _value(each: Field, given: Mapping[str, str], errors: dict[str, str]) -> Any:
    if each.kind == "group":
        inner = read_form(each.parts, given)
        errors.update(inner.errors)
        return inner.event or None
    if each.kind == "rows":
        rows = [read_form(each.row(index), given) for index in range(rows_filled(each, given))]
        for row in rows:
            errors.update(row.errors)
        return [row.event for row in rows if row.event] or None
    text = given.get(each.pointer, "").strip()
    if not text:
        return None
    if each.kind == "words":
        return [line.strip() for line in text_lines(text) if line.strip()]
    if each.kind == "flag":
        return text == "yes"
    if each.kind in ("integer", "number", "any", "json"):
        return _parsed(each, text, errors)
    return text


def _parsed(each: Field, text: str, errors: dict[str, str]) -> Any:
    try:
        return parse_json(text.encode("utf-8", "surrogatepass"))
    except ParleyError:
        if each.kind == "any":
            return text
        wanted = {"integer": "a whole number", "number": "a number"}.get(each.kind, 'JSON, such as {"field": "value"}')
        errors[each.pointer] = f"This is not {wanted}."
        return None


def placed(faults: Iterable[Mapping[str, Any]], fields: Iterable[Field]) -> tuple[dict[str, str], list[str]]:
    """The faults of the API by input; and those that belong to no input."""
    names = set(_pointers(fields))
    beside: dict[str, str] = {}
    elsewhere = []
    for fault in faults:
        near = fault.get("nearest") or ()
        sentence = str(fault.get("detail", ""))
        if near and not any(str(name) in sentence for name in near):
            sentence += f" Nearest: {', '.join(near)}."
        pointer = str(fault.get("pointer", ""))
        while pointer and pointer not in names:
            pointer = pointer.rpartition("/")[0]
        if pointer:
            beside[pointer] = f"{beside[pointer]} {sentence}" if pointer in beside else sentence
        else:
            elsewhere.append(sentence)
    return beside, elsewhere


def _pointers(fields: Iterable[Field]) -> Iterable[str]:
    for each in fields:
        yield each.pointer
        if each.kind == "group":
            yield from _pointers(each.parts)
