"""The server about itself: whether it lives, whether it can serve, what it is, how to talk to it."""

import asyncio
from importlib.metadata import version

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api import limits
from api.http import responses
from api.http.authentication import caller
from api.http.openapi_responses import content, problems
from api.http.problem_details import TABLE, NotFound, placed
from api.http.routing import FOR_PROBES, OPEN_TO_ALL, ApiRoute
from api.openapi import html
from api.runtime import metrics
from api.runtime.tenants import Runtime
from domain.errors import Busy
from ledger.encoding.leaf import PAYLOAD_DOMAIN
from projections.state.calendars import VERSION as CALENDARS
from projections.state.state_reader import RULES

router = APIRouter(route_class=ApiRoute, tags=["Server"])

ANY = {"type": "object"}


@router.get(
    "/healthz",
    summary="Does it live?",
    responses={200: content(ANY, "It does."), **problems()},
    openapi_extra=FOR_PROBES,
)
async def healthz() -> Response:
    """200 as long as the process answers at all."""
    return responses.told({"status": "ok"}, headers=FRESH)


@router.get(
    "/readyz",
    summary="Can it serve?",
    responses={200: content(ANY, "It can."), **problems()},
    openapi_extra=FOR_PROBES,
)
async def readyz(request: Request) -> Response:
    """200 when the database answers and events can be recorded; 503, within two seconds, when not. `failures` names
    what else does not work, such as a signer that refuses to sign."""
    house: Runtime = request.app.state.house
    asked = asyncio.wrap_future(house.main.readiness.ask())
    done, _ = await asyncio.wait({asked}, timeout=limits.READY_SECONDS)
    if not done:
        asked.add_done_callback(asyncio.Future.exception)
        told = f"The database has not answered within {limits.READY_SECONDS} seconds; try again in a moment."
        raise Busy(told, extra={"retry_after": 1})
    ready = {"status": "ready", "position": asked.result(), "failures": house.failures()}
    return responses.told(ready, headers=FRESH)


@router.get(
    "/version",
    summary="What is it?",
    responses={200: content(ANY, "Versions."), **problems()},
    openapi_extra=OPEN_TO_ALL,
)
async def read_version() -> Response:
    """The version of the server, of the rules by which states are derived, and of the calendars."""
    told = {
        "name": "parley",
        "version": version("parley-tracker"),
        "api": "v1",
        "rules": RULES,
        "calendars": CALENDARS,
        "payload_domain": PAYLOAD_DOMAIN.decode(),
    }
    return responses.told(told, headers=FRESH)


@router.get(
    "/metrics",
    summary="How does it fare?",
    responses={200: content({"type": "string"}, "Prometheus text.", "text/plain"), **problems()},
)
def read_metrics(request: Request) -> Response:
    """Appends, queues, lags, streams, answers: numbers for Prometheus."""
    house: Runtime = request.app.state.house
    log = caller(request).log
    told = house.metrics.text(log.ledger, log.workers, house.streams)
    return Response(told, media_type=metrics.MEDIA, headers=FRESH)


@router.get(
    "/openapi.json",
    summary="The OpenAPI document",
    responses={200: content(ANY, "OpenAPI 3.1."), **problems()},
    openapi_extra=OPEN_TO_ALL,
)
def read_openapi(request: Request) -> Response:
    """This API, described for machines."""
    return responses.read(request, request.app.openapi())


@router.get(
    "/docs",
    summary="The reference",
    response_class=HTMLResponse,
    responses={200: content({"type": "string"}, "A page.", "text/html"), **problems()},
    openapi_extra=OPEN_TO_ALL,
)
def read_docs(request: Request) -> Response:
    """This API, described for people; the page needs no script and no network."""
    return HTMLResponse(html.page(request.app.openapi()))


@router.get(
    "/problems/{code}",
    summary="What an error means",
    responses={200: content(ANY, "The error."), **problems(NotFound)},
    openapi_extra=OPEN_TO_ALL,
)
def read_problem(request: Request, code: str) -> Response:
    """What an error code means: its status, its title and its text. The `type` of every error points here."""
    for kind in TABLE:
        if kind.code == code:
            status, title = placed(kind)
            return responses.read(request, {"code": code, "status": status, "title": title})
    raise NotFound(f"There is no error {code[:64]!r}.")


FRESH = {"Cache-Control": "no-store"}
