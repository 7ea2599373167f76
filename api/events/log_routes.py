"""The whole log, in the order of recording."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import limits
from api.errors import ExtraMissing, NotAcceptable
from api.events import export
from api.events.sheets import workbook
from api.http import responses
from api.http.authentication import AuthenticatedCaller
from api.http.deal_filter import ListName, deals_of_list
from api.http.openapi_responses import listed, problems
from api.http.routing import ApiRoute
from api.parquet import files as parquet
from ledger.deal_lists import UnknownList
from ledger.encoding.event_json import event_to_json
from projections import csv_cells

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Log"])

PAGE = listed("RecordedEvent", "A page of events; or all of them as JSON Lines or CSV, with a trailer.")
FORMS = {responses.NDJSON: {"schema": {"type": "string"}}, "text/csv": {"schema": {"type": "string"}},
         workbook.MEDIA: {"schema": {"type": "string", "format": "binary"}},
         parquet.MEDIA: {"schema": {"type": "string", "format": "binary"}}}  # fmt: skip


@router.get(
    "/events",
    summary="Events of the log",
    responses={
        200: {**PAGE, "content": {**PAGE["content"], **FORMS}},
        **problems(UnknownList, NotAcceptable, ExtraMissing),
    },
)
def read_log(
    request: Request,
    who: AuthenticatedCaller,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="The position after which to begin.")] = 0,
    limit: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="Events at most; a page of JSON has 1,000 at most.")
    ] = None,
    columns: Annotated[
        Literal["data", "fields"],
        Query(description="Of CSV: `data` as one column of JSON, or one for each field."),
    ] = "data",
    list_name: ListName = None,
) -> Response:
    """Every event of every deal, or of those of a list, by position. `Accept: application/x-ndjson` or `text/csv`
    gives all of it, with a trailer of count, position and SHA-256 of the bytes before it. In CSV, an apostrophe
    precedes text that a spreadsheet would compute. A workbook (XLSX) has a column for each field. All of these are
    read back by an import. A Parquet file has typed columns."""
    asked = export.Selection(who.ledger, after, limit, deals_of_list(who, list_name))
    form = responses.acceptable(request, responses.JSON, *export.ENDINGS)
    if form != responses.JSON:
        name = export.file_name(who.ledger.origin, after, export.ENDINGS[form])
        parts = export.parts(asked, form, of_fields=columns == "fields")
        media = csv_cells.MEDIA if form == csv_cells.TYPE else form
        return StreamingResponse(parts, headers=responses.attachment(name), media_type=media)
    most = min(limit or limits.PAGE_ITEMS, limits.PAGE_MOST)
    rows = asked.read(after, most + 1)
    more = str(rows[most - 1].position) if len(rows) > most else None
    return responses.page_response(request, [event_to_json(row) for row in rows[:most]], more, "after")
