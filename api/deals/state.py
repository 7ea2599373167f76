"""The response with the state of a deal, and its cache."""

from time import monotonic

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.http import responses
from api.http.authentication import Caller
from api.runtime.response_cache import SECONDS_KEPT, CachedResponse
from api.runtime.runtime import Runtime
from projections.state.linked_deals import state_with_links
from projections.state.time_query import TimeQuery
from projections.temporal.memento import Links, http_date


def state_response(request: Request, who: Caller, deal_id: str, question: TimeQuery) -> Response:
    """The state of a deal on the basis of a query."""
    runtime: Runtime = request.app.state.runtime
    query = request.scope["query_string"]
    with runtime.responses.computed_once(who.ledger, deal_id, query) as kept:
        if kept is None:
            kept = _derive_response(who, deal_id, question)
            runtime.responses.store(who.ledger, deal_id, query, kept)
    return responses.cached_response(request, kept.content, kept.headers)


def _derive_response(who: Caller, deal_id: str, question: TimeQuery) -> CachedResponse:
    position = who.ledger.hub.position
    found = state_with_links(who.reader, deal_id, question)
    state, content = found.state, orjson.dumps(found.state)
    until = None if _depends_on_record_alone(question, state["basis"]["projected"]) else monotonic() + SECONDS_KEPT
    headers = {**responses.validators(content), **_memento(who, deal_id, question, state["basis"]["known_version"])}
    return CachedResponse(content, headers, position, until, found.deals)


def _depends_on_record_alone(question: TimeQuery, projected: bool) -> bool:
    """Whether the response depends on the deal's record alone, and not on the current time.

    So does one about a past moment: by the newest knowledge, or by a version. A known_at says what was known by a
    moment that may not be over, and publication comes by time.
    """
    return (
        question.valid_at is not None
        and not projected
        and question.known_at is None
        and question.known_by == "recorded"
    )


def _memento(who: Caller, deal_id: str, question: TimeQuery, version: int) -> dict[str, str]:
    """The headers of a state as of a recorded moment: a memento (RFC 7089).

    The links are relative: a cached response is sent to clients of any host name.
    """
    fixed = (question.known_at, question.known_version, question.known_position)
    if question.known_by != "recorded" or not any(each is not None for each in fixed):
        return {}
    headers = {"Link": Links("", deal_id).memento_header()}
    for last in who.ledger.read_deal(deal_id, after_version=version - 1, limit=1) if version else ():
        headers["Memento-Datetime"] = http_date(last.recorded_at)
    return headers
