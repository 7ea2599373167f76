"""Responses: JSON with a strong ETag, pages with a link to the next one, JSON Lines."""

import gzip
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.errors import NotAcceptable
from projections import csv_cells

JSON = "application/json"
GZIPPED = '-gzip"'
"""Suffix of the ETag of a compressed response."""
NDJSON = "application/x-ndjson"
NEGOTIATED = "negotiated"
"""Member of the scope of a request whose response depends on its `Accept`: the middleware then sends `Vary`."""
_WEIGHT = re.compile(r"[0-9]{1,3}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")


class ReadyResponse(Response):
    """A JSON response whose headers are written down as they are given."""

    def __init__(self, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        self.body, self.status_code, self.background = content, status, None
        told = ((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())
        self.raw_headers = [*told, (b"content-length", b"%d" % len(content)), (b"content-type", JSON.encode())]


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response."""
    return Response(orjson.dumps(value), status, dict(headers or {}), JSON)


def conditional_json(request: Request, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response to a reader: 304 if the ETag matches."""
    return conditional_response(request, orjson.dumps(value), JSON, headers)


def conditional_response(
    request: Request, content: bytes, media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """A response of bytes with their strong ETag."""
    return cached_response(request, content, {**validators(content), **(headers or {})}, media)


def attachment(name: str) -> dict[str, str]:
    """The headers of a download with this file name."""
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def validators(content: bytes) -> dict[str, str]:
    """The ETag header of these bytes."""
    return {"ETag": f'"{sha256(content).hexdigest()[:32]}"', "Cache-Control": "private, no-cache"}


def cached_response(request: Request, content: bytes, headers: Mapping[str, str], media: str = JSON) -> Response:
    """A response of bytes with these headers: 304 if the ETag matches, compressed if the client accepts it."""
    etag, sent = headers["ETag"], dict(headers)
    if len(content) > limits.COMPRESSED_BYTES:
        sent["Vary"] = "Accept, Accept-Encoding"
        if "gzip" in request.headers.get("accept-encoding", ""):
            sent["ETag"] = f"{etag[:-1]}{GZIPPED}"  # other bytes, so another strong ETag
    held = request.headers.get("if-none-match")
    if held and names_etag(held.replace("W/", ""), etag):
        return Response(status_code=304, headers=sent)
    if sent["ETag"] == etag:
        return Response(content, 200, sent, media)
    compressed = _gzipped(content) if len(content) <= limits.COMPRESSED_HELD_BYTES else _compress(content)
    return Response(compressed, 200, {**sent, "Content-Encoding": "gzip"}, media)


def names_etag(condition: str, etag: str) -> bool:
    """Whether an If-Match names the strong ETag of some bytes, or of their compressed form, or any."""
    return any(each.strip().replace(GZIPPED, '"') in (etag, "*") for each in condition.split(","))


@lru_cache(maxsize=256)
def _gzipped(content: bytes) -> bytes:
    return _compress(content)


def _compress(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=1, mtime=0)


def page_response(
    request: Request,
    items: Sequence[Any],
    cursor: str | None,
    parameter: str = "cursor",
    beside: Mapping[str, Any] | None = None,
) -> Response:
    """A page of a list, the link to the next one, and further members."""
    headers = next_link(request, cursor, parameter)
    return conditional_json(request, {"items": items, "next": cursor, **(beside or {})}, headers)


def table_response(request: Request, content: bytes, cursor: str | None) -> Response:
    """A page of a list as CSV, and the link to the next one."""
    name = f"{request.url.path.rpartition('/')[2]}.csv"
    headers = {**next_link(request, cursor), **attachment(name)}
    return conditional_response(request, content, csv_cells.MEDIA, headers)


def next_link(request: Request, cursor: str | None, parameter: str = "cursor") -> dict[str, str]:
    """The header with the link to the next page, if there is one."""
    if cursor is None:
        return {}
    asked = [(name, value) for name, value in parse_qsl(request.url.query, True) if name != parameter]
    return {"Link": f'<{request.url.path}?{urlencode([*asked, (parameter, cursor)])}>; rel="next"'}


def acceptable(request: Request, *offered: str) -> str:
    """The offered media type that `Accept` prefers. Raises NotAcceptable where it takes others and none of them."""
    best, weights = accepts(request, *offered), _weights(request)
    if _weight(best, weights) <= 0 and any(weight > 0 for weight in weights.values()):
        raise NotAcceptable(f"This is offered as {', '.join(offered)}; the header Accept takes none of them.")
    return best


def accepts(request: Request, *offered: str) -> str:
    """The offered media type that `Accept` prefers; by default the first. The response says that it depends on it."""
    request.scope[NEGOTIATED] = True
    weights = _weights(request)
    best = max(offered, key=lambda media: _weight(media, weights))
    return best if _weight(best, weights) > 0 else offered[0]


def _weights(request: Request) -> dict[str, float]:
    """How much `Accept` prefers each media type or range."""
    weights: dict[str, float] = {}
    for part in request.headers.get("accept", "*/*").split(","):
        name, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        weights[name.lower()] = float(weight) if _WEIGHT.fullmatch(weight) else 0.0
    return weights


def _weight(media: str, weights: Mapping[str, float]) -> float:
    for form in (media, f"{media.split('/')[0]}/*", "*/*"):
        if form in weights:
            return weights[form]
    return 0.0
