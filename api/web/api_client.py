"""How the page asks: it is a client of the published API, in the same process, with the visitor's own key.

So it can show nothing that the API would not tell the same visitor, and record nothing that the API would refuse.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api import hints
from api.http import json_text

KEY_COOKIE = "parley_key"
"""Holds the API key of a visitor who signed in; sent to this page alone, unreadable to scripts."""

PASSED_ON = ("host", "origin", "authorization", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest")
"""Headers of a visitor's request that go with the page's own questions."""

FAULTS = ("errors", "warnings")
"""Members of an answer that list what is wrong or doubtful in what was sent."""

Query = Mapping[str, str]

_HERE = "http://localhost"
"""Never dialled: requests stay in this process."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said: its status and its JSON."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 400


class Refused(Exception):
    """The API refused, or there is nothing to show: the page tells it in its own form."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(body.get("detail"))
        self.status, self.body = status, dict(body)


class Api:
    """The API as one visitor reaches it."""

    def __init__(self, request: Request) -> None:
        self._request = request

    async def read(self, path: str, query: Query | None = None) -> Any:
        """The JSON of an address. Raises Refused."""
        answer = await self.ask("GET", path, query)
        if not answer.ok:
            raise Refused(answer.status, answer.body)
        return answer.body

    async def look(self, path: str, query: Query | None = None) -> Any | None:
        """The JSON of an address, or None where the API has none to give."""
        answer = await self.ask("GET", path, query)
        return answer.body if answer.ok else None

    async def ask(self, method: str, path: str, query: Query | None = None, body: Any = None) -> Answer:
        """One request and its answer, refusals included."""
        headers, content = self._headers(), None
        if body is not None:
            headers, content = {**headers, b"content-type": b"application/json"}, json_text.encode(body)
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False, client=self._visitor())
        async with httpx.AsyncClient(transport=transport, base_url=_HERE, trust_env=False) as client:
            answer = await client.request(
                method, path, params=dict(query or {}), content=content, headers=headers, timeout=30
            )
        try:
            return Answer(answer.status_code, _in_words_of_the_page(answer.json()))
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
    """The key in a browser's cookies, if what is there can be one."""
    key = cookies.get(KEY_COOKIE, "")
    return key if key and key.isascii() and key.isprintable() else None


def _in_words_of_the_page(body: Any) -> Any:
    """An answer with the sentences of its faults and warnings in the words of the page."""
    if not isinstance(body, dict):
        return body
    lists = {name: [_in_words_of_the_page(each) for each in body[name]] for name in FAULTS if body.get(name)}
    sentence = {"detail": hints.reworded(body, hints.PAGE)} if "hint" in body else {}
    return {**body, **lists, **sentence}
