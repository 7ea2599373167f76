"""The page's API client: it calls the public API in the same process with the visitor's own API key.

So the page has no more access than the visitor has to the API.
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, unquote, urlencode

import orjson
from starlette.requests import Request
from starlette.types import Message, Scope

from api import hints
from api.http import json_text

KEY_COOKIE = "parley_key"
"""The cookie with the API key of a signed-in visitor: same-site and HttpOnly."""

PASSED_ON = ("host", "origin", "authorization", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
"""Headers of a visitor's request that are forwarded to the API."""

FAULTS = ("errors", "warnings")
"""Members of an answer that list what is wrong or doubtful in what was sent."""

Query = Mapping[str, str]

_HERE = "localhost"
"""The host of a request that no network carries."""


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
        content = b"" if body is None else json_text.encode(body)
        headers = self._headers()
        if body is not None or method != "GET":
            headers[b"content-length"] = b"%d" % len(content)
        if body is not None:
            headers[b"content-type"] = b"application/json"
        exchange = _Exchange(content)
        with suppress(Exception):  # it is logged where it was raised; what was sent until then is the response
            await self._request.app(self._scope(method, path, query or {}, headers), exchange.receive, exchange.send)
        return exchange.answer()

    def _scope(self, method: str, path: str, query: Query, headers: Mapping[bytes, bytes]) -> Scope:
        state: MutableMapping[str, Any] = self._request.scope.get("state", {})
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": urlencode(query).encode(),
            "root_path": "",
            "headers": list(headers.items()),
            "server": (_HERE, None),
            "client": self._visitor(),
            "state": dict(state),
        }

    def _headers(self) -> dict[bytes, bytes]:
        # By these the API judges whether another site speaks in the visitor's name. Header values are bytes to those
        # who send them: what is beyond ASCII in them is handed on as it came.
        said = self._request.headers
        sent = {name: said[name] for name in PASSED_ON if name in said}
        key = key_in(self._request.cookies)
        if key is not None:
            sent.setdefault("authorization", f"Bearer {key}")
        told = {"accept": "application/json", "host": _HERE} | sent
        return {name.encode(): value.encode("latin-1") for name, value in told.items()}

    def _visitor(self) -> tuple[str, int]:
        client = self._request.client
        return (client.host, client.port) if client else ("127.0.0.1", 0)


class _Exchange:
    """One request to the application in this process and its response."""

    def __init__(self, content: bytes) -> None:
        self._content: bytes | None = content
        self._status = int(HTTPStatus.INTERNAL_SERVER_ERROR)
        self._parts: list[bytes] = []
        self._ended = asyncio.Event()

    async def receive(self) -> Message:
        """The body, then the end of the connection once the response is complete."""
        content, self._content = self._content, None
        if content is not None:
            return {"type": "http.request", "body": content, "more_body": False}
        await self._ended.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """A part of the response."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            return
        self._parts.append(message.get("body", b""))
        if not message.get("more_body"):
            self._ended.set()

    def answer(self) -> Answer:
        """The response."""
        text = b"".join(self._parts)
        try:
            return Answer(self._status, _in_words_of_the_page(orjson.loads(text)))
        except ValueError:
            said = {"detail": text.decode(errors="replace"), "title": HTTPStatus(self._status).phrase}
            return Answer(self._status, said)


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
