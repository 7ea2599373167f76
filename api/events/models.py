"""The pydantic models of events, made from the description of the domain's classes.

They hold the same rules as the fast path of `api.events.decoding`. JSON Schemas and the list of faults of a refused
event both come from them, so what is published, what is explained and what is accepted are one.
"""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema, create_model
from pydantic.json_schema import GenerateJsonSchema

from api.events.value_checks import check_of, schema_of
from domain.envelope import Payload
from domain.event import REGISTRY
from domain.fields.description import FieldDescription, ValueType, describe, value_types
from domain.fields.types import EventId, Ref
from domain.time.edtf import When

CONFIG = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True)


class Schemas(GenerateJsonSchema):
    """JSON Schemas in which a field that may be absent has no default: one of null fits no array and no text."""

    def default_schema(self, schema: Any) -> dict[str, Any]:
        made = super().default_schema(schema)
        return {name: value for name, value in made.items() if (name, value) != ("default", None)}


@cache
def event_model(name: str) -> type[BaseModel]:
    """The whole event of one type, as it is posted."""
    cls = REGISTRY[name]
    return _envelope(name, (Literal[name], Field(description="The type of the event.")), data_model(name), cls.__doc__)


@cache
def unknown_event() -> type[BaseModel]:
    """An event of an unknown type: its `data` is not validated."""
    return _envelope("event", (_leaf(str), Field(description="The type of the event.")), _leaf(dict[str, Any]), None)


@cache
def data_model(name: str) -> type[BaseModel]:
    """The `data` of one type."""
    cls: Any = REGISTRY[name]
    return model_of(cls)


def _envelope(name: str, kind: Any, data: Any, doc: str | None) -> type[BaseModel]:
    around = describe(Payload)
    members: dict[str, Any] = {
        "type": kind,
        "occurred": (_leaf(When), Field(description="When it happened, as precisely as is known.")),
        "data": (data, Field(description=around["data"].doc)),
        "deal_id": (_leaf(Ref) | None, Field(None, description="The deal; that of the path where absent.")),
        "id": (_leaf(EventId) | None, Field(None, description="Its id, unique in the log; made here where absent.")),
        "schema_version": (_leaf(int) | None, Field(None, description="Of the type; the newest where absent.")),
        "published": (
            _leaf(When) | None,
            Field(None, description="When it became public; the day it occurred where absent."),
        ),
    }
    members |= {field.name: _member(field) for field in around.values() if not field.required}
    return create_model(name, __config__=CONFIG, __doc__=doc, **members)


@cache
def model_of(cls: Any) -> type[BaseModel]:
    """The model of one of the domain's dataclasses."""
    members: dict[str, Any] = {field.name: _member(field) for field in describe(cls).values()}
    return create_model(cls.__name__, __config__=CONFIG, __doc__=cls.__doc__, **members)


def _member(field: FieldDescription) -> tuple[Any, Any]:
    """A field as pydantic declares it; one that is not required may be absent or null."""
    described: dict[str, Any] = {"description": field.doc} if field.doc else {}
    annotation = _annotation(field.types)
    if (field.nullable or not field.required) and annotation is not Any:
        annotation = annotation | None
    return annotation, Field(**described) if field.required else Field(None, **described)


def _annotation(types: tuple[ValueType, ...]) -> Any:
    """The annotation by which pydantic accepts what the domain's own accepts."""
    if len(types) == 1:
        (kind,) = types
        if kind.is_list:
            return list[_annotation(kind.items)]  # type: ignore[misc]  # made while running
        if kind.nested is not None:
            return model_of(kind.nested)
        if kind.is_any_json:
            return Any
    return Annotated[Any, PlainValidator(check_of(types)), WithJsonSchema(schema_of(types))]


def _leaf(annotation: Any) -> Any:
    """A value without members: one check, one schema."""
    return _annotation(value_types(annotation))
