"""Responses of routes in the OpenAPI document."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.errors import (
    BodyTooLarge,
    BodyTooSlow,
    Forbidden,
    MalformedEncoding,
    MalformedHeader,
    MalformedJson,
    NotAuthenticated,
    TooManyRequests,
    UnsupportedEncoding,
    UnsupportedMedia,
)
from api.http.problem_details import MEDIA_TYPE, placed
from domain.errors import BadQuestion, Busy, ParleyError
from domain.fields.identifiers import REF

Responses = dict[int | str, dict[str, Any]]

PROBLEM = {"$ref": "#/components/schemas/Problem"}


def problems(*kinds: type[ParleyError]) -> Responses:
    """The error responses of a route, and those of every route."""
    by_status: dict[int, list[type[ParleyError]]] = {}
    every: tuple[type[ParleyError], ...] = (BadQuestion, NotAuthenticated, Forbidden, TooManyRequests, *kinds, Busy)
    for kind in dict.fromkeys(every):
        by_status.setdefault(placed(kind)[0], []).append(kind)
    return {status: _refusal(status, each) for status, each in sorted(by_status.items())}


def _refusal(status: int, kinds: list[type[ParleyError]]) -> dict[str, Any]:
    return {
        "description": "; ".join(f"`{kind.code}`: {placed(kind)[1]}" for kind in kinds),
        "content": {
            MEDIA_TYPE: {"schema": PROBLEM, "examples": {kind.code: {"value": example(kind)} for kind in kinds}}
        },
    }


def example(kind: type[ParleyError]) -> Mapping[str, Any]:
    """The documented response of an error."""
    status, title = placed(kind)
    told = {
        "type": f"/problems/{kind.code}", "title": title, "status": status, "detail": _sentence(kind),
        "code": kind.code, "instance": "/v1/deals/tiktok/events",
    }  # fmt: skip
    return {**told, **_MORE.get(kind.code, {})}


def _sentence(kind: type[ParleyError]) -> str:
    return _SENTENCES.get(kind.code) or f"{placed(kind)[1]}."


_SENTENCES = {
    "bad-question": "There is no parameter 'knwon_at'; nearest: known_at.",
    "invalid-input": "'2020-09-31' is no day: 2020-09 has the days 01 to 30.",
    "unknown-reference": "deadline.reaffirmed acts on a deadline 'dl-divst', which the record does not hold.",
    "unknown-deal": "There is no deal 'tiktk' in this log. GET /v1/deals lists them all.",
    "stale-version": "Deal tiktok was expected at version 12, and has version 14; read what came between.",
    "duplicate-id": "The id tiktok-013 is taken by an event of other content (deal tiktok, version 13).",
    "body-too-large": "The body has more than 1048576 bytes: send fewer events at a time.",
    "malformed-json": "The body is not JSON: expecting value at line 1, column 9.",
    "in-the-future": "known_at 2999-01-01 lies ahead: nothing is known yet.",
    "beyond-the-end": "Version 99 lies beyond the end: the deal has 87 versions.",
}
_MORE: dict[str, dict[str, Any]] = {
    "bad-question": {
        "errors": [
            {
                "pointer": "/knwon_at",
                "code": "unknown-parameter",
                "detail": "There is no parameter 'knwon_at'; nearest: known_at.",
                "nearest": ["known_at"],
            }
        ]
    },
    "invalid-input": {
        "errors": [
            {
                "pointer": "/occurred",
                "code": "invalid-date",
                "detail": "'2020-09-31' is no day: 2020-09 has the days 01 to 30.",
            }
        ]
    },
    "unknown-reference": {
        "errors": [
            {
                "pointer": "/data/deadline_id",
                "code": "unknown-reference",
                "detail": "deadline.reaffirmed acts on a deadline 'dl-divst', which the record does not hold.",
                "nearest": ["dl-divest"],
            }
        ]
    },
    "stale-version": {
        "deal_id": "tiktok",
        "expected": 12,
        "current": 14,
        "between": "/v1/deals/tiktok/events?after_version=12",
    },
}

READING_BODY = (UnsupportedEncoding, MalformedEncoding, BodyTooLarge, BodyTooSlow)
"""The error responses of any request with a body."""

WRITING = (MalformedJson, MalformedHeader, *READING_BODY, UnsupportedMedia)
"""The error responses of any request with a JSON body."""


def content(schema: str | Mapping[str, Any], description: str, media: str = "application/json") -> dict[str, Any]:
    """A success whose body has this schema: a name among the components, or the schema itself."""
    held = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else dict(schema)
    return {"description": description, "content": {media: {"schema": held}}}


def several(schema: str, description: str, media: Sequence[str]) -> dict[str, Any]:
    """A success in several forms, the first of which has a schema; the others are text."""
    first = content(schema, description, media[0])
    return {**first, "content": {**first["content"], **{each: {"schema": {"type": "string"}} for each in media[1:]}}}


def listed(schema: str, description: str) -> dict[str, Any]:
    """A page of items of this schema."""
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}
    page = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": items, "next": {"type": ["string", "null"]}},
    }
    return content(page, description)


NOT_MODIFIED: dict[str, Any] = {"description": "The reader has these very bytes already (If-None-Match)."}


def deal_path() -> dict[str, Any]:
    """The deal of a path, for routes that read it themselves."""
    schema = {"type": "string", "pattern": f"^{REF}$", "examples": ["tiktok"]}
    return {
        "name": "deal_id", "in": "path", "required": True, "schema": schema, "description": "The id of the deal.",
    }  # fmt: skip


def body(schema: str) -> dict[str, Any]:
    """A JSON body that has a schema of the components."""
    held = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"required": True, "content": {"application/json": held}}
