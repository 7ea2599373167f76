"""Deadlines as calendars: of one deal, and of all."""

from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.deals import calendars
from api.deals.lists import ids_of_list, is_stored
from api.http import responses
from api.http.authentication import AuthenticatedCaller
from api.http.deal_filter import ListName
from api.http.openapi_responses import NOT_MODIFIED, problems
from api.http.parameters import BookQueryParameters, DaysAhead, DealId, TimeQueryParameters, parse_days
from api.http.routing import ApiRoute
from api.runtime.query_pool import QueryPool
from domain.errors import BeyondTheEnd, InTheFuture, TooCostly, UnknownDeal, UnreadableDeal
from ledger.deal_lists import UnknownList
from projections.calendar_feed.feed import calendar_feed

MEDIA = "text/calendar; charset=utf-8"
CALENDAR = {200: {"description": "An RFC 5545 calendar.", "content": {"text/calendar": {"schema": {"type": "string"}}}}}

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Deadlines"])


@router.get(
    "/deals/{deal_id}/calendar.ics",
    summary="Calendar of a deal",
    responses={**CALENDAR, 304: NOT_MODIFIED, **problems(UnknownDeal, UnreadableDeal, BeyondTheEnd, InTheFuture)},  # type: ignore[dict-item]  # FastAPI's own shape of responses
)
def read_calendar(
    request: Request, who: AuthenticatedCaller, deal_id: DealId, question: TimeQueryParameters, alarm: DaysAhead = None
) -> Response:
    """The deadlines of a deal as iCalendar (RFC 5545). UIDs are stable. `alarm` adds reminders that many days before
    each open deadline."""
    found = who.reader.state(deal_id, question)
    head = who.reader.ledger.deal_head(deal_id)
    states = [(found, head.recorded_at if head else 0)]
    name = found["deal"]["title"] or deal_id
    content = calendar_feed(states, name, site=str(request.base_url), alarms=parse_days("alarm", alarm))
    return responses.conditional_response(request, content, MEDIA)


@router.get(
    "/calendar.ics",
    summary="Calendar of all deals",
    responses={**CALENDAR, 304: NOT_MODIFIED, **problems(UnknownList, BeyondTheEnd, InTheFuture, TooCostly)},  # type: ignore[dict-item]  # FastAPI's own shape of responses
)
async def read_calendar_of_all(
    request: Request,
    who: AuthenticatedCaller,
    question: BookQueryParameters,
    alarm: DaysAhead = None,
    list_name: ListName = None,
) -> Response:
    """The deadlines of all deals at a valid and a known time, each in its own time zone. Unreadable deals are named in
    the calendar. With `known_by=published` every deal is folded, within the bounds of a costly query."""
    site, alarms = str(request.base_url), tuple(parse_days("alarm", alarm))
    make = partial(calendar_feed, site=site, alarms=alarms)
    deals = await ids_of_list(who, list_name)
    if await is_stored(who.log, question, request.query_params.get("min_position")):
        work = partial(calendars.read_calendar, who.log, question, make, (site, alarms), deals)
    else:
        work = partial(calendars.read_folded_calendar, who.log, question, make, deals)
    pool: QueryPool = request.app.state.runtime.pool
    content = await pool.answer(request, who.principal, work, calendars.ADVICE)
    return responses.conditional_response(request, content, MEDIA)
