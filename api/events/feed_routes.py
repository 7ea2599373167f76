"""Atom feeds: of a deal, of a list of deals, and of the whole log."""

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.http import responses
from api.http.authentication import AuthenticatedCaller, Caller
from api.http.deal_filter import ListName, deals_of_list
from api.http.openapi_responses import NOT_MODIFIED, content, problems
from api.http.parameters import DealId, Limit
from api.http.routing import ApiRoute
from domain.errors import UnknownDeal
from ledger.deal_lists import UnknownList
from ledger.models import Recorded
from projections.atom_feed import MEDIA, atom_feed, recent

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Following"])

FEED = content({"type": "string"}, "An Atom feed (RFC 4287), the last updated first.", "application/atom+xml")


@router.get(
    "/feed.atom",
    summary="Atom feed of the log",
    responses={200: FEED, 304: NOT_MODIFIED, **problems(UnknownList)},
)
def read_feed(
    request: Request, who: AuthenticatedCaller, limit: Limit = limits.PAGE_ITEMS, list_name: ListName = None
) -> Response:
    """The newest developments of all deals, or of those of a list, each in a sentence, with a stable id. A correction
    or voiding updates the entry of its event."""
    deals = deals_of_list(who, list_name)
    if list_name is not None and deals is not None:
        listed = who.ledger.last_of_deals(deals, limit)
        return _answer(request, who, listed, f"Parley: {list_name}", f"lists/{quote(list_name, safe='')}/events")
    head = who.ledger.head()
    rows = who.ledger.read_log(max(head.position - limit, 0), limit)
    return _answer(request, who, rows, "Parley: developments", "events")


@router.get(
    "/deals/{deal_id}/feed.atom",
    summary="Atom feed of a deal",
    responses={200: FEED, 304: NOT_MODIFIED, **problems(UnknownDeal)},
)
def read_feed_of_deal(
    request: Request, who: AuthenticatedCaller, deal_id: DealId, limit: Limit = limits.PAGE_ITEMS
) -> Response:
    """The newest developments of a deal, each in a sentence, with a stable id. A correction or voiding updates the
    entry of its event."""
    head = who.reader.head(deal_id)
    rows = who.ledger.read_deal(deal_id, after_version=max(head.version - limit, 0), limit=limit)
    return _answer(request, who, rows, f"Parley: {deal_id}", f"deals/{quote(deal_id, safe='')}")


def _answer(request: Request, who: Caller, rows: list[Recorded], title: str, feed_id: str) -> Response:
    entries = recent(rows, who.ledger.events, who.reader.sentence_as_corrected)
    made = atom_feed(
        entries, title=title, feed_id=feed_id, origin=who.ledger.origin, address=str(request.url),
        site=str(request.base_url).rstrip("/"),
    )  # fmt: skip
    return responses.conditional_response(request, made, MEDIA)
