"""All that is wrong with an event that was refused: pydantic models made from the domain's classes.

The models hold the same rules as the fast path and are also where JSON Schemas come from, so what is published, what
is explained and what is accepted are one.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError, WithJsonSchema, create_model
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticCustomError

from api import limits
from api.http.excerpt import Excerpt
from domain.envelope import PAYLOAD_MEMBERS, Payload
from domain.errors import Problem
from domain.event import REGISTRY, field_docs
from domain.fields.types import EventId, Ref, TextFormat, Within
from domain.spelling import nearest
from domain.time.edtf import When
from domain.validation import DATA_LIMIT

DATE_SCHEMA = {
    "type": "string",
    "format": "edtf",
    "examples": ["2020-09-15", "2020-08~", "2020-09-15T23:59:00-04:00"],
    "description": "A day, month or year, an instant with its offset, or an imprecise date (a strict subset of EDTF).",
}


class Schemas(GenerateJsonSchema):
    """JSON Schemas in which a field that may be absent has no default: one of null fits no array and no text."""

    def default_schema(self, schema: Any) -> dict[str, Any]:
        made = super().default_schema(schema)
        return {name: value for name, value in made.items() if (name, value) != ("default", None)}


CONFIG = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


def explain(raw: object, deal_id: str | None) -> list[Problem]:
    """Every fault of one event as decoded from JSON; never empty, for it is asked about a refused one."""
    if not isinstance(raw, dict):
        return [Problem("", "invalid-type", f"An event is an object, and this is {_named(raw)}.")]
    faults = []
    name = raw.get("type")
    model = event_model(name) if isinstance(name, str) and name in REGISTRY else unknown_event()
    if isinstance(name, str) and name not in REGISTRY:
        near = nearest(name, REGISTRY)
        told = f"There is no event type {name[:128]!r}{_hint(near)}."
        faults.append(Problem("/type", "unknown-type", told, near, hint="list-event-types"))
    own = raw.get("deal_id")
    if own is None and deal_id is None:
        faults.append(Problem("/deal_id", "missing-field", "deal_id is required: the deal it belongs to."))
    elif isinstance(own, str) and deal_id is not None and own != deal_id:
        told = f"deal_id {own[:128]!r} differs from the deal of the path, {deal_id!r}: leave it out or mend one."
        faults.append(Problem("/deal_id", "deal-mismatch", told))
    faults += faults_of(model, raw)
    return faults or [Problem("", "invalid-value", "The event cannot be read as its type declares it.")]


def faults_of(model: type[BaseModel], raw: object) -> list[Problem]:
    """What keeps a JSON value from being one of this model: as far as is told, and how much was not looked at."""
    excerpt = Excerpt(_names(model))
    try:
        model.model_validate(excerpt.of(raw))
    except ValidationError as refused:
        errors = refused.errors(include_url=False)
        faults = [_fault(each, model) for each in errors[: limits.FAULTS_EXPLAINED]]
        left = len(errors) - len(faults) + excerpt.left_out
        if left > 0:
            told = f"{left} further members or items are wrong, or were not checked: correct these first."
            faults.append(Problem("", "not-looked-at", told, stands_for=left))
        return faults
    if excerpt.left_out:
        told = f"{excerpt.left_out} members or items are too many to be checked: send what the type declares."
        return [Problem("", "not-looked-at", told, stands_for=excerpt.left_out)]
    return []


def _fault(error: Any, model: type[BaseModel]) -> Problem:
    path = error["loc"]
    pointer = "".join("/" + str(each).replace("~", "~0").replace("/", "~1") for each in path)
    name = str(path[-1])[:128] if path else "event"
    match error["type"]:
        case "extra_forbidden":
            within = _within(model, path[:-1])
            near = nearest(name, within)
            return Problem(pointer, "unknown-field", f"There is no field {name!r} here{_hint(near)}.", near)
        case "missing":
            return Problem(pointer, "missing-field", f"{name} is required and missing.")
        case "list_type":
            return Problem(pointer, "invalid-type", f"{name} is a list, and this is {_named(error['input'])}.")
        case "model_type" | "model_attributes_type":
            return Problem(pointer, "invalid-type", f"{name} is an object, and this is {_named(error['input'])}.")
        case "value_error" | "string_type" | "string_pattern_mismatch" | "literal_error" | "int_type" | "too_long":
            return Problem(pointer, "invalid-value", f"{name}: {error['msg'].removeprefix('Value error, ')}.")
    told = error.get("ctx", {})
    return Problem(pointer, error["type"], told.get("told", error["msg"]), tuple(told.get("nearest", ())))


@cache
def _names(model: type[BaseModel]) -> frozenset[str]:
    """The names of all fields of a model and of the models within it."""
    inner = filter(None, (_model_in(field.annotation) for field in model.model_fields.values()))
    return frozenset(model.model_fields).union(*map(_names, inner))


def _within(model: Any, path: tuple[Any, ...]) -> list[str]:
    """Field names of the model at a place inside another."""
    for step in path:
        if isinstance(step, str):
            model = _model_in(model.model_fields[step].annotation)
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arm in get_args(annotation) if (found := _model_in(arm)) is not None), None)


def _hint(near: tuple[str, ...]) -> str:
    return f"; nearest: {', '.join(near)}" if near else ""


def _named(value: object) -> str:
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
    """What was sent, said once: `3 is a number`, `null was sent`."""
    if value is None or isinstance(value, bool):
        return f"{_named(value)} was sent"
    return f"{_shown(value)} is {_named(value)}"


@cache
def event_model(name: str) -> type[BaseModel]:
    """The whole event of one type, as it is posted."""
    cls = REGISTRY[name]
    return _envelope(name, (Literal[name], Field(description="The type of the event.")), data_model(name), cls.__doc__)


@cache
def unknown_event() -> type[BaseModel]:
    """An event of no type that is known: its `data` cannot be judged."""
    return _envelope("event", (_leaf(str), Field(description="The type of the event.")), _leaf(dict[str, Any]), None)


@cache
def data_model(name: str) -> type[BaseModel]:
    """The `data` of one type."""
    cls: Any = REGISTRY[name]
    return model_of(cls)


def _envelope(name: str, kind: Any, data: Any, doc: str | None) -> type[BaseModel]:
    hints, docs = get_type_hints(Payload, include_extras=True), field_docs(Payload)
    members: dict[str, Any] = {
        "type": kind,
        "occurred": (_leaf(When), Field(description="When it happened, as precisely as is known.")),
        "data": (data, Field(description=docs["data"])),
        "deal_id": (_leaf(Ref) | None, Field(None, description="The deal; that of the path where absent.")),
        "id": (_leaf(EventId) | None, Field(None, description="Its id, unique in the log; made here where absent.")),
        "schema_version": (_leaf(int) | None, Field(None, description="Of the type; the newest where absent.")),
        "published": (
            _leaf(When) | None,
            Field(None, description="When it became public; the day it occurred where absent."),
        ),
    }
    for each in PAYLOAD_MEMBERS:
        if each != "data":
            members[each] = (_optional(hints[each]), Field(None, description=docs[each]))
    return create_model(name, __config__=CONFIG, __doc__=doc, **members)


@cache
def model_of(cls: Any) -> type[BaseModel]:
    """The model of one of the domain's dataclasses."""
    hints, docs = get_type_hints(cls, include_extras=True), field_docs(cls)
    members: dict[str, Any] = {}
    for each in fields(cls):
        described: dict[str, Any] = {"description": docs[each.name]} if each.name in docs else {}
        if each.default is MISSING and each.default_factory is MISSING:
            members[each.name] = (_annotation(hints[each.name]), Field(**described))
        else:
            members[each.name] = (_optional(hints[each.name]), Field(None, **described))
    return create_model(cls.__name__, __config__=CONFIG, __doc__=cls.__doc__, **members)


def _optional(hint: Any) -> Any:
    """The annotation of a field that may be absent or null."""
    inner = _annotation(hint)
    return inner if hint is Any else inner | None


def _annotation(hint: Any) -> Any:
    """The annotation by which pydantic accepts what the domain's own accepts."""
    if get_origin(hint) in (Union, UnionType):
        arms = tuple(arm for arm in get_args(hint) if arm is not NoneType)
        inner = _annotation(arms[0]) if len(arms) == 1 else _leaf(Union[arms])  # noqa: UP007 - made from a tuple
        return inner if len(arms) == len(get_args(hint)) else inner | None
    if get_origin(hint) is tuple:
        return list[_annotation(get_args(hint)[0])]  # type: ignore[misc]  # made while running
    if isinstance(hint, type) and is_dataclass(hint) and hint is not When:
        return model_of(hint)
    return _leaf(hint)


def _leaf(hint: Any) -> Any:
    """A value without parts of its own to explain: one check, one schema."""
    if hint is Any:
        return Any
    check, schema = _checked(hint)
    return Annotated[Any, PlainValidator(check), WithJsonSchema(schema)]


Check = Callable[[Any], Any]


def _checked(hint: Any) -> tuple[Check, dict[str, Any]]:
    if get_origin(hint) is Annotated:
        shape = next(each for each in hint.__metadata__ if isinstance(each, TextFormat | Within))
        if isinstance(shape, Within):
            return _bounded(shape), {"type": "integer", "minimum": shape.least, "maximum": shape.most}
        pattern = {"pattern": shape.pattern} if shape.pattern else {"minLength": 1}
        return _text(shape), {"type": "string", "maxLength": DATA_LIMIT, **pattern}
    if get_origin(hint) is Literal:
        return _one_of(get_args(hint)), _closed(get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        arms = [_checked(arm) for arm in get_args(hint)]
        return _any_of([check for check, _ in arms]), _either([schema for _, schema in arms])
    if hint is When:
        return _date, DATE_SCHEMA
    kind, name = _PLAIN[get_origin(hint) or hint]
    return _typed(kind, name), {"type": name}


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


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    if {"type": "number"} in schemas:
        schemas.remove({"type": "integer"})
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _closed(values: tuple[Any, ...]) -> dict[str, Any]:
    kind = "boolean" if isinstance(values[0], bool) else "string"
    return {"type": kind, "const": values[0]} if len(values) == 1 else {"type": kind, "enum": list(values)}


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
            raise _refused("too-long", f"{len(value)} characters are more than {DATA_LIMIT}: shorten the text.")
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
            raise _refused("invalid-value", f"{_shown(value)} is none of {choice}{_hint(near)}.", near)
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


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 64 else text[:61] + "..."
