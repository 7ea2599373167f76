"""Downloads that the API has in no form for people: the developments of a deal as a spreadsheet."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api.web import query
from api.web.api_client import Api, deal_path
from api.web.security import HEADERS
from api.web.templating import render_page
from api.web.timeline import words
from projections import csv_cells

router = APIRouter(include_in_schema=False)

COLUMNS = (
    "version", "occurred", "effective", "published", "type", "text", "summary", "actor", "attribution", "grade",
    "voided_by", "recorded_at", "recorded_by", "id",
)  # fmt: skip


@router.get("/deals/{deal_id}/events.csv")
@render_page
async def spreadsheet(request: Request) -> StreamingResponse:
    """All events of a deal in recorded order, each in a sentence, as CSV with a byte order mark."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    query.time_query(request)
    first = await _page(api, deal_id, None)
    headers = {**HEADERS, "Content-Disposition": "attachment"}
    return StreamingResponse(_lines(api, deal_id, first), media_type=csv_cells.MEDIA, headers=headers)


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
