"""Routes of the event types: each with its JSON Schema, description and example."""

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.events.answers import EventType
from api.events.models import Schemas, data_model, event_model
from api.http import responses
from api.http.openapi_responses import NOT_MODIFIED, content, listed, problems
from api.http.routing import ApiRoute
from domain.errors import UnknownType
from domain.event import REGISTRY, event_type
from projections.state import holiday_calendars

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Vocabulary"])

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@router.get(
    "/event-types",
    summary="Event types",
    responses={200: listed("EventType", "All of them, in one page."), 304: NOT_MODIFIED, **problems()},
)
def read_types(request: Request) -> Response:
    """All event types: meaning, effect on the state, JSON Schema and example."""
    return responses.page_response(request, [described(name) for name in REGISTRY], None)


@router.get(
    "/event-types/{name}",
    summary="Event type",
    responses={200: content("EventType", "The type."), 304: NOT_MODIFIED, **problems(UnknownType)},
)
def read_type(request: Request, name: Annotated[str, Path(examples=["bid.submitted"])]) -> Response:
    """One event type: meaning, effect on the state, JSON Schema and example."""
    return responses.conditional_json(request, described(event_type(name).NAME))


@router.get(
    "/calendars",
    summary="Working-day calendars",
    responses={200: listed("CalendarName", "All of them, in one page."), 304: NOT_MODIFIED, **problems()},
)
def read_calendars(request: Request) -> Response:
    """The names that `calendar` may have in an event: countries, their parts, markets. Case does not matter."""
    return responses.page_response(request, holiday_calendars.list_calendars(), None)


@cache
def described(name: str) -> EventType:
    """A published event type: `schema` and `example` of its `data`, `event_schema` and `event` of the whole event."""
    cls = event_type(name)
    return {
        "type": name,
        "group": name.split(".")[0],
        "schema_version": cls.VERSION,
        "description": (cls.__doc__ or "").strip(),
        "effect": cls.EFFECT,
        "also_called": list(cls.ALSO_CALLED),
        "example": dict(cls.EXAMPLE),
        "event": posted(name),
        "schema": {"$schema": DIALECT, **data_model(name).model_json_schema(schema_generator=Schemas)},
        "event_schema": {"$schema": DIALECT, **event_model(name).model_json_schema(schema_generator=Schemas)},
    }


def posted(name: str) -> dict[str, Any]:
    """An event of this type as one would post it."""
    return {"type": name, "occurred": "2020-09-12", "data": dict(event_type(name).EXAMPLE)}
