"""The published document is such that generators of clients drop nothing of it."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from api.app import create_app
from api.events.type_routes import posted
from api.openapi.components import resolved
from api.openapi.document import as_text
from api.settings import Settings
from domain.event import REGISTRY

DOCUMENT = create_app(Settings()).openapi()
COMPONENTS = DOCUMENT["components"]["schemas"]
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def schemas(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the document, with its place."""
    if isinstance(value, dict):
        yield path, value
        for name, each in value.items():
            if name not in ("example", "examples"):
                yield from schemas(each, f"{path}/{name}")
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from schemas(each, f"{path}/{index}")


def of_type(schema: dict[str, Any], name: str) -> bool:
    found = schema.get("type", ())
    return name == found or (isinstance(found, list) and name in found)


def class_name(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())


def test_every_array_says_what_its_items_are() -> None:
    assert [path for path, each in schemas(DOCUMENT) if of_type(each, "array") and "items" not in each] == []


def test_no_default_is_of_another_type_than_its_schema() -> None:
    defaults = {path: each["default"] for path, each in schemas(DOCUMENT) if "default" in each and "type" in each}
    assert defaults, "there are some"
    assert [path for path, each in schemas(DOCUMENT) if each.get("default", ...) is None] == []


def test_what_an_object_requires_is_among_its_properties() -> None:
    bare = {
        path: sorted({*each["required"]} - each["properties"].keys())
        for path, each in schemas(DOCUMENT)
        if isinstance(each.get("required"), list) and "properties" in each
    }
    assert {path: missing for path, missing in bare.items() if missing} == {}


def test_every_operation_has_an_id_of_its_own() -> None:
    counted = Counter(class_name(operation["operationId"]) for operation in OPERATIONS.values())
    assert [name for name, count in counted.items() if count > 1] == []


def test_no_two_schemas_make_a_class_of_one_name() -> None:
    classes = {name: each for name, each in COMPONENTS.items() if "properties" in each or "allOf" in each}
    names = [class_name(each.get("title", name)) for name, each in classes.items()]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert len(names) > 2 * len(REGISTRY), "whole events beside their data"


def test_the_groups_of_operations_and_the_server_are_declared() -> None:
    assert [each["url"] for each in DOCUMENT["servers"]] == ["/"]
    declared = [each["name"] for each in DOCUMENT["tags"] if each["description"]]
    used = {name for operation in OPERATIONS.values() for name in operation["tags"]}
    assert set(declared) == used
    assert len(declared) == len(used)


def test_what_the_document_repeats_is_a_component() -> None:
    written = Counter(
        json.dumps(part, sort_keys=True)
        for operation in OPERATIONS.values()
        for part in (
            *operation.get("parameters", ()),
            *(answer for status, answer in operation["responses"].items() if not status.startswith("2")),
        )
        if "$ref" not in part
    )
    assert [part for part, count in written.items() if count > 1] == []
    shared = COMPONENTS["EventEnvelope"]["properties"]
    assert [name for name, each in shared.items() if "$ref" not in each] == ["type", "data"]


def test_an_event_of_each_type_narrows_the_envelope_to_its_type_and_data() -> None:
    for name, kind in REGISTRY.items():
        envelope, own = COMPONENTS[f"{kind.__name__}Event"]["allOf"]
        assert envelope == {"$ref": "#/components/schemas/EventEnvelope"}
        assert own["properties"]["type"]["const"] == name
        assert own["properties"]["data"] == {"$ref": f"#/components/schemas/{kind.__name__}"}


@pytest.mark.parametrize("name", REGISTRY)
def test_the_published_schema_takes_the_example_of_a_type_and_refuses_what_it_does_not_name(name: str) -> None:
    kind = REGISTRY[name].__name__
    schema = {"$ref": f"#/components/schemas/{kind}Event", "components": DOCUMENT["components"]}
    accepts = jsonschema.Draft202012Validator(schema).is_valid
    event = posted(name)
    assert accepts({**event, "id": "e-1", "actor": "oracle", "rank": 2})
    refused = [
        {**event, "knwon_at": "2020"},
        {**event, "data": {**event["data"], "knwon_at": "2020"}},
        {**event, "type": "other.type"},
        {**event, "rank": "first"},
        {each: value for each, value in event.items() if each != "occurred"},
    ]
    assert [each for each in refused if accepts(each)] == []


def test_the_published_schema_of_any_event_takes_an_event_of_one_type_alone() -> None:
    schema = {"$ref": "#/components/schemas/Events", "components": DOCUMENT["components"]}
    accepts = jsonschema.Draft202012Validator(schema).is_valid
    assert accepts([posted("deal.opened"), posted("bid.submitted")])
    assert not accepts({**posted("deal.opened"), "type": "bid.submitted"})


def test_every_component_is_referred_to() -> None:
    text = json.dumps(DOCUMENT)
    unused = [
        f"{kind}/{name}"
        for kind, parts in DOCUMENT["components"].items()
        for name in parts
        if kind != "securitySchemes" and f'"#/components/{kind}/{name}"' not in text
    ]
    assert unused == []


def test_the_document_is_at_most_300_kilobytes() -> None:
    assert len(as_text(DOCUMENT).encode()) <= 300_000


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_of_a_success_is_typed(name: str) -> None:
    for status, answer in OPERATIONS[name]["responses"].items():
        untyped = [
            media for media, each in resolved(DOCUMENT, answer).get("content", {}).items() if not each.get("schema")
        ]
        assert untyped == [], status


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_parameter_is_typed_and_every_place_of_the_path_is_one(name: str) -> None:
    parameters = [resolved(DOCUMENT, each) for each in OPERATIONS[name].get("parameters", [])]
    assert [each["name"] for each in parameters if not each.get("schema")] == []
    places = set(re.findall(r"{(\w+)}", name))
    assert places == {each["name"] for each in parameters if each["in"] == "path"}
