"""The published document: what the routes declare, with every event type as a schema and an example."""

import json
from copy import deepcopy
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api import limits
from api.api_keys.schemas import WantedKey
from api.deal_lists.schemas import NewList, WantedList
from api.events.models import Schemas, event_model
from api.events.type_routes import posted
from api.http.routing import ANY_LOG
from api.openapi.components import (
    share_examples,
    share_nullable_schemas,
    share_parameters,
    share_responses,
    share_schemas,
)
from api.openapi.schemas import ANSWERS
from api.webhooks.schemas import ReplayRequest, WantedWebhook
from domain.envelope import PAYLOAD_MEMBERS
from domain.event import REGISTRY
from domain.events.deal import DealOpened
from ledger.encoding.event_json import RecordedEvent
from projections.replay.answers import ReplayedEvent

REF = "#/components/schemas/"

ABOUT = """The record of negotiations under pressure: post developments, read the deal at any date, replay it, prove it.

Every answer that is no success is RFC 9457 `application/problem+json` with a stable `code`. Dates are ISO 8601; those
of developments may be imprecise (a strict subset of EDTF). Unknown or doubled query parameters are refused. Every list
is a page: `{"items": [...], "next": cursor|null}`. A body may be compressed (`Content-Encoding: gzip`).
`Parley-Position` on an answer says how far the log has come; `min_position` waits for that on another server. HEAD is
answered as GET. A server on a hot standby redirects what is to be recorded (307) or refuses it (405 `read-only`)."""


TAGS = {
    "Recording": "Post events, one or several at once, and import files of them.",
    "Reading": "Deals, their states on a basis, their events, and deadlines across deals.",
    "Time": "Compare two moments, follow a value through time, and ask what would be.",
    "Log": "All events of the log in the order in which they were recorded.",
    "Following": "New events as they are recorded, as server-sent events.",
    "Audit": "Checkpoints, proofs and bundles of the transparency log, and their verification.",
    "Deadlines": "Deadlines as iCalendar feeds.",
    "Vocabulary": "Event types with their JSON Schemas, and the calendars of working days.",
    "Lists": "Named lists of deals, filters of what is read across deals.",
    "Keys": "API keys, and the log of audited reads.",
    "Webhooks": "Subscriptions that deliver events to a URL, and their deliveries.",
    "Server": "Health, version, metrics and this description.",
}
"""The groups of operations."""

BODIES = (WantedKey, WantedWebhook, ReplayRequest, NewList, WantedList)
KEYS = "An API key. A server that only its own machine can reach asks for none until the first one is made."


def document(app: FastAPI) -> dict[str, Any]:
    """OpenAPI 3.1 of an application, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=ABOUT,
            routes=app.routes,
            openapi_version="3.1.0",
            contact={"name": "The maintainers of Parley"},
            license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            servers=[{"url": "/", "description": "The server that serves this document."}],
            tags=[{"name": name, "description": description} for name, description in TAGS.items()],
        )
        held = made.setdefault("components", {}).setdefault("schemas", {})
        for name in ("HTTPValidationError", "ValidationError"):
            held.pop(name, None)
        held.update(
            _answers(events := deepcopy(_events()))
            | events
            | {each.__name__: each.model_json_schema(schema_generator=Schemas) for each in BODIES}
        )
        made["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "description": KEYS}}
        made["security"] = [{"key": []}]
        names = {route.unique_id: route.name for route in app.routes if isinstance(route, APIRoute)}
        for path in made["paths"].values():
            for operation in path.values():
                operation["operationId"] = names[operation["operationId"]]
                _drop_framework_answers(operation)
                _drop_untyped_content(operation)
                _drop_repeated_words(operation)
        _add_positions(made["paths"])
        _add_examples(made["paths"])
        for share in (share_schemas, share_nullable_schemas, share_examples, share_parameters, share_responses):
            share(made)
        app.openapi_schema = made
    return app.openapi_schema


def _answers(events: dict[str, Any]) -> dict[str, Any]:
    """The schemas of answers; what an event has from its sender is described where it is sent."""
    answers = deepcopy(ANSWERS)
    sent = {name: events[_member_component(name)] for name in PAYLOAD_MEMBERS if name != "data"}
    for name in (RecordedEvent.__name__, ReplayedEvent.__name__):
        answers[name]["properties"] |= sent
    return answers


@cache
def _events() -> dict[str, Any]:
    """The schemas of events, by component: the same for every application of a process."""
    held: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    for name in REGISTRY:
        whole = event_model(name).model_json_schema(ref_template=REF + "{model}", schema_generator=Schemas)
        held |= {each: _without_titles(part) for each, part in whole.pop("$defs").items()}
        held[_component(name)] = _of_its_type(whole)
    envelope = _without_titles(whole)
    references = {name: REF + _component(name) for name in REGISTRY}
    several = {"type": "array", "minItems": 1, "maxItems": limits.BATCH_EVENTS, "items": {"$ref": REF + "Event"}}
    return {
        **held,
        **_members(envelope, held),
        ENVELOPE: _of_any_type(envelope),
        "Event": {
            "oneOf": [{"$ref": reference} for reference in references.values()],
            "discriminator": {"propertyName": "type", "mapping": references},
        },
        "Events": {"oneOf": [{"$ref": REF + "Event"}, several]},
        "Opening": _opening(envelope, held),
    }


def _without_titles(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object without titles, which only repeat its name and the names of its members."""
    members = {name: _without(member, "title") for name, member in schema["properties"].items()}
    return {**_without(schema, "title"), "properties": members}


ENVELOPE = "EventEnvelope"
"""The component with the members that every event has: its types narrow `type` and `data`, and add none."""


def _of_its_type(event: dict[str, Any]) -> dict[str, Any]:
    """The schema of an event of one type: its own `type` and `data` in the envelope."""
    own = {name: _without(_without(event["properties"][name], "title"), "description") for name in ("type", "data")}
    # Two arms: of a single one openapi-python-client makes no class, and takes the envelope's.
    return {"allOf": [{"$ref": REF + ENVELOPE}, {"type": "object", "required": [*own], "properties": own}]}


def _of_any_type(event: dict[str, Any]) -> dict[str, Any]:
    """The schema of the envelope, from that of an event of some type."""
    # Untyped here: what generators of clients can narrow.
    own = {name: {"description": event["properties"][name]["description"]} for name in ("type", "data")}
    told = "The members of an event; the schema of its type says what `data` holds."
    return {**event, "description": told, "properties": {**event["properties"], **own}}


def _without(schema: dict[str, Any], keyword: str) -> dict[str, Any]:
    return {name: value for name, value in schema.items() if name != keyword}


VALUE_TYPES = {"Date": "published", "Text": "summary", "Identifier": "deal_id", "EventIdentifier": "id"}
"""Types of values that the fields of many events have, each with a member of the envelope that has it."""


def _members(envelope: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """The members of the envelope, which are the same for every type of event, and the types of their values."""
    members = envelope["properties"]
    shared = {_member_component(name): each for name, each in members.items() if name not in ("type", "data")}
    values = {name: members[member]["anyOf"][0] for name, member in VALUE_TYPES.items()}
    values["Identifiers"] = {"type": "array", "items": values["Identifier"]}
    values["Decimal"] = _without(held["Money"]["properties"]["amount"], "description")
    values["Count"] = held["VoteHeld"]["properties"]["votes_for"]["anyOf"][0]
    values["Countries"] = held["DealOpened"]["properties"]["jurisdictions"]["anyOf"][0]
    return shared | values


def _member_component(name: str) -> str:
    """The component name of a member of the envelope."""
    return "EventId" if name == "id" else "".join(word.capitalize() for word in name.split("_"))


def _component(name: str) -> str:
    """The component name of the whole event of a type, beside that of its data: generators make a class of each."""
    return f"{REGISTRY[name].__name__}Event"


def _opening(envelope: dict[str, Any], held: dict[str, Any]) -> dict[str, Any]:
    """The body that opens a deal: fields of deal.opened and of its envelope side by side."""
    data = held[DealOpened.__name__]
    outer = {name: each for name, each in envelope["properties"].items() if name not in ("type", "data")}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["deal_id", *data["required"]],
        "properties": {**outer, "deal_id": outer["deal_id"]["anyOf"][0], **data["properties"]},
    }


def _drop_framework_answers(operation: dict[str, Any]) -> None:
    """The framework documents 422 for invalid parameters; here they are 400, and 404 in the path."""
    refused = operation.get("responses", {}).get("422", {})
    if "HTTPValidationError" in str(refused):
        del operation["responses"]["422"]


def _drop_untyped_content(operation: dict[str, Any]) -> None:
    """The framework adds JSON without a schema to responses of another media type."""
    for answer in operation["responses"].values():
        content = answer.get("content", {})
        if len(content) > 1 and content.get("application/json") == {"schema": {}}:
            del content["application/json"]


def _drop_repeated_words(operation: dict[str, Any]) -> None:
    """The framework gives the schema of a parameter the name and the description of the parameter once more, and allows
    null, which no query string can hold."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        arms = [arm for arm in schema.get("anyOf", ()) if arm != {"type": "null"}]
        if len(arms) == 1:
            schema = {**arms[0], **schema}
            del schema["anyOf"]
        repeated = {"title", "description"} if "description" in parameter else {"title"}
        parameter["schema"] = {keyword: value for keyword, value in schema.items() if keyword not in repeated}


POSITION = {
    "name": "min_position", "in": "query", "required": False, "schema": {"type": "integer", "minimum": 0},
    "description": "Answer only once the log has come to this position: to read what another server took.",
}  # fmt: skip


def _add_positions(paths: dict[str, Any]) -> None:
    for path, operations in paths.items():
        if path.startswith("/v1/") and "get" in operations and ANY_LOG not in operations["get"]:
            operations["get"].setdefault("parameters", []).append(POSITION)


def _add_examples(paths: dict[str, Any]) -> None:
    body = paths["/v1/deals/{deal_id}/events"]["post"]["requestBody"]["content"]["application/json"]
    # The shortest example of each group of types; GET /v1/event-types/{name} has that of each type.
    by_length = sorted(REGISTRY, key=lambda name: len(str(REGISTRY[name].EXAMPLE)), reverse=True)
    groups = {name.split(".")[0]: name for name in by_length}
    body["examples"] = {name: {"value": posted(name)} for name in groups.values()}
    opening = paths["/v1/deals"]["post"]["requestBody"]["content"]["application/json"]
    opening["examples"] = {"tiktok": {"value": {"deal_id": "tiktok", **DealOpened.EXAMPLE, "occurred": "2020-08-06"}}}


def as_text(made: dict[str, Any]) -> str:
    """The document as it is checked in: an operation or a component on each line."""
    return _written(made, levels=3) + "\n"


def _written(value: Any, levels: int) -> str:
    if not levels or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return (
        "{\n" + ",\n".join(f"{json.dumps(name)}:{_written(each, levels - 1)}" for name, each in value.items()) + "\n}"
    )
