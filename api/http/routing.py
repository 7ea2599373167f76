"""The route classes: strict query parameters, authentication, caching.

A misspelt `knwon_at` must never give today's answer, so an unknown or doubled query parameter is refused on each route.
"""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from inspect import iscoroutinefunction
from typing import Any
from urllib.parse import parse_qsl

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.http import responses
from api.http.authentication import Caller, admit, caller
from api.http.replica import note_read, refuse_on_replica
from api.runtime.runtime import Runtime
from domain.errors import BadQuestion, Busy, Problem
from domain.nearest_names import nearest
from ledger.api_keys import Role
from ledger.postgres.connection import RecoveryConflict

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """A route that refuses unknown or duplicate query parameters.

    An endpoint that takes the bare request is called without the framework's injection, which costs more than the
    endpoint does; what it reads of the query is declared in `openapi_extra`.
    """

    def get_route_handler(self) -> Handler:
        known = frozenset(parameters(self))
        waits = waits_for_position(self)
        plain = iscoroutinefunction(self.endpoint) and _takes_request_alone(self.dependant)
        inner: Handler = self.endpoint if plain else super().get_route_handler()

        needed, writes, reads = role_needed(self), is_writing(self), self.methods == {"GET"}
        audited = (self.openapi_extra or {}).get(AUDITED, False)
        taken = tuple((self.openapi_extra or {}).get("requestBody", {}).get("content", ()))
        for_probes = (self.openapi_extra or {}).get(PROBED, False)
        in_outages = (self.openapi_extra or {}).get(IN_OUTAGES, False)

        async def handle(request: Request) -> Response:
            if for_probes:
                check_query(request.scope["query_string"], known)
                return await inner(request)
            if ADMITTED not in request.scope:
                await admit(request, needed, taken, in_outages=in_outages)
            who = caller(request)
            if writes:
                refuse_on_replica(request, who)
            if request.scope["query_string"]:
                check_query(request.scope["query_string"], known)
                if waits and "min_position" in request.query_params:
                    await wait_for_position(who, request.query_params["min_position"])
            if audited:
                path = f"{request.url.path}?{request.url.query}"[:AUDITED_CHARACTERS]
                await run_in_threadpool(note_read, request, who, path)
            try:
                return self.at_hand(request) or await inner(request)
            except RecoveryConflict:
                if not reads:
                    raise
                return await inner(request)  # what was cancelled is read once more

        return handle

    def at_hand(self, request: Request) -> Response | None:
        """The cached response, if there is one."""
        return None


class CachedRoute(ApiRoute):
    """A route of one deal whose responses are cached while they are valid."""

    async def find(self, request: Request) -> Response | None:
        """The cached response, for a caller who is admitted. Raises what `admit` raises."""
        await admit(request, role_needed(self))
        request.scope[ADMITTED] = True
        return self.at_hand(request)

    def at_hand(self, request: Request) -> Response | None:
        runtime: Runtime = request.app.state.runtime
        kept = runtime.responses.find(
            caller(request).ledger, request.path_params["deal_id"], request.scope["query_string"]
        )
        return None if kept is None else responses.cached_response(request, kept.content, kept.headers)


class PostedRoute(ApiRoute):
    """A route of which plain requests are answered from their body; `answer_plain` says how."""

    async def post(self, request: Request, body: bytes) -> Response | None:
        """The response to a caller who is admitted; None where the body is not plain. Raises what `admit` raises, and
        as `refuse_on_replica`."""
        refuse_on_replica(request, await admit(request, role_needed(self), (responses.JSON,)))
        request.scope[ADMITTED] = True
        return await self.answer_plain(request, body)

    async def answer_plain(self, request: Request, body: bytes) -> Response | None:
        """The response to the body of a plain request; None where it is not plain."""
        raise NotImplementedError


ADMITTED = "admitted"
"""Member of a request's scope: its caller is admitted to the route already."""

ROLE = "x-role"
"""Member of a route's `openapi_extra`: the required role, if it is not reader for GET, else recorder."""

AUDITED = "x-audited"
"""Member of a route's `openapi_extra`: it returns evidence, so that every read is logged."""

AUDITED_CHARACTERS = 1024
OPEN_TO_ALL: dict[str, Any] = {"security": []}
"""The `openapi_extra` of a public route."""

ANY_LOG = "x-any-log"
"""Member of a route's `openapi_extra`: its path names the log that it reads, which may be another than the caller's."""

OF_ANY_LOG: dict[str, Any] = {**OPEN_TO_ALL, ANY_LOG: True}
"""The `openapi_extra` of a public route of any log."""


PROBED = "x-probed"
"""Member of a route's `openapi_extra`: no authentication, which could wait for the database."""

FOR_PROBES: dict[str, Any] = {**OPEN_TO_ALL, PROBED: True}
"""The `openapi_extra` of a route that is answered without the database."""

IN_OUTAGES = "x-in-outages"
"""Member of a route's `openapi_extra`: it is answered while the database cannot be reached, too."""


def role_needed(route: APIRoute) -> Role | None:
    """The role that a route requires; None for a public route."""
    extra = route.openapi_extra or {}
    if extra.get("security") == []:
        return None
    usual: Role = "reader" if route.methods == {"GET"} else "recorder"
    needed: Role = extra.get(ROLE, usual)
    return needed


def is_writing(route: APIRoute) -> bool:
    """Whether a route changes something: all do that are not GET, except what only computes, such as a what-if."""
    computes = role_needed(route) == "reader" or (route.openapi_extra or {}).get(AUDITED, False)
    return route.methods != {"GET"} and not computes


def parameters(route: APIRoute) -> Iterator[str]:
    """The names of the query parameters of a route."""
    yield from _query_names(route.dependant)
    if waits_for_position(route):
        yield "min_position"
    for each in (route.openapi_extra or {}).get("parameters", ()):
        if each["in"] == "query":
            yield each["name"]


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (each.alias for each in dependant.query_params)
    for inner in dependant.dependencies:
        yield from _query_names(inner)


def _takes_request_alone(dependant: Dependant) -> bool:
    used = (dependant.path_params, dependant.query_params, dependant.header_params, dependant.body_params)
    return bool(dependant.request_param_name) and not any((*used, dependant.dependencies))


def waits_for_position(route: APIRoute) -> bool:
    """Whether a route reads the caller's log, and so supports waiting for a minimum position."""
    reads_own = ANY_LOG not in (route.openapi_extra or {})
    return route.methods == {"GET"} and route.path_format.startswith("/v1/") and reads_own


async def wait_for_position(who: Caller, wanted: str) -> None:
    """Read your own writes: wait for a minimum position. Raises BadQuestion, and Busy on timeout."""
    if not wanted.isdecimal() or len(wanted) > 18:
        told = f"min_position is {wanted[:64]!r}: it is a position of the log, as receipts give it."
        raise BadQuestion(told, problems=(Problem("/min_position", "bad-parameter", told),))
    hub = await run_in_threadpool(lambda: who.ledger.hub)  # the first time it asks the database
    if hub.position >= int(wanted):
        return
    if hub.followers >= limits.POSITION_WAITERS:
        raise Busy(
            f"{hub.followers} readers wait for the log to grow; try again in a moment.", extra={"retry_after": 1}
        )
    if not await hub.arrival(int(wanted), limits.POSITION_WAIT_SECONDS):
        raise Busy(f"The log has not reached position {wanted} here; try again in a moment.", extra={"retry_after": 1})


OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "as_of": ("valid_at",), "at": ("valid_at",), "date": ("valid_at",), "on": ("valid_at",), "known": ("known_at",),
    "version": ("known_version",), "from": ("from_valid", "occurred_from"), "to": ("to_valid", "to_version"),
    "sort": ("order",), "sort_by": ("order",), "order_by": ("order",), "search": ("q",), "query": ("q",),
    "page": ("cursor",), "offset": ("cursor",), "count": ("limit",), "page_size": ("limit",), "per_page": ("limit",),
    "types": ("type",), "deal": ("deals", "deal"), "days": ("within",),
}  # fmt: skip
"""What programs call parameters elsewhere -> what those are called here, where a route has them."""


def check_query(query: bytes, known: frozenset[str]) -> None:
    """Raises BadQuestion for a query string that is too long or has duplicate or unknown parameters."""
    if len(query) > limits.QUERY_CHARACTERS:
        raise BadQuestion(f"The query has {len(query)} characters; at most {limits.QUERY_CHARACTERS} are read.")
    faults = []
    seen: set[str] = set()
    for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        shown = name[:128]
        if name not in known:
            meant = tuple(each for each in OTHER_NAMES.get(name, ()) if each in known)
            near = meant or nearest(name, known, cutoff=0.5)
            told = f"nearest: {', '.join(near)}" if near else f"known here: {', '.join(sorted(known)) or 'none'}"
            faults.append(Problem(f"/{shown}", "unknown-parameter", f"There is no parameter {shown!r}; {told}.", near))
        elif name in seen:
            faults.append(Problem(f"/{shown}", "doubled-parameter", f"The parameter {shown!r} is given twice."))
        seen.add(name)
    if faults:
        raise BadQuestion(" ".join(dict.fromkeys(fault.detail for fault in faults)), problems=faults)
