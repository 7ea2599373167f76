"""The API reference: one HTML page made from the OpenAPI document, without scripts or external resources."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from api.openapi.components import resolved

STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
section { border-top: 1px solid; padding: .5rem 0 1rem } code { font-size: .95em } h2 { margin: .5rem 0 }
h2, p, pre, td:last-child { overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% } td { vertical-align: top; padding: .2rem .8rem .2rem 0 }
td:last-child { width: 100% }
"""


def page(document: Mapping[str, Any]) -> str:
    """HTML of every route of a document."""
    about = "".join(f"<p>{_text(part)}</p>" for part in document["info"]["description"].split("\n\n"))
    body = "".join(
        part
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        for part in _operation(document, method, path, operation)
    )
    title = f"{document['info']['title']} {document['info']['version']}"
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{_text(title)}: the API</title><style>{STYLE}</style><h1>{_text(title)}: the API</h1>{about}"
        '<p>For machines: <a href="/openapi.json">openapi.json</a>, <a href="/v1/event-types">event types</a>.</p>'
        f"{body}</html>"
    )


def _operation(document: Mapping[str, Any], method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield f'<section id="{escape(operation["operationId"])}"><h2><code>{method.upper()} {_text(path)}</code></h2>'
    yield f"<p>{_text(operation.get('description', ''))}</p>"
    if parameters := operation.get("parameters"):
        found = (resolved(document, each) for each in parameters)
        rows = ((each["name"], each["in"], each.get("description", "")) for each in found)
        yield _table("Parameters", rows)
    responses = ((status, resolved(document, each)) for status, each in operation["responses"].items())
    yield _table("Answers", ((status, "", each["description"]) for status, each in responses))
    yield "</section>"


def _table(heading: str, rows: Any) -> str:
    body = "".join(
        f"<tr><td><code>{_text(name)}</code></td><td>{_text(kind)}</td><td>{_text(told)}</td></tr>"
        for name, kind, told in rows
    )
    return f"<h3>{heading}</h3><table>{body}</table>"


def _text(value: object) -> str:
    return escape(str(value))
