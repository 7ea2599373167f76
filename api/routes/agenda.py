"""Deadlines as calendars: of one deal, and of all."""

from collections.abc import Iterable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import answers
from api.identity import Asking
from api.questions import Asked, DaysAhead, DealId, Moment, days
from api.responses import NOT_MODIFIED, problems
from api.route import Door
from domain.errors import BeyondTheEnd, InTheFuture, UnknownDeal
from projections.agenda import State, agenda
from projections.questions import Question

MEDIA = "text/calendar; charset=utf-8"
CALENDAR = {200: {"description": "An RFC 5545 calendar.", "content": {"text/calendar": {"schema": {"type": "string"}}}}}

router = APIRouter(prefix="/v1", route_class=Door, tags=["Deadlines"])


@router.get(
    "/deals/{deal_id}/calendar.ics",
    summary="The deadlines of a deal as a calendar",
    responses={**CALENDAR, 304: NOT_MODIFIED, **problems(UnknownDeal, BeyondTheEnd, InTheFuture)},  # type: ignore[dict-item]  # FastAPI's own shape of responses
)
def read_calendar(request: Request, who: Asking, deal_id: DealId, question: Asked, alarm: DaysAhead = None) -> Response:
    """Subscribe to it: entries keep their UID for ever, and a date that moves moves its entry. `alarm` adds reminders
    so many days ahead of each open deadline."""
    found = who.reader.state(deal_id, question)
    head = who.reader.ledger.deal_head(deal_id)
    return _answer(request, [(found, head.recorded_at if head else 0)], found["deal"]["title"] or deal_id, alarm)


@router.get(
    "/calendar.ics",
    summary="The deadlines of all deals as one calendar",
    responses={**CALENDAR, 304: NOT_MODIFIED, **problems()},  # type: ignore[dict-item]  # FastAPI's own shape of responses
)
def read_calendar_of_all(request: Request, who: Asking, valid_at: Moment = None, alarm: DaysAhead = None) -> Response:
    """Every deal's deadlines, each in its own zone."""
    states = (
        (who.reader.state(head.deal_id, Question(valid_at=valid_at)), head.recorded_at)
        for head in who.reader.ledger.deals()
    )
    return _answer(request, states, "Parley: deadlines", alarm)


def _answer(request: Request, states: Iterable[tuple[State, int]], name: str, alarm: str | None) -> Response:
    content = agenda(states, name, site=str(request.base_url), alarms=days("alarm", alarm))
    return answers.read_bytes(request, content, MEDIA)
