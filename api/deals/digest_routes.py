"""What changed across deals."""

from collections.abc import Collection
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.events.type_filters import split_names
from api.http import pagination, responses
from api.http.authentication import AuthenticatedCaller, Caller
from api.http.deal_filter import ListName, selected_deals
from api.http.openapi_responses import NOT_MODIFIED, content, problems
from api.http.parameters import Cursor, Limit, Moment, Position
from api.http.routing import ApiRoute
from api.runtime.query_pool import QueryPool
from domain import errors
from ledger.deal_lists import UnknownList
from projections.rebuild import catch_up
from projections.tables.activity import ACTIVITY
from projections.temporal.book_digest import BookDigestPage

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Time"])

NARROWER = "Ask since a later moment, or about fewer deals: deals, list."


@router.get(
    "/digest",
    summary="Digest of changes across deals",
    responses={
        200: content("BookDigest", "A page of changes, each with a sentence, by deal."),
        304: NOT_MODIFIED,
        **problems(errors.UnknownDeal, UnknownList, errors.BeyondTheEnd, errors.InTheFuture, errors.TooCostly),
    },
)
async def read_digest_across_deals(
    request: Request,
    who: AuthenticatedCaller,
    since: Moment = None,
    since_position: Position = None,
    deals: Annotated[str | None, Query(max_length=4096, description="Only these deals, by commas.")] = None,
    list_name: ListName = None,
    limit: Limit = limits.PAGE_ITEMS,
    cursor: Cursor = None,
) -> Response:
    """What changed in each deal since a moment (a day: its end, in the zone of the deal) or since an event of the log,
    until now, by events or by time alone. By deal id; in each deal the most important first, as in its own digest."""
    if who.log.progress is None:
        await run_in_threadpool(catch_up, who.ledger, ACTIVITY, who.reader)
    named = split_names(deals)
    work = partial(_page, who, since, since_position, named, list_name, cursor, limit)
    pool: QueryPool = request.app.state.runtime.pool
    found = await pool.answer(request, who.principal, work, NARROWER)
    more = None if found.next is None else pagination.encode_cursor(*found.next)
    unreadable = [{"deal_id": deal_id, "reason": reason} for deal_id, reason in found.unreadable]
    beside = {"as_of_position": found.position, "lag": 0, "unreadable": unreadable}
    return responses.page_response(request, found.items, more, beside=beside)


def _page(
    who: Caller,
    since: str | None,
    position: int | None,
    named: Collection[str],
    list_name: str | None,
    cursor: str | None,
    limit: int,
) -> BookDigestPage:
    digests = who.log.digests
    wanted = digests.since(since, position)
    for deal_id in named:
        who.reader.head(deal_id)
    place: tuple[str, int] | None = None
    if cursor is not None:
        place = pagination.decode_cursor(cursor, str, int)
    return digests.page(wanted, selected_deals(who, list_name, named), place, limit)
