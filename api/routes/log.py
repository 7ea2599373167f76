"""The whole log, in the order of recording."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import answers, export, limits
from api.identity import Asking
from api.responses import listed, problems
from api.route import Door
from ledger.told import as_json
from projections import spreadsheet

router = APIRouter(prefix="/v1", route_class=Door, tags=["Log"])

PAGE = listed("RecordedEvent", "A page of events; or all of them as JSON Lines or CSV, with a trailer.")
FORMS = {answers.NDJSON: {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}}}


@router.get(
    "/events",
    summary="The whole log",
    responses={200: {**PAGE, "content": {**PAGE["content"], **FORMS}}, **problems()},
)
def read_log(
    request: Request,
    who: Asking,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="The position after which to begin.")] = 0,
    limit: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Events at most; a page of JSON has 1,000 at most.")
    ] = None,
) -> Response:
    """Every event of every deal by position. `Accept: application/x-ndjson` or `text/csv` gives all of it, with a
    trailer of count, position and SHA-256 of the bytes before it. In CSV, an apostrophe precedes text that a
    spreadsheet would compute."""
    match answers.accepts(request, answers.JSON, answers.NDJSON, "text/csv"):
        case answers.NDJSON:
            return StreamingResponse(
                export.lines(who.ledger, after, limit),
                headers=answers.saved_as(export.file_name(who.ledger.origin, after, "ndjson")),
                media_type=answers.NDJSON,
            )
        case "text/csv":
            return StreamingResponse(
                export.table(who.ledger, after, limit),
                headers=answers.saved_as(export.file_name(who.ledger.origin, after, "csv")),
                media_type=spreadsheet.MEDIA,
            )
    most = min(limit or limits.PAGE_ITEMS, limits.PAGE_MOST)
    rows = who.ledger.read_log(after, most + 1)
    more = str(rows[most - 1].position) if len(rows) > most else None
    return answers.page(request, [as_json(row) for row in rows[:most]], more, "after")
