"""Recording: events, deals, imports."""

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.errors import ImportStopped
from api.events import imports, recording
from api.events.import_report import ImportRefused
from api.http import responses
from api.http.authentication import caller
from api.http.openapi_responses import READING_BODY, WRITING, body, content, deal_path, problems
from api.http.parameters import DryRun
from api.http.routing import ApiRoute
from domain import errors
from ledger.append.import_errors import ImportInterrupted
from ledger.append.spool import NoRoom

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Recording"])


def _header(name: str, description: str) -> dict[str, object]:
    return {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": description}


LINES = {
    "type": "string",
    "description": (
        "JSON Lines: an event each, with its deal_id; at most 64 KiB a line, any number of lines. What GET /v1/events "
        "exports is read back: the members that the log added are left out, erased events come with their erasure, and "
        "the trailer is held to the lines before it."
    ),
}

CONDITIONS = [
    _header("If-Match", 'The version that the deal must have, in quotes: "12". Else 412.'),
    _header("If-None-Match", "`*`: the deal must have no event yet. Else 412."),
    _header(
        "Idempotency-Key",
        (
            "Identifies one body: the same body again gets the first answer, another body 422. Events without an id "
            'get theirs from it. A string such as "8e03978e"; without its quotes it is the same key.'
        ),
    ),
    _header(
        "Prefer",
        (
            "`handling=lenient`: unknown references are recorded, with a warning. "
            "`return=minimal`: no warnings from the state."
        ),
    ),
]
REFUSALS = problems(
    *WRITING,
    errors.InvalidInput,
    errors.UnknownReference,
    errors.UnknownEvent,
    errors.IdempotencyMismatch,
    errors.UnknownDeal,
    errors.DealExists,
    errors.DuplicateId,
    errors.UnderHold,
    errors.AlreadyErased,
    errors.EventErased,
    errors.StaleVersion,
    errors.OutcomeUnknown,
)


@router.post(
    "/deals/{deal_id}/events",
    status_code=201,
    summary="Append events",
    responses={
        200: content("Receipt", "A dry run: what the answer would be."),
        201: content("Receipt", "Recorded; or recorded before, and this is the first answer."),
        **REFUSALS,
    },
    openapi_extra={
        "parameters": [deal_path(), DryRun, *CONDITIONS],
        "requestBody": body("Events"),
    },
)
async def post_events(request: Request) -> Response:
    """Append one event, or an array of 1 to 500: all or none. The same id with the same content returns the first
    receipt, so a retry is safe."""
    return await recording.post_events(request)


@router.post(
    "/deals",
    status_code=201,
    summary="Open a deal",
    responses={
        200: content("Receipt", "A dry run: what the answer would be."),
        201: content("Receipt", "Opened."),
        **REFUSALS,
    },
    openapi_extra={
        "parameters": [DryRun, *CONDITIONS],
        "requestBody": body("Opening"),
    },
)
async def post_deal(request: Request) -> Response:
    """Open a deal by its deal.opened event. `occurred` defaults to today."""
    return await recording.post_deal(request)


@router.post(
    "/imports",
    summary="Import events",
    responses={
        200: content("ImportReport", "Recorded. `errors: []` means that every line is."),
        **problems(ImportRefused, ImportStopped, ImportInterrupted, NoRoom, *READING_BODY),
    },
    openapi_extra={
        "parameters": [
            DryRun,
            {**DryRun, "name": "partial", "description": "Record the valid lines even if others are invalid."},
            {
                **DryRun,
                "name": "deal",
                "schema": deal_path()["schema"],
                "description": "Replaces `deal_id` of every line.",
            },
        ],
        "requestBody": {"required": True, "content": {responses.NDJSON: {"schema": LINES}}},
    },
)
async def post_import(request: Request) -> Response:
    """Record a file of JSON Lines. All lines are judged first; with any bad one nothing is recorded, unless `partial`.
    Every bad line is listed in `errors`, however many there are. Unknown references are warnings. A long import is
    several transactions; after an interruption the same file may be sent again."""
    options = {name: recording.flag(request, name) for name in ("partial", "dry_run")}
    deal = request.query_params.get("deal")
    with await imports.spooled(request) as body:
        async with request.app.state.runtime.importing:
            report = await run_in_threadpool(imports.run, body, caller(request), deal, **options)
    return report.answer(request.url.path)
