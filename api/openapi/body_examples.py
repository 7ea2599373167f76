"""Examples of request bodies: those that the document declares, or made from the schema."""

from collections.abc import Mapping
from typing import Any

from api.openapi.components import Part, resolved

WORDS: Mapping[str, Any] = {"string": "...", "integer": 1, "number": 1, "boolean": True, "null": None}
"""An example of each plain type."""


def example_of(document: Part, content: Part) -> Any:
    """An example of a body: the first that is declared with it, else one of its schema."""
    for each in (content.get("examples") or {}).values():
        return resolved(document, each)["value"]
    return _of_schema(document, content["schema"])


def _of_schema(document: Part, given: Part) -> Any:
    schema = resolved(document, given)
    for declared in ("example", "const", "default"):
        if schema.get(declared) not in (None, [], ""):
            return schema[declared]
    for listed in ("examples", "enum"):
        if schema.get(listed):
            return schema[listed][0]
    for choices in ("oneOf", "anyOf", "allOf"):
        if schema.get(choices):
            return _of_schema(document, schema[choices][0])
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "array":
        return [_of_schema(document, schema.get("items", {}))]
    if kind == "object":
        members = schema.get("properties", {})
        return {name: _of_schema(document, members[name]) for name in schema.get("required") or members}
    return WORDS[kind]
