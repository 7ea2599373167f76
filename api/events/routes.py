"""Recording: events, deals, imports."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.errors import EmptyImport, ImportStopped, UnknownImport
from api.events import import_jobs, imports, recording
from api.events.import_report import ImportRefused
from api.http import responses
from api.http.authentication import caller
from api.http.openapi_responses import READING_BODY, WRITING, body, content, deal_path, listed, problems
from api.http.parameters import DryRun, Limit
from api.http.requests import prefer_header
from api.http.routing import ROLE, ApiRoute, PostedRoute
from api.runtime.runtime import Runtime
from domain import errors
from ledger.append.import_errors import ImportInterrupted
from ledger.append.spool import NoRoom


class EventsRoute(PostedRoute):
    """The route that records events; a plain one is recorded from its body."""

    async def answer_plain(self, request: Request, body: bytes) -> Response | None:
        return await recording.post_plain_event(request, body)


posting = APIRouter(prefix="/v1", route_class=EventsRoute, tags=["Recording"])
"""The route that is posted to most, matched before the others."""

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Recording"])


ImportId = Annotated[str, Path(max_length=64, description="The id of an import in the background.")]
AfterItem = Annotated[int, Query(ge=0, le=2**63 - 1)]


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


@posting.post(
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
        202: content("BackgroundImport", "Accepted, with `Prefer: respond-async`; `Location` says where it is read."),
        **problems(ImportRefused, EmptyImport, ImportStopped, ImportInterrupted, NoRoom, *READING_BODY),
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
            _header(
                "Prefer", "`respond-async`: answer 202 at once, import in the background; 429 where too many wait."
            ),
        ],
        "requestBody": {"required": True, "content": {responses.NDJSON: {"schema": LINES}}},
    },
)
async def post_import(request: Request) -> Response:
    """Record a file of JSON Lines. All lines are judged first; with any bad one nothing is recorded, unless `partial`.
    Every bad line is listed in `errors`, however many there are. Unknown references are warnings. A long import is
    several transactions; after an interruption the same file may be sent again."""
    options = imports.ImportOptions(recording.flag(request, "partial"), recording.flag(request, "dry_run"))
    deal = request.query_params.get("deal")
    runtime: Runtime = request.app.state.runtime
    # Another process would not know of a job: the preference is then not applied, as RFC 7240 allows.
    if "respond-async" in prefer_header(request) and runtime.settings.workers == 1:
        job = await import_jobs.begin(request, deal, options)
        headers = {"Location": job.path, "Preference-Applied": "respond-async", "Retry-After": "1"}
        return responses.json_response(job.answer(), 202, headers)
    with await imports.spooled(request) as body:
        async with runtime.importing:
            report = await run_in_threadpool(imports.run, body, caller(request), deal, options)
    return report.answer(request.url.path)


@router.get(
    "/imports",
    summary="Imports in the background",
    responses={
        200: listed("BackgroundImport", "Those of the caller, for an admin all of the log; newest first."),
        **problems(),
    },
    openapi_extra={ROLE: "recorder"},
)
async def read_imports(request: Request) -> Response:
    """The imports that run or ended within the last hour, in one page."""
    return responses.page_response(request, [job.answer() for job in import_jobs.visible_to(request)], None)


@router.get(
    "/imports/{import_id}",
    summary="Import in the background",
    responses={
        200: content("BackgroundImport", "Its state, its counts so far, and its report at the end."),
        **problems(UnknownImport),
    },
    openapi_extra={ROLE: "recorder"},
)
async def read_import(request: Request, import_id: ImportId) -> Response:
    """How far an import has come. `state` is waiting, running, done, refused (nothing was recorded, as with 422),
    failed or cancelled. Known to the server that runs it, until an hour after its end."""
    job = import_jobs.find(request, import_id)
    return responses.conditional_json(request, job.answer(), {"Retry-After": "1"} if job.ended is None else None)


@router.delete(
    "/imports/{import_id}",
    summary="Cancel an import in the background",
    status_code=204,
    responses={204: {"description": "Cancelled, and its report removed."}, **problems(UnknownImport)},
    openapi_extra={ROLE: "recorder"},
)
async def delete_import(request: Request, import_id: ImportId) -> Response:
    """End an import at its next line or transaction, and remove its report. What it has recorded stands."""
    runtime: Runtime = request.app.state.runtime
    await runtime.imports.remove(import_jobs.find(request, import_id))
    return Response(status_code=204)


@router.get(
    "/imports/{import_id}/errors",
    summary="Refused lines of an import",
    responses={200: listed("Fault", "A page, in the order of lines."), **problems(UnknownImport)},
    openapi_extra={ROLE: "recorder"},
)
async def read_import_errors(
    request: Request, import_id: ImportId, after: AfterItem = 0, limit: Limit = limits.PAGE_ITEMS
) -> Response:
    """Every line that cannot be recorded, and why; `after` is a line. Empty until the import has ended."""
    items = await run_in_threadpool(import_jobs.find(request, import_id).errors, after, limit + 1)
    more = str(items[limit - 1]["line"]) if len(items) > limit else None
    return responses.page_response(request, items[:limit], more, "after")


@router.get(
    "/imports/{import_id}/warnings",
    summary="Warnings of an import",
    responses={200: listed("Fault", "A page, in the order of lines."), **problems(UnknownImport)},
    openapi_extra={ROLE: "recorder"},
)
async def read_import_warnings(
    request: Request, import_id: ImportId, after: AfterItem = 0, limit: Limit = limits.PAGE_ITEMS
) -> Response:
    """Every warning of an import; `after` is a number of warnings. Empty until the import has ended."""
    items = await run_in_threadpool(import_jobs.find(request, import_id).warnings, after, limit + 1)
    return responses.page_response(request, items[:limit], str(after + limit) if len(items) > limit else None, "after")
