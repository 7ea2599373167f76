"""Routes for operations: liveness, readiness, version, metrics, API reference."""

import asyncio
from importlib.metadata import version

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api import limits
from api.errors import NotFound
from api.http import responses
from api.http.authentication import caller
from api.http.openapi_responses import content, problems
from api.http.problem_details import TABLE, placed
from api.http.routing import FOR_PROBES, IN_OUTAGES, OPEN_TO_ALL, ApiRoute
from api.openapi import html
from api.runtime import metrics
from api.runtime.answers import ErrorCode, Health, Readiness, ServerVersion
from api.runtime.runtime import Runtime
from domain.errors import Busy
from ledger.encoding.leaf import PAYLOAD_DOMAIN
from projections.state.holiday_calendars import VERSION as CALENDARS
from projections.state.state_json import RULES

router = APIRouter(route_class=ApiRoute, tags=["Server"])

ANY = {"type": "object"}


@router.get(
    "/healthz",
    summary="Liveness",
    responses={200: content("Health", "The process responds."), **problems()},
    openapi_extra=FOR_PROBES,
)
async def healthz() -> Response:
    """200 while the process responds; it checks nothing else."""
    alive: Health = {"status": "ok"}
    return responses.json_response(alive, headers=FRESH)


@router.get(
    "/readyz",
    summary="Readiness",
    responses={200: content("Readiness", "Events can be read, and recorded unless this is a replica."), **problems()},
    openapi_extra=FOR_PROBES,
)
async def readyz(request: Request) -> Response:
    """200 when events can be recorded, on a replica read; else 503 within two seconds. `failures` lists workers whose
    last attempt failed, such as a signer that refuses to sign."""
    runtime: Runtime = request.app.state.runtime
    asked = asyncio.wrap_future(runtime.main.readiness.ask())
    done, _ = await asyncio.wait({asked}, timeout=limits.READY_SECONDS)
    if not done:
        asked.add_done_callback(asyncio.Future.exception)
        told = f"The database has not answered within {limits.READY_SECONDS} seconds; try again in a moment."
        raise Busy(told, extra={"retry_after": 1})
    found = asked.result()
    ready: Readiness = {
        "status": "ready", "role": found.role, "position": found.position, "failures": runtime.failures(),
    }  # fmt: skip
    if found.role == "replica":
        ready["lag_seconds"] = found.lag_seconds
    return responses.json_response(ready, headers=FRESH)


@router.get(
    "/version",
    summary="Version",
    responses={200: content("ServerVersion", "Versions."), **problems()},
    openapi_extra=OPEN_TO_ALL,
)
async def read_version() -> Response:
    """The version of the server, of the rules by which states are derived, and of the calendars."""
    told: ServerVersion = {
        "name": "parley",
        "version": version("parley-tracker"),
        "api": "v1",
        "rules": RULES,
        "calendars": CALENDARS,
        "payload_domain": PAYLOAD_DOMAIN.decode(),
    }
    return responses.json_response(told, headers=FRESH)


@router.get(
    "/metrics",
    summary="Metrics",
    responses={200: content({"type": "string"}, "Prometheus text.", "text/plain"), **problems()},
    openapi_extra={IN_OUTAGES: True},
)
def read_metrics(request: Request) -> Response:
    """Metrics of appends, queues, lags, streams and responses in the Prometheus text format.

    While the database cannot be reached, a key is accepted that was valid when it was last verified.
    """
    runtime: Runtime = request.app.state.runtime
    told = runtime.metrics.text(caller(request).log, runtime.streams)
    return Response(told, media_type=metrics.MEDIA, headers=FRESH)


@router.get(
    "/openapi.json",
    summary="OpenAPI document",
    responses={200: content(ANY, "OpenAPI 3.1."), **problems()},
    openapi_extra=OPEN_TO_ALL,
)
def read_openapi(request: Request) -> Response:
    """The OpenAPI document of this API."""
    return responses.conditional_json(request, request.app.openapi())


@router.get(
    "/docs",
    summary="API reference",
    response_class=HTMLResponse,
    responses={200: content({"type": "string"}, "A page.", "text/html"), **problems()},
    openapi_extra=OPEN_TO_ALL,
)
def read_docs(request: Request) -> Response:
    """The reference of this API as HTML, without scripts or external resources."""
    return HTMLResponse(html.page(request.app.openapi()), headers={"Content-Security-Policy": html.POLICY})


@router.get(
    "/problems/{code}",
    summary="Error code",
    responses={200: content("ErrorCode", "The error."), **problems(NotFound)},
    openapi_extra=OPEN_TO_ALL,
)
def read_problem(request: Request, code: str) -> Response:
    """The meaning of an error code: status, title and text. The `type` of every error links here."""
    for kind in TABLE:
        if kind.code == code:
            status, title = placed(kind)
            told: ErrorCode = {"code": code, "status": status, "title": title}
            return responses.conditional_json(request, told)
    raise NotFound(f"There is no error {code[:64]!r}.")


FRESH = {"Cache-Control": "no-store"}
