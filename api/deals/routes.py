"""Reading a deal: its state, its events, its replay."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import limits
from api.deals import event_list, folded_lists, list_tables, lists, replay_steps, state, summary
from api.errors import EventNotFound, NotAcceptable
from api.events import type_filters
from api.events.default_day import Day
from api.http import responses
from api.http.authentication import AuthenticatedCaller
from api.http.deal_filter import ListName
from api.http.openapi_responses import NOT_MODIFIED, content, listed, problems, several
from api.http.parameters import (
    BareIsTrue,
    BookQueryParameters,
    Cursor,
    DealId,
    EventId,
    Limit,
    Moment,
    TimeQueryParameters,
    Version,
)
from api.http.pattern_faults import DAYS_AHEAD
from api.http.routing import AUDITED, ApiRoute, CachedRoute
from api.runtime.query_pool import ONCE_MORE, QueryPool, bounded
from api.runtime.query_processes import QueryProcesses
from domain.errors import BeyondTheEnd, InTheFuture, TooCostly, UnknownDeal, UnreadableDeal
from domain.fields.types import DealKind, DealStatus, Force, Phase
from ledger.api_keys import NoPrimary
from ledger.deal_lists import UnknownList
from projections.tables.deadlines import DeadlineFilter
from projections.tables.deal_order import BY_ID, ORDERS
from projections.tables.deals import DealFilter

ORDERED = (
    "version, -version, occurred or -occurred: by version; or by when an event takes effect, else occurred, then "
    "by rank and version."
)

DEALS_ORDERED = (
    "By id; `due`: past due first, then by the next deadline, one that binds before others; by title, status or last "
    "change (`-`: downwards)."
)

USUAL_STATE = (
    "Ask with known_by=recorded, reading=earliest and layer=all, for which long deals have entity versions; "
    "or ask once more: what was read is kept."
)


router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Reading"])
cached = APIRouter(prefix="/v1", route_class=CachedRoute, tags=["Reading"])
ON_A_BASIS = problems(UnknownDeal, UnreadableDeal, BeyondTheEnd, InTheFuture, TooCostly)
Jurisdiction = Annotated[str | None, Query(max_length=128, description="A jurisdiction that the deal names.")]
Party = Annotated[
    str | None, Query(max_length=128, description="A party of the deal, by its id or its name, in any case.")
]


@cached.get(
    "/deals/{deal_id}/state",
    summary="State of a deal",
    responses={200: content("State", "The state, with the basis that it rests on."), 304: NOT_MODIFIED, **ON_A_BASIS},
)
@bounded(USUAL_STATE)
def read_state(request: Request, who: AuthenticatedCaller, deal_id: DealId, question: TimeQueryParameters) -> Response:
    """The state of a deal at a valid time, as known at a known time. Every value has the events it is derived from."""
    return state.state_response(request, who, deal_id, question)


@router.get(
    "/deals/{deal_id}/events",
    summary="Events of a deal",
    responses={200: listed("RecordedEvent", "A page of events."), 304: NOT_MODIFIED, **problems(UnknownDeal)},
)
@bounded(ONCE_MORE)
def read_events(
    request: Request,
    who: AuthenticatedCaller,
    deal_id: DealId,
    types: Annotated[
        str | None, Query(alias="type", max_length=1024, description="Types or groups such as `bid.*`, by commas.")
    ] = None,
    actor: Annotated[
        str | None, Query(max_length=1024, description="Who made it happen; several separated by commas.")
    ] = None,
    occurred_from: Moment = None,
    occurred_to: Moment = None,
    recorded_from: Moment = None,
    recorded_to: Moment = None,
    after_version: Version = None,
    order: Annotated[str, Query(max_length=16, description=ORDERED)] = "version",
    include: Annotated[str | None, Query(max_length=16, description="`voided`: list voided events too.")] = None,
    limit: Limit = limits.PAGE_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """The events of a deal, voided ones left out; `from` is inclusive, `to` exclusive."""
    try:
        history = who.reader.history(deal_id)
    except UnreadableDeal:
        if order != "version" or any((types, actor, occurred_from, occurred_to, recorded_from, recorded_to)):
            raise
        plain = event_list.EventFilter(after_version=after_version or 0)
        return responses.page_response(request, *event_list.list_undecoded(who.reader, deal_id, plain, cursor, limit))
    wanted = event_list.EventFilter(
        types=type_filters.parse_types(types),
        actors=type_filters.split_names(actor),
        occurred=event_list.parse_range("occurred", occurred_from, occurred_to, history.zone),
        recorded=event_list.parse_range("recorded", recorded_from, recorded_to, history.zone),
        after_version=after_version or 0,
        voided=event_list.parse_choice("include", include, (None, "voided")) == "voided",
        order=str(event_list.parse_choice("order", order, event_list.ORDERS)),
    )
    return responses.page_response(request, *event_list.list_events(who.reader, history, wanted, cursor, limit))


@router.get(
    "/deals/{deal_id}/events/{event_id}",
    summary="Event",
    responses={
        200: content("RecordedEvent", "The envelope as it was sent, with what the ledger added."),
        304: NOT_MODIFIED,
        **problems(UnknownDeal, EventNotFound),
    },
)
@bounded(ONCE_MORE)
def read_event(request: Request, who: AuthenticatedCaller, deal_id: DealId, event_id: EventId) -> Response:
    """One event as recorded, with its corrections and voidings."""
    found = event_list.read_event(who.reader, deal_id, event_id)
    return responses.conditional_json(
        request, {**found, "seal": who.log.transparency_log.levels().of(found["position"])}
    )


@router.get(
    "/deals/{deal_id}/replay",
    summary="Replay of a deal",
    response_class=StreamingResponse,
    responses={
        200: several("ReplayLine", "A step for each event, then a trailer; or a page; or a table.", replay_steps.FORMS),
        **problems(UnknownDeal, BeyondTheEnd, InTheFuture, NoPrimary, TooCostly),
    },
    openapi_extra={AUDITED: True},
)
async def replay(
    request: Request,
    who: AuthenticatedCaller,
    deal_id: DealId,
    question: TimeQueryParameters,
    to_version: Version = None,
) -> Response:
    """A JSON Patch for each event in recorded order, with the hash of the state after it. JSON Lines; HTML or CSV by
    `Accept`."""
    form = responses.accepts(request, *replay_steps.FORMS)
    steps = partial(replay_steps.parts, deal_id, to_version, question, form)
    processes: QueryProcesses = request.app.state.runtime.processes
    parts = partial(processes.stream_about_deal, who.log, who.principal, deal_id, steps)
    pool: QueryPool = request.app.state.runtime.pool
    answer = await pool.stream(request, who.principal, parts, form, "Replay to an earlier version: to_version.")
    if form == "text/csv":
        answer.headers.update(responses.attachment(f"{deal_id}-replay.csv"))
    return answer


@router.get(
    "/deals",
    summary="Deals",
    responses={
        200: several("DealPage", "A page of deals.", lists.FORMS),
        304: NOT_MODIFIED,
        **problems(UnknownList, BeyondTheEnd, InTheFuture, TooCostly, NotAcceptable),
    },
)
async def read_deals(
    request: Request,
    who: AuthenticatedCaller,
    question: BookQueryParameters,
    status: DealStatus | None = None,
    phase: Phase | None = None,
    party: Party = None,
    kind: DealKind | None = None,
    jurisdiction: Jurisdiction = None,
    q: Annotated[
        str | None,
        Query(
            max_length=256,
            description="A text in the id, title, subject or parties, in any case; or words there, in obligations and "
            "in summaries of events.",
        ),
    ] = None,
    due_before: Annotated[
        Day | None, Query(description="The next deadline falls before this day, in its own zone.")
    ] = None,
    overdue: Annotated[
        bool | None, BareIsTrue, Query(description="Only deals with open deadlines that are past due, or without.")
    ] = None,
    unreadable: Annotated[
        bool | None, BareIsTrue, Query(description="Only deals that cannot be read, or only those that can.")
    ] = None,
    list_name: ListName = None,
    order: Annotated[Literal[*ORDERS], Query(description=DEALS_ORDERED)] = BY_ID,  # type: ignore[valid-type]  # mypy takes no computed tuple
    limit: Limit = limits.PAGE_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """All deals at a valid and a known time, by default as of now and of `as_of_position`. `min_position` waits for
    that position. With `known_by=published` every deal is folded, within the bounds of a costly query. With `Accept:
    text/csv` the page is a table."""
    wanted = DealFilter(
        status=status,
        phase=phase,
        party=party,
        kind=kind,
        jurisdiction=jurisdiction,
        q=q,
        due_before=due_before,
        overdue=overdue,
        unreadable=unreadable,
        deals=await lists.ids_of_list(who, list_name),
    )
    if await lists.is_stored(who.log, question, request.query_params.get("min_position")):
        found = await run_in_threadpool(lists.list_deals, who.log, question, wanted, order, cursor, limit)
    else:
        pool: QueryPool = request.app.state.runtime.pool
        work = partial(folded_lists.list_deals, who.log, question, wanted, order, cursor, limit)
        found = await pool.answer(request, who.principal, work, lists.ADVICE)
    return found.answer(request, list_tables.DEAL_COLUMNS)


@router.get(
    "/deals/{deal_id}",
    summary="Summary of a deal",
    responses={200: content("Deal", "The deal, and where more of it is found."), 304: NOT_MODIFIED, **ON_A_BASIS},
)
def read_deal(request: Request, who: AuthenticatedCaller, deal_id: DealId) -> Response:
    """The entry of the list of deals, with links to state, events, replay and calendar."""
    return responses.conditional_json(request, summary.read_deal(who.log, deal_id))


@router.get(
    "/deadlines",
    summary="Deadlines across deals",
    responses={
        200: several(
            "DeadlinePage", "A page of deadlines: past due first, then by the moment that closes them.", lists.FORMS
        ),
        304: NOT_MODIFIED,
        **problems(UnknownList, BeyondTheEnd, InTheFuture, TooCostly, NotAcceptable),
    },
)
async def read_deadlines(
    request: Request,
    who: AuthenticatedCaller,
    question: BookQueryParameters,
    within: Annotated[
        str | None, Query(pattern=DAYS_AHEAD, description="Due within so many days, such as 30d.")
    ] = None,
    binding: Annotated[
        bool | None, BareIsTrue, Query(description="Only those that bind, or only those that do not.")
    ] = None,
    overdue: Annotated[
        bool | None,
        BareIsTrue,
        Query(description="Only those that are past due without an outcome, or only those to come; both by default."),
    ] = None,
    force: Force | None = None,
    party: Party = None,
    kind: DealKind | None = None,
    jurisdiction: Jurisdiction = None,
    list_name: ListName = None,
    limit: Limit = limits.PAGE_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """The open deadlines of all deals at a valid and a known time, by default as of now and of `as_of_position`: past
    due first, each counted in its own zone. With `known_by=published` every deal is folded, within the bounds of a
    costly query. With `Accept: text/csv` the page is a table."""
    wanted = DeadlineFilter(
        overdue=overdue,
        within=int(within[:-1]) if within else None,
        binding=binding,
        force=force,
        party=party,
        kind=kind,
        jurisdiction=jurisdiction,
        deals=await lists.ids_of_list(who, list_name),
    )
    if await lists.is_stored(who.log, question, request.query_params.get("min_position")):
        found = await run_in_threadpool(lists.list_deadlines, who.log, question, wanted, cursor, limit)
    else:
        pool: QueryPool = request.app.state.runtime.pool
        work = partial(folded_lists.list_deadlines, who.log, question, wanted, cursor, limit)
        found = await pool.answer(request, who.principal, work, lists.ADVICE)
    return found.answer(request, list_tables.DEADLINE_COLUMNS)
