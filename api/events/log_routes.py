"""The whole log, in the order of recording."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import limits
from api.events import export
from api.http import responses
from api.http.authentication import AuthenticatedCaller
from api.http.openapi_responses import listed, problems
from api.http.routing import ApiRoute
from ledger.encoding.event_json import event_to_json
from projections import csv_cells

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Log"])

PAGE = listed("RecordedEvent", "A page of events; or all of them as JSON Lines or CSV, with a trailer.")
FORMS = {responses.NDJSON: {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}}


@router.get(
    "/events",
    summary="Events of the log",
    responses={200: {**PAGE, "content": {**PAGE["content"], **FORMS}}, **problems()},
)
def read_log(
    request: Request,
    who: AuthenticatedCaller,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="The position after which to begin.")] = 0,
    limit: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Events at most; a page of JSON has 1,000 at most.")
    ] = None,
) -> Response:
    """Every event of every deal by position. `Accept: application/x-ndjson` or `text/csv` gives all of it, with a
    trailer of count, position and SHA-256 of the bytes before it. In CSV, an apostrophe precedes text that a
    spreadsheet would compute."""
    match responses.accepts(request, responses.JSON, responses.NDJSON, "text/csv"):
        case responses.NDJSON:
            return StreamingResponse(
                export.lines(who.ledger, after, limit),
                headers=responses.attachment(export.file_name(who.ledger.origin, after, "ndjson")),
                media_type=responses.NDJSON,
            )
        case "text/csv":
            return StreamingResponse(
                export.table(who.ledger, after, limit),
                headers=responses.attachment(export.file_name(who.ledger.origin, after, "csv")),
                media_type=csv_cells.MEDIA,
            )
    most = min(limit or limits.PAGE_ITEMS, limits.PAGE_MOST)
    rows = who.ledger.read_log(after, most + 1)
    more = str(rows[most - 1].position) if len(rows) > most else None
    return responses.page_response(request, [event_to_json(row) for row in rows[:most]], more, "after")
