"""Responses to plain requests without the layers of the framework, which cost more than the response does.

The route itself decides: it admits the caller and finds the cached response, or answers the posted body, as it does
behind these layers. A request that is out of the ordinary is left to the application.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope

from api import limits
from api.http.early_body import EarlyBody
from api.http.problem_details import problem, refuse
from api.http.routing import AUDITED, ApiRoute, CachedRoute, PostedRoute
from domain.errors import ParleyError

R = TypeVar("R", bound=ApiRoute)

PLAIN = frozenset(
    {b"host", b"accept", b"accept-encoding", b"accept-language", b"authorization", b"connection", b"if-none-match",
     b"user-agent", b"x-request-id"}
)  # fmt: skip
"""Headers that a plain request may have: none that another layer reads."""

PLAIN_POST = (PLAIN - {b"if-none-match"}) | {b"content-type", b"content-length"}
"""Those of a plain request with a body, each once."""

JSON = b"application/json"


class DirectRoutes:
    """The routes of an application that answer plain requests."""

    def __init__(self, app: ASGIApp, routes: Iterable[object]) -> None:
        self._app = app
        usual = [each for each in routes if isinstance(each, ApiRoute) and AUDITED not in (each.openapi_extra or {})]
        self._cached = [route for route in usual if isinstance(route, CachedRoute)]
        self._posted = [route for route in usual if isinstance(route, PostedRoute)]

    async def respond(self, scope: Scope, receive: Receive) -> tuple[Response | None, Receive]:
        """The response, or None where the application is to answer; and what the application receives the body by."""
        if scope["method"] == "GET":
            return await self._read(scope, receive), receive
        if scope["method"] == "POST" and not scope["query_string"]:
            return await self._post(scope, receive)
        return None, receive

    async def _read(self, scope: Scope, receive: Receive) -> Response | None:
        if b"min_position" in scope["query_string"]:
            return None
        route = self._routed(self._cached, scope, lambda: all(name in PLAIN for name, _ in scope["headers"]))
        if route is None:
            return None
        try:
            return await route.find(Request(scope, receive))
        except ParleyError as refused:
            return problem(refused, scope["path"])

    async def _post(self, scope: Scope, receive: Receive) -> tuple[Response | None, Receive]:
        route = self._routed(self._posted, scope, lambda: _has_plain_body(scope))
        if route is None:
            return None, receive
        early = EarlyBody(receive)
        body = early.take()
        if body is None:
            return None, early.receive
        request = Request(scope, receive)
        try:
            return await route.post(request, body), early.receive
        except ParleyError as refused:
            return await refuse(request, refused), receive

    def _routed(self, routes: Iterable[R], scope: Scope, is_plain: Callable[[], bool]) -> R | None:
        """The route of a plain request, noted in its scope."""
        for route in routes:
            found = route.path_regex.match(scope["path"])
            if found is not None:
                if not is_plain():
                    return None
                scope.update(app=self._app, route=route, path_params=found.groupdict())
                return route
        return None


def _has_plain_body(scope: Scope) -> bool:
    """Whether a request has plain headers, each once, and announces a small body of JSON."""
    headers = dict(scope["headers"])
    if len(headers) < len(scope["headers"]) or not headers.keys() <= PLAIN_POST or headers.get(b"content-type") != JSON:
        return False
    size = headers.get(b"content-length", b"")
    return len(size) <= 9 and size.isdigit() and int(size) <= limits.LARGE_BODY_BYTES
