"""The outermost middleware: request id, security headers, metrics, access log, and responses to unexpected errors."""

import re
from http import HTTPStatus
from itertools import count
from os import urandom
from time import perf_counter

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.direct_routes import DirectRoutes
from api.http.problem_details import problem, refuse_unexpected
from api.http.responses import NEGOTIATED
from api.http.text_validation import check_address
from api.logging import request_log as log
from api.runtime.runtime import Runtime
from domain.errors import Busy, ParleyError

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""The default Content-Security-Policy."""

LIVENESS = "/healthz"
"""Answered also while the server waits for its database."""

DEFAULT_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", POLICY.encode()),
    (b"cache-control", b"no-store"),
)
"""Headers of a response that does not set them itself."""

_START = urandom(6).hex()
_COUNT = count(1)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class HeadAnswered(OSError):
    """The headers of a response to HEAD are sent: its body ends as if the client had disconnected."""


class RequestMiddleware:
    """A layer around the application. HEAD is answered as GET; the server leaves the body out, and a body that comes in
    parts ends before the first."""

    def __init__(self, app: ASGIApp, runtime: Runtime, direct: DirectRoutes) -> None:
        self.app = app
        self.runtime = runtime
        self.direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        request_id = scope["request_id"] = _request_id(scope)
        inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        begun = False

        async def send_with_manners(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                set_headers(message["headers"], request_id)
                if (position := self._position(inner)) is not None:
                    message["headers"].append((b"parley-position", str(position).encode()))
                if NEGOTIATED in inner:
                    vary_by_accept(message["headers"])
                self._record_metrics(inner, message["status"], perf_counter() - started)
            elif scope["method"] == "HEAD" and message.get("more_body"):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise HeadAnswered
            await send(message)

        try:
            check_address(inner)
            if self.runtime.waiting and scope["path"] != LIVENESS:
                raise Busy("The database is not available yet; try again in a moment.", extra={"retry_after": 1})
        except ParleyError as refused:
            await problem(refused, scope["path"])(inner, receive, send_with_manners)
            return
        try:
            at_hand, receive = await self.direct.respond(inner, receive)
            await (at_hand or self.app)(inner, receive, send_with_manners)
        except (HeadAnswered, ClientDisconnect):
            return  # the client has left, perhaps before it had sent its request: no fault of the server
        except Exception as error:
            if begun and isinstance(error.__cause__, ParleyError):
                # A long answer that the server's stop or its own deadline ended: the client sees that it is not whole.
                log.info(f"the answer was cut short: {error.__cause__.detail}", extra={"request_id": request_id})
                raise
            log.exception("the request could not be answered", extra={"request_id": request_id, "path": scope["path"]})
            if begun:
                raise
            answer = await refuse_unexpected(Request(inner), request_id)
            await answer(inner, receive, send_with_manners)
        finally:
            if (caller := inner.get("caller")) is not None:
                self.runtime.tenants.leave(caller.log)

    def _position(self, scope: Scope) -> int | None:
        """The end of the log of a request; of one without a caller, such as a probe, that of the main log if it is at
        hand."""
        if (caller := scope.get("caller")) is not None:
            return int(caller.log.ledger.hub.position)
        main = self.runtime.tenants.logs.get(self.runtime.settings.tenant)
        return None if main is None else main.ledger.position_at_hand

    def _record_metrics(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path_format", "none")
        self.runtime.metrics.answered(scope["method"], route, status, seconds)
        if self.runtime.settings.log == "requests":
            caller = scope.get("caller")
            told = {
                "request_id": scope["request_id"], "method": scope["method"], "route": route, "path": scope["path"],
                "status": status, "ms": round(seconds * 1000, 1), "principal": caller.principal if caller else None,
            }  # fmt: skip
            log.info("answered", extra=told)


def raw_response(error: ParleyError) -> bytes:
    """The whole answer, as it goes over the wire, to what is refused before it is a request; the connection ends."""
    response = problem(error, "")
    set_headers(response.raw_headers, new_request_id())
    response.headers["Connection"] = "close"
    lines = [b"%b: %b\r\n" % header for header in response.raw_headers]
    phrase = HTTPStatus(response.status_code).phrase
    head = b"HTTP/1.1 %d %b\r\n%b\r\n" % (response.status_code, phrase.encode(), b"".join(lines))
    return head + bytes(response.body)


def set_headers(headers: list[tuple[bytes, bytes]], request_id: str) -> None:
    """Add the headers that every response has, unless it sets them itself."""
    given = {name for name, _ in headers}
    headers.append((b"x-request-id", request_id.encode("latin-1")))
    headers += [each for each in DEFAULT_HEADERS if each[0] not in given]


def vary_by_accept(headers: list[tuple[bytes, bytes]]) -> None:
    """Say in the headers that another `Accept` gets another response, unless they say so."""
    varying = b",".join(value for name, value in headers if name.lower() == b"vary").lower()
    if b"accept" not in (each.strip() for each in varying.split(b",")):
        headers.append((b"vary", b"Accept"))


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value.decode("latin-1")):
            return str(value.decode("latin-1"))
    return new_request_id()


def new_request_id() -> str:
    """A new request id."""
    return f"{_START}-{next(_COUNT):x}"
