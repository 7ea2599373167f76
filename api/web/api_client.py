"""The page's API client: it calls the public API in the same process with the visitor's own API key.

So the page has no more access than the visitor has to the API.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api import hints
from api.http import json_text

KEY_COOKIE = "parley_key"
"""The cookie with the API key of a signed-in visitor: same-site and HttpOnly."""

PASSED_ON = ("host", "origin", "authorization", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
"""Headers of a visitor's request that are forwarded to the API."""

FAULTS = ("errors", "warnings")
"""Members of an answer that list what is wrong or doubtful in what was sent."""

Query = Mapping[str, str]

_HERE = "http://localhost"
"""No network requests are made to it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of the API: status and JSON."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 300


class ApiError(Exception):
    """An error response of the API, or nothing to show: the page renders it as HTML."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body.get("detail"))
        self.status, self.body = status, dict(body)


class Api:
    """A client of the API with the credentials of one visitor."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def read(self, path: str, query: Query | None = None) -> Any:
        """The JSON of a URL. Raises ApiError."""
        answer = await self.send("GET", path, query)
        if not answer.ok:
            raise ApiError(answer.status, answer.body)
        return answer.body

    async def look(self, path: str, query: Query | None = None) -> Any | None:
        """The JSON of a URL, or None if the API returns none."""
        answer = await self.send("GET", path, query)
        return answer.body if answer.ok else None

    async def send(self, method: str, path: str, query: Query | None = None, body: Any = None) -> Answer:
        """One request and its response, including errors."""
        headers, content = self._headers(), None
        if body is not None:
            headers, content = {**headers, b"content-type": b"application/json"}, json_text.encode(body)
        # Without a client around the transport, which would take as much time as the rest of a request to this process.
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=self._visitor())
        url = httpx.URL(_HERE + path, params=dict(query)) if query else _HERE + path
        answer = await transport.handle_async_request(httpx.Request(method, url, content=content, headers=headers))
        text = await answer.aread()
        try:
            return Answer(answer.status_code, _in_words_of_the_page(orjson.loads(text)))
        except ValueError:
            return Answer(answer.status_code, {"detail": answer.text, "title": answer.reason_phrase})

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        state: MutableMapping[str, Any] = self._request.scope.get("state", {})
        await self._request.app({**scope, "state": dict(state)}, receive, send)

    def _headers(self) -> dict[bytes, bytes]:
        # By these the API judges whether another site speaks in the visitor's name. Header values are bytes to those
        # who send them: what is beyond ASCII in them is handed on as it came.
        said = self._request.headers
        sent = {name: said[name] for name in PASSED_ON if name in said}
        key = key_in(self._request.cookies)
        if key is not None:
            sent.setdefault("authorization", f"Bearer {key}")
        return {
            name.encode(): value.encode("latin-1") for name, value in ({"accept": "application/json"} | sent).items()
        }

    def _visitor(self) -> tuple[str, int]:
        client = self._request.client
        return (client.host, client.port) if client else ("127.0.0.1", 0)


def key_in(cookies: Mapping[str, str]) -> str | None:
    """The API key in the cookies of a browser, if it has the form of one."""
    key = cookies.get(KEY_COOKIE, "")
    return key if key and key.isascii() and key.isprintable() else None


def _in_words_of_the_page(body: Any) -> Any:
    """An answer with the sentences of its faults and warnings in the words of the page."""
    if not isinstance(body, dict):
        return body
    lists = {name: [_in_words_of_the_page(each) for each in body[name]] for name in FAULTS if body.get(name)}
    sentence = {"detail": hints.reworded(body, hints.PAGE)} if "hint" in body else {}
    return {**body, **lists, **sentence}


def deal_path(deal_id: str, *parts: str) -> str:
    """The address of a deal in the API, or of what lies below it."""
    return "/".join(("/v1/deals", quote(deal_id, safe=""), *(quote(part, safe="") for part in parts)))
