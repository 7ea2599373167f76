"""The bitemporal routes: diff, history, first, digest, lineage, what-if, mementos."""

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.deals import what_if
from api.deals.temporal_questions import temporal_question
from api.errors import EventNotFound, require_event
from api.http import responses
from api.http.authentication import AuthenticatedCaller, caller
from api.http.openapi_responses import NOT_MODIFIED, WRITING, body, content, deal_path, problems
from api.http.parameters import DealId, EventId, KnownBy, Layer, Moment, Reading, TimeQueryParameters, Version
from api.http.routing import ROLE, ApiRoute
from api.runtime.query_pool import ONCE_MORE, bounded, costly
from api.runtime.query_process import Question
from api.runtime.query_processes import QueryProcesses
from domain import errors
from projections.state.time_query import NOTHING_ASKED, TimeQuery
from projections.temporal.service import TemporalQueries

router = APIRouter(prefix="/v1/deals/{deal_id}", route_class=ApiRoute, tags=["Time"])

ON_A_BASIS = problems(errors.UnknownDeal, errors.BeyondTheEnd, errors.InTheFuture, errors.TooCostly)
AT_A_PATH = problems(errors.UnknownDeal, errors.UnknownPath, errors.BeyondTheEnd, errors.InTheFuture, errors.TooCostly)

NEARER = "Ask for a shorter stretch: bring the two moments nearer together."
ONE_FIELD = (
    "Ask about one field of one entry, such as /deadlines/{id}/due, or bound the record with known_version or known_at."
)
Pointer = Annotated[str, Query(max_length=1024, description="A JSON pointer into the state.")]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "exists"]


def _answer(request: Request, who: AuthenticatedCaller, deal_id: str, question: Question) -> Response:
    """The response to a costly query of a deal, which is computed in a process of its own where the deal is long."""
    processes: QueryProcesses = request.app.state.runtime.processes
    content = processes.about_deal(who.log, who.principal, deal_id, question)
    return responses.conditional_response(request, content, responses.JSON)


@router.get(
    "/diff",
    summary="Difference between two bases",
    responses={200: content("Diff", "What happened, what was learned, what lapsed, and the sum."), **ON_A_BASIS},
)
@costly(NEARER)
def read_diff(
    request: Request,
    who: AuthenticatedCaller,
    deal_id: DealId,
    from_valid: Moment = None,
    from_known: Moment = None,
    to_valid: Moment = None,
    to_known: Moment = None,
    known_by: KnownBy = NOTHING_ASKED.known_by,
    reading: Reading = NOTHING_ASKED.reading,
    layer: Layer = NOTHING_ASKED.layer,
) -> Response:
    """Valid time advances first, on the old known time: `happened`, and `lapsed` by time alone. Then known time
    advances: `learned`."""
    start = TimeQuery(valid_at=from_valid, known_at=from_known, known_by=known_by, reading=reading, layer=layer)
    end = replace(start, valid_at=to_valid, known_at=to_known)
    asked = temporal_question(TemporalQueries.diff, deal_id, start, end)
    return _answer(request, who, deal_id, asked)


@router.get(
    "/history",
    summary="History of a value",
    responses={200: content("Stretches", "Stretches of equal value, ascending."), 304: NOT_MODIFIED, **AT_A_PATH},
)
@costly(ONE_FIELD)
def read_history(
    request: Request, who: AuthenticatedCaller, deal_id: DealId, path: Pointer, question: TimeQueryParameters
) -> Response:
    """The values at a path of the state over valid time, each with its interval and the events it is derived from."""
    asked = temporal_question(TemporalQueries.history, deal_id, path, question)
    return _answer(request, who, deal_id, asked)


@router.get(
    "/revisions",
    summary="Changes of knowledge about one date",
    responses={200: content("Stretches", "Stretches of known time, ascending."), 304: NOT_MODIFIED, **AT_A_PATH},
)
@costly(ONE_FIELD)
def read_revisions(
    request: Request, who: AuthenticatedCaller, deal_id: DealId, path: Pointer, question: TimeQueryParameters
) -> Response:
    """The values at a path of the state for one `valid_at` over known time, each with its interval."""
    asked = temporal_question(TemporalQueries.revisions, deal_id, path, question)
    return _answer(request, who, deal_id, asked)


@router.get(
    "/first",
    summary="First time of a condition",
    responses={200: content("First", "When, by which events, and when it could first be known."), **AT_A_PATH},
)
@costly(ONE_FIELD)
def read_first(
    request: Request,
    who: AuthenticatedCaller,
    deal_id: DealId,
    path: Pointer,
    question: TimeQueryParameters,
    op: Annotated[Operator, Query(description="How the value compares.")] = "exists",
    value: Annotated[str | None, Query(max_length=1024, description="JSON; a bare word or date is a text.")] = None,
) -> Response:
    """The first instant at which a condition on the state holds; nulls if it never does."""
    asked = temporal_question(TemporalQueries.first, deal_id, path, op, value, question)
    return _answer(request, who, deal_id, asked)


@router.get(
    "/digest",
    summary="Digest of changes",
    responses={200: content("Digest", "Changes, each with a sentence."), **ON_A_BASIS},
)
@costly("Ask since a later version or moment.")
def read_digest(
    request: Request,
    who: AuthenticatedCaller,
    deal_id: DealId,
    since_version: Version = None,
    since: Moment = None,
    known_by: KnownBy = NOTHING_ASKED.known_by,
) -> Response:
    """What changed since a version or an instant, grouped by meaning: fields, blockers, dates."""
    asked = temporal_question(
        TemporalQueries.digest, deal_id, since_version=since_version, since=since, known_by=known_by
    )
    return _answer(request, who, deal_id, asked)


@router.post(
    "/what-if",
    summary="What-if",
    responses={
        200: content("WhatIf", "The state that they would make, and what they would change."),
        **problems(
            *WRITING,
            errors.InvalidInput,
            errors.UnknownReference,
            errors.UnknownEvent,
            errors.UnknownDeal,
            errors.DealExists,
            errors.DuplicateId,
            errors.AlreadyErased,
            errors.EventErased,
            errors.BeyondTheEnd,
            errors.InTheFuture,
            errors.TooCostly,
        ),
    },
    openapi_extra={ROLE: "reader", "parameters": [deal_path()], "requestBody": body("Hypothesis")},
)
async def post_what_if(request: Request) -> Response:
    """The state as if these events were appended. Nothing is stored. `Prefer: handling=lenient` supposes unknown
    references too, with a warning."""
    return await what_if.what_if_response(request, caller(request))


@router.get(
    "/events/{event_id}/lineage",
    summary="Lineage of an event",
    responses={
        200: content("Lineage", "Its assertion, corrections, voiding and reinstatement."),
        304: NOT_MODIFIED,
        **problems(errors.UnknownDeal, EventNotFound),
    },
)
@bounded(ONCE_MORE)
def read_lineage(request: Request, who: AuthenticatedCaller, deal_id: DealId, event_id: EventId) -> Response:
    """Who asserted an event, who corrected or voided it, and why."""
    found = who.log.queries.lineage(deal_id, event_id)
    return responses.conditional_json(request, require_event(found, who.ledger, deal_id, event_id))


@router.get(
    "/events/{event_id}/diff",
    summary="Difference that an event made",
    responses={
        200: content("Diff", "What it changed."),
        304: NOT_MODIFIED,
        **problems(errors.UnknownDeal, EventNotFound, errors.TooCostly),
    },
)
@costly(ONCE_MORE)
def read_event_diff(request: Request, who: AuthenticatedCaller, deal_id: DealId, event_id: EventId) -> Response:
    """The states just before and just after an event was recorded, on the day on which it takes effect, today at the
    latest."""
    who.reader.head(deal_id)
    row = who.ledger.event(event_id)
    require_event(row if row and row.deal_id == deal_id else None, who.ledger, deal_id, event_id)
    return _answer(request, who, deal_id, temporal_question(TemporalQueries.event_diff, deal_id, event_id))


@router.get(
    "/timegate",
    status_code=302,
    response_class=RedirectResponse,
    summary="TimeGate",
    responses={
        302: {"description": "Where it is (RFC 7089)."},
        **problems(errors.UnknownDeal),
    },
    openapi_extra={
        "parameters": [
            {
                "name": "Accept-Datetime",
                "in": "header",
                "required": False,
                "schema": {"type": "string"},
                "description": "An HTTP date: the state as recorded by then.",
            }
        ]
    },
)
@bounded(ONCE_MORE)
def read_timegate(request: Request, who: AuthenticatedCaller, deal_id: DealId) -> Response:
    """RFC 7089 TimeGate over recorded time, with a memento for each version; beyond either end, the nearest."""
    wanted = request.headers.get("accept-datetime")
    found = who.log.queries.timegate(deal_id, str(request.base_url), wanted)
    return RedirectResponse(found["Location"], 302, {**found, "Vary": "accept-datetime"})


@router.get(
    "/timemap",
    summary="TimeMap",
    responses={
        200: content({"type": "string"}, "Links (RFC 6690).", "application/link-format"),
        304: NOT_MODIFIED,
        **problems(errors.UnknownDeal),
    },
)
@bounded(ONCE_MORE)
def read_timemap(request: Request, who: AuthenticatedCaller, deal_id: DealId, after: Version = None) -> Response:
    """RFC 7089 TimeMap: the mementos of a deal, one for each version."""
    found = who.log.queries.timemap(deal_id, str(request.base_url), after or 0)
    return responses.conditional_response(request, found.encode(), "application/link-format")
