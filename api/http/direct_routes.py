"""Cached responses to plain requests, without the layers of the framework, which cost more than the response does.

The route itself decides: it admits the caller and finds the response as it does behind these layers. A request that is
out of the ordinary is left to the application.
"""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope

from api.http.problem_details import problem
from api.http.routing import AUDITED, CachedRoute
from domain.errors import ParleyError

PLAIN = frozenset(
    {b"host", b"accept", b"accept-encoding", b"accept-language", b"authorization", b"connection", b"if-none-match",
     b"user-agent", b"x-request-id"}
)  # fmt: skip
"""Headers that a plain request may have: none that another layer reads."""


class DirectRoutes:
    """The cached routes of an application."""

    def __init__(self, app: ASGIApp, routes: Iterable[object]) -> None:
        self._app = app
        cached = (route for route in routes if isinstance(route, CachedRoute))
        self._routes = [route for route in cached if AUDITED not in (route.openapi_extra or {})]

    async def respond(self, scope: Scope, receive: Receive) -> Response | None:
        """The cached response; None where the application is to answer."""
        if scope["method"] != "GET" or b"min_position" in scope["query_string"]:
            return None
        for route in self._routes:
            found = route.path_regex.match(scope["path"])
            if found is not None:
                break
        else:
            return None
        if not all(name in PLAIN for name, _ in scope["headers"]):
            return None
        scope.update(app=self._app, route=route, path_params=found.groupdict())
        try:
            return await route.find(Request(scope, receive))
        except ParleyError as refused:
            return problem(refused, scope["path"])
