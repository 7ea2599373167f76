"""The API reference: one HTML page made from the OpenAPI document, without scripts or external resources."""

import json
from collections.abc import Iterable, Iterator
from html import escape

from api import navigation
from api.openapi.body_examples import example_of
from api.openapi.components import Part, resolved

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
"""The Content-Security-Policy of the page: the style sheet and icon of Parley's own pages."""

OWN_PATH = "/docs"


def page(document: Part) -> str:
    """HTML of every route of a document, by tag, with contents."""
    about = "".join(f"<p>{_prose(part)}</p>" for part in document["info"]["description"].split("\n\n"))
    title = f"{document['info']['title']} {document['info']['version']}: the API"
    tags = [tag for tag in document["tags"] if any(True for _ in _operations(document, tag["name"]))]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)}</title>"
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/static/parley.css">'
        '</head><body><a class="skip" href="#main">To the content</a>'
        '<header class="top"><p class="brand"><a href="/">Parley</a></p><nav aria-label="Parley">'
        f'{_navigation()}</nav></header><main id="main" tabindex="-1" class="reference"><h1>{_text(title)}</h1>{about}'
        '<p>For machines: <a href="/openapi.json">openapi.json</a>, <a href="/v1/event-types">event types</a>.</p>'
        f"{_contents(document, tags)}{''.join(_group(document, tag) for tag in tags)}</main></body></html>"
    )


def _navigation() -> str:
    marks = {OWN_PATH: ' aria-current="page"'}
    return " ".join(f'<a href="{path}"{marks.get(path, "")}>{words}</a>' for path, words in navigation.PAGES)


def _operations(document: Part, tag: str) -> Iterator[tuple[str, str, Part]]:
    """Method, path and operation of each route with a tag."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if tag in operation.get("tags", ()):
                yield method.upper(), path, operation


def _contents(document: Part, tags: Iterable[Part]) -> str:
    groups = "".join(
        f'<li><a href="#tag-{_text(tag["name"])}">{_text(tag["name"])}</a><ul>'
        + "".join(
            f'<li><a href="#{_text(operation["operationId"])}">{_text(operation["summary"])}</a></li>'
            for _method, _path, operation in _operations(document, tag["name"])
        )
        + "</ul></li>"
        for tag in tags
    )
    return f'<nav aria-label="Contents"><h2>Contents</h2><ul class="contents">{groups}</ul></nav>'


def _group(document: Part, tag: Part) -> str:
    body = "".join(
        part
        for method, path, operation in _operations(document, tag["name"])
        for part in _operation(document, method, path, operation)
    )
    name = _text(tag["name"])
    return f'<h2 id="tag-{name}">{name}</h2><p>{_prose(tag["description"])}</p>{body}'


def _operation(document: Part, method: str, path: str, operation: Part) -> Iterator[str]:
    summary = _text(operation["summary"])
    yield f'<section id="{_text(operation["operationId"])}"><h3>{summary} <code>{method} {_text(path)}</code></h3>'
    yield f"<p>{_prose(operation.get('description', ''))}</p>"
    if parameters := operation.get("parameters"):
        found = [resolved(document, each) for each in parameters]
        yield _table(
            "Parameters", ((each["name"], _place(each, each["in"]), each.get("description", "")) for each in found)
        )
    if body := operation.get("requestBody"):
        for media, content in body["content"].items():
            yield from _body(document, media, content, body.get("required", False))
    answers = [(status, resolved(document, each)) for status, each in operation["responses"].items()]
    yield _table(
        "Answers", ((status, ", ".join(each.get("content", ())), each["description"]) for status, each in answers)
    )
    yield '<p><a href="#main">To the contents</a></p></section>'


def _body(document: Part, media: str, content: Part, required: bool) -> Iterator[str]:
    """The body of a request: its members, and an example."""
    schema = resolved(document, content["schema"])
    yield f"<h4>Body: <code>{_text(media)}</code>{'' if required else ' (optional)'}</h4>"
    if schema.get("description"):
        yield f"<p>{_prose(schema['description'])}</p>"
    if members := schema.get("properties"):
        needed = schema.get("required", ())
        rows = [(name, resolved(document, each)) for name, each in members.items()]
        yield _table(
            "Members",
            (
                (name, _place({"required": name in needed}, _type(each)), each.get("description", ""))
                for name, each in rows
            ),
            "h5",
        )
    if media == "application/json":
        example = json.dumps(example_of(document, content), indent=2, ensure_ascii=False)
        yield f'<details><summary>Example</summary><pre tabindex="0">{_text(example)}</pre></details>'


def _place(part: Part, kind: str) -> str:
    return f"{kind}, required" if part.get("required") else kind


def _type(schema: Part) -> str:
    """The type of a member in a word or two."""
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"] if each is not None)
    kinds = schema.get("type") or [str(each["type"]) for each in schema.get("anyOf", ()) if "type" in each]
    found = [kinds] if isinstance(kinds, str) else list(kinds)
    return " or ".join(each for each in found if each != "null") or "object"


def _table(heading: str, rows: Iterable[tuple[str, str, str]], level: str = "h4") -> str:
    body = "".join(
        f'<tr><th scope="row"><code>{_text(name)}</code></th><td>{_text(kind)}</td><td>{_prose(told)}</td></tr>'
        for name, kind, told in rows
    )
    return f"<{level}>{heading}</{level}><table>{body}</table>"


def _text(value: object) -> str:
    return escape(str(value))


def _prose(value: object) -> str:
    """A description, with what is in backticks as code."""
    parts = _text(value).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
