"""Following the log while it grows."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.errors import MalformedHeader
from api.events import stream
from api.events.type_filters import split_names
from api.http.authentication import AuthenticatedCaller
from api.http.deal_filter import ListName, selected_deals
from api.http.openapi_responses import content, problems
from api.http.parameters import DaysAhead, parse_days
from api.http.routing import ApiRoute
from domain.errors import BeyondTheEnd
from ledger.deal_lists import UnknownList

router = APIRouter(prefix="/v1", route_class=ApiRoute, tags=["Following"])

LAST = {
    "name": "Last-Event-ID", "in": "header", "required": False, "schema": {"type": "string"},
    "description": "The id of the last message seen, as browsers send it: goes before `after`.",
}  # fmt: skip


@router.get(
    "/stream",
    summary="Event stream",
    responses={
        200: content({"type": "string"}, "Server-sent events; the id of a message is its position.", stream.MEDIA),
        **problems(BeyondTheEnd, UnknownList, MalformedHeader),
    },
    openapi_extra={"parameters": [LAST]},
)
def read_stream(
    request: Request,
    who: AuthenticatedCaller,
    after: Annotated[
        int | None, Query(ge=0, le=2**63 - 1, description="Begin after this position; else at the end.")
    ] = None,
    deal: Annotated[str | None, Query(max_length=1024, description="Only these deals, by commas.")] = None,
    types: Annotated[
        str | None,
        Query(alias="type", max_length=1024, description="Types or groups such as `bid.*`, `time.*`, by commas."),
    ] = None,
    notice: DaysAhead = None,
    list_name: ListName = None,
) -> Response:
    """A message for each event as it is recorded, none left out and none twice, resumed by position. It ends when the
    server stops; come back with the last id. It ends also, within seconds, when the key is revoked or expires. A
    `Last-Event-ID` that is empty or beyond the end is answered by an event `reset`, after which the stream begins at
    the end of the log.

    `notice=7d` adds time events, as webhooks get them: a notice that many days ahead of each open deadline, and
    transitions such as `time.deadline.past_due` (only those that `type` names, if it names any). A `list` is read once,
    when the stream begins."""
    deals = selected_deals(who, list_name, split_names(deal))
    return stream.opened(request, who, after, deals, types, parse_days("notice", notice))
