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
    position = who.ledger.hub.position
    state = who.reader.state(deal_id, question)
    content = orjson.dumps(state)
    headers = answers.of_bytes(content)
    until = None if _for_ever(question, state["basis"]["projected"]) else monotonic() + SECONDS_KEPT
    house.hot.keep(who.ledger, deal_id, request.scope["query_string"], Kept(content, headers, position, until))
    return answers.again(request, content, headers)


def _for_ever(question: Question, projected: bool) -> bool:
    """Whether the answer does not depend on when it was asked."""
    exact = question.known_version is not None or question.known_position is not None
    return exact and question.valid_at is not None and question.known_by == "recorded" and not projected
