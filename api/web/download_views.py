"""Downloads that the API has in no form for people: the developments of a deal, and whole lists, as spreadsheets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api import limits
from api.deals import list_tables
from api.web import query
from api.web.api_client import Api, deal_path
from api.web.book_views import DEADLINES, DEALS
from api.web.security import HEADERS
from api.web.templating import render_page
from api.web.timeline import words
from projections import csv_cells
from projections.tables.deal_order import BY_DEADLINE

router = APIRouter(include_in_schema=False)

COLUMNS = (
    "version", "occurred", "effective", "published", "type", "text", "summary", "actor", "attribution", "grade",
    "voided_by", "recorded_at", "recorded_by", "id",
)  # fmt: skip


@router.get("/deals.csv")
@render_page
async def deals(request: Request) -> StreamingResponse:
    """All deals of the list, in the order of the page, as CSV with a byte order mark."""
    asked = {"order": BY_DEADLINE, **query.time_query(request, *DEALS, "order")}
    return await _whole_list(request, "/v1/deals", asked, list_tables.DEAL_COLUMNS)


@router.get("/deadlines.csv")
@render_page
async def deadlines(request: Request) -> StreamingResponse:
    """All open deadlines of the list across deals as CSV with a byte order mark."""
    return await _whole_list(
        request, "/v1/deadlines", query.time_query(request, *DEADLINES), list_tables.DEADLINE_COLUMNS
    )


async def _whole_list(
    request: Request, path: str, asked: Mapping[str, str], columns: Sequence[str]
) -> StreamingResponse:
    api = Api(request)
    pages = {**asked, "limit": str(limits.PAGE_MOST)}
    first = await api.read(path, pages)

    async def lines() -> AsyncIterator[str]:
        page = first
        yield list_tables.csv_table(columns, page["items"])
        while page["next"]:
            page = await api.read(path, {**pages, "cursor": page["next"]})
            yield list_tables.csv_rows(columns, page["items"])

    return _attachment(lines())


def _attachment(lines: AsyncIterator[str]) -> StreamingResponse:
    headers = {**HEADERS, "Content-Disposition": "attachment"}
    return StreamingResponse(lines, media_type=csv_cells.MEDIA, headers=headers)


@router.get("/deals/{deal_id}/events.csv")
@render_page
async def spreadsheet(request: Request) -> StreamingResponse:
    """All events of a deal in recorded order, each in a sentence, as CSV with a byte order mark."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    query.time_query(request)
    first = await _page(api, deal_id, None)
    return _attachment(_lines(api, deal_id, first))


async def _lines(api: Api, deal_id: str, page: Mapping[str, Any]) -> AsyncIterator[str]:
    yield csv_cells.MARK + csv_cells.csv_lines([COLUMNS])
    while True:
        said = ({**event, "text": words(event)} for event in page["items"])
        yield csv_cells.csv_lines([[each.get(name) for name in COLUMNS] for each in said])
        if not page["next"]:
            return
        page = await _page(api, deal_id, page["next"])


async def _page(api: Api, deal_id: str, cursor: str | None) -> Mapping[str, Any]:
    asked = {"include": "voided", "limit": "500", **({"cursor": cursor} if cursor else {})}
    found: Mapping[str, Any] = await api.read(deal_path(deal_id, "events"), asked)
    return found
