"""Parts that an OpenAPI document repeats, written once as components and referred to."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from api.http.problem_details import MEDIA_TYPE

Part = dict[str, Any]

NULL = {"type": "null"}

SCHEMA_MAPS = ("properties", "patternProperties", "$defs")
"""Keywords of a schema whose value has a schema under each name."""

DATA_KEYWORDS = ("const", "default", "enum", "example", "examples", "discriminator", "required")
"""Keywords of a schema whose value is no schema, even where it looks like one."""


def share_responses(document: Part) -> None:
    """Make components of the responses, other than successes, that several operations have."""
    places = [
        (operation["responses"], status)
        for operation in _operations(document)
        for status in operation["responses"]
        if not status.startswith("2")
    ]
    _share(document, "responses", places, _response_name)


def share_examples(document: Part) -> None:
    """Make components of the examples that several responses have."""
    places = [
        (media["examples"], name)
        for operation in _operations(document)
        for response in operation["responses"].values()
        for media in response.get("content", {}).values()
        for name in media.get("examples", ())
    ]
    _share(document, "examples", places, lambda name, _: str(name))


def share_parameters(document: Part) -> None:
    """Make components of the parameters that several operations have."""
    places = [
        (operation["parameters"], index)
        for operation in _operations(document)
        for index in range(len(operation.get("parameters", ())))
    ]
    _share(document, "parameters", places, lambda _, parameter: str(parameter["name"]))


def share_schemas(document: Part) -> None:
    """Refer to a component wherever a schema within the document equals it, or differs by its description alone."""
    components = document["components"]["schemas"]
    names = {_text(schema): name for name, schema in reversed(components.items()) if "$ref" not in schema}
    components.update({name: _referring(schema, names, top=True) for name, schema in components.items()})
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _referring(parameter["schema"], names)
        for holder in (operation.get("requestBody", {}), *operation["responses"].values()):
            for media in holder.get("content", {}).values():
                media["schema"] = _referring(media["schema"], names)


def share_nullable_schemas(document: Part) -> None:
    """Make a component of each component that several schemas admit beside null."""
    components = document["components"]["schemas"]
    counted: Counter[str] = Counter()
    _each_nullable(document, lambda _schema, name: counted.update((name,)))
    shared = {name for name, count in counted.items() if count > 1}

    def refer(schema: Part, name: str) -> None:
        if name in shared:
            del schema["anyOf"]
            schema.update(_reference("schemas", f"Nullable{name}"))

    _each_nullable(document, refer)
    components.update({f"Nullable{name}": {"anyOf": [_reference("schemas", name), NULL]} for name in sorted(shared)})


def _each_nullable(part: Any, found: Callable[[Part, str], None]) -> None:
    """Call `found` with each schema that is a component or null, and the name of the component."""
    if isinstance(part, list):
        for each in part:
            _each_nullable(each, found)
    if not isinstance(part, dict):
        return
    arms = part.get("anyOf")
    if isinstance(arms, list) and len(arms) == 2 and arms[1] == NULL and arms[0].keys() == {"$ref"}:
        found(part, arms[0]["$ref"].rpartition("/")[2])
    for each in list(part.values()):
        _each_nullable(each, found)


def _referring(schema: Any, names: Mapping[str, str], *, top: bool = False) -> Any:
    """A schema in which those that are components are references to them."""
    if isinstance(schema, list):
        return [_referring(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if not top and (name := names.get(_text(schema))):
        return _reference("schemas", name)
    if not top and (name := names.get(_text(_undescribed(schema)))):
        return {**_reference("schemas", name), "description": schema["description"]}
    return {
        keyword: {name: _referring(each, names) for name, each in value.items()}
        if keyword in SCHEMA_MAPS
        else value
        if keyword in DATA_KEYWORDS
        else _referring(value, names)
        for keyword, value in schema.items()
    }


def _undescribed(schema: Part) -> Part:
    return {keyword: value for keyword, value in schema.items() if keyword != "description"}


def _share(document: Part, kind: str, places: list[tuple[Any, Any]], name_of: Callable[[Any, Part], str]) -> None:
    """Make a component of each part that occurs at several places. Of parts that would have one name the most frequent
    becomes a component; the others stay where they are."""
    counted = Counter(_text(holder[key]) for holder, key in places)
    shared: dict[str, Part] = {}
    for holder, key in sorted(places, key=lambda place: -counted[_text(place[0][place[1]])]):
        part = holder[key]
        name = name_of(key, part)
        if counted[_text(part)] > 1 and shared.setdefault(name, part) == part:
            holder[key] = _reference(kind, name)
    document["components"][kind] = dict(sorted(shared.items()))


def _response_name(status: str, response: Part) -> str:
    """A response is named by its status and the codes of its problems."""
    codes = response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", ())
    return ".".join((status, *codes))


def _operations(document: Part) -> Iterator[Part]:
    for path in document["paths"].values():
        yield from path.values()


def _reference(kind: str, name: str) -> Part:
    return {"$ref": f"#/components/{kind}/{name}"}


def _text(part: Part) -> str:
    return json.dumps(part, sort_keys=True)


def resolved(document: Mapping[str, Any], part: Part) -> Part:
    """A part of the document, or the component that it refers to."""
    if "$ref" not in part:
        return part
    _root, _components, kind, name = part["$ref"].split("/")
    component: Part = document["components"][kind][name]
    return component
