"""The state over HTTP: answered, and kept for who asks the same again."""

from time import monotonic

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api import answers
from api.hot import SECONDS_KEPT, Kept
from api.house import House
from api.identity import Caller
from projections.questions import Question


def answer(request: Request, who: Caller, deal_id: str, question: Question) -> Response:
    """The state of a deal on the basis of a question."""
    house: House = request.app.state.house
    query = request.scope["query_string"]
    with house.hot.flight(who.ledger, deal_id, query) as kept:
        if kept is None:
            kept = _made(who, deal_id, question)
            house.hot.keep(who.ledger, deal_id, query, kept)
    return answers.again(request, kept.content, kept.headers)


def _made(who: Caller, deal_id: str, question: Question) -> Kept:
    position = who.ledger.hub.position
    state = who.reader.state(deal_id, question)
    content = orjson.dumps(state)
    until = None if _holds_until_it_moves(question, state["basis"]["projected"]) else monotonic() + SECONDS_KEPT
    return Kept(content, answers.of_bytes(content), position, until)


def _holds_until_it_moves(question: Question, projected: bool) -> bool:
    """Whether the answer changes with the deal's record alone, and not with the moment of asking.

    So does one about a past moment: by the newest knowledge, or by a version. A known_at says what was known by a
    moment that may not be over, and publication comes by time.
    """
    return (
        question.valid_at is not None
        and not projected
        and question.known_at is None
        and question.known_by == "recorded"
    )
