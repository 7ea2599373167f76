"""What-if: decoding the body of a hypothesis, and its response."""

import asyncio
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.deals.temporal_questions import temporal_question
from api.errors import counted, invalid_input
from api.events import decoding
from api.http import responses
from api.http.authentication import Caller
from api.http.requests import request_preferences
from api.http.text_validation import read_json
from api.runtime.query_pool import QueryPool
from api.runtime.query_processes import QueryProcesses
from domain.envelope import Submission
from domain.errors import Problem
from domain.nearest_names import field_hint
from projections.state.time_query import PARAMETERS, TimeQuery
from projections.temporal.service import TemporalQueries

FEWER = "Suppose fewer events, or bound the record with known_version or known_at."


async def what_if_response(request: Request, who: Caller) -> Response:
    """The state as if the events of the body were recorded, on its basis."""
    deal_id = request.path_params["deal_id"]
    question, events = await asyncio.to_thread(read_hypothesis, await read_json(request), deal_id)
    pool: QueryPool = request.app.state.runtime.pool
    processes: QueryProcesses = request.app.state.runtime.processes
    lenient = request_preferences(request).lenient
    asked = temporal_question(TemporalQueries.what_if, deal_id, question, events, lenient=lenient)
    work = partial(processes.about_deal, who.log, who.principal, deal_id, asked)
    headers = {"Preference-Applied": "handling=lenient"} if lenient else {}
    return Response(await pool.answer(request, who.principal, work, FEWER), 200, headers, responses.JSON)


def read_hypothesis(value: Any, deal_id: str) -> tuple[TimeQuery, list[Submission]]:
    """The basis and the events of a hypothesis. Raises InvalidInput with every fault."""
    if not isinstance(value, dict):
        raise invalid_input([Problem("", "invalid-type", "A hypothesis is an object with a list of events.")])
    members = (*PARAMETERS, "events")
    unknown = (name for name in value if name not in members)
    faults = counted(
        (
            Problem(f"/{name}", "unknown-field", f"There is no field {name[:128]!r} here{field_hint((), members)}.")
            for name in unknown
        ),
        limits.FAULTS_EXPLAINED,
    )
    asked = {name: value[name] for name in PARAMETERS if value.get(name) is not None}
    for name, given in asked.items():
        kind = int if name in ("known_version", "known_position") else str
        if type(given) is not kind:
            told = f"{name} is {'a whole number' if kind is int else 'a text'}."
            faults.append(Problem(f"/{name}", "invalid-type", told))
    raw = value.get("events")
    if not isinstance(raw, list) or not 1 <= len(raw) <= limits.BATCH_EVENTS:
        told = f"events is a list of 1 to {limits.BATCH_EVENTS} events."
        raise invalid_input([*faults, Problem("/events", "missing-field" if raw is None else "invalid-type", told)])
    events: list[Submission] = []
    for index, each in enumerate(raw):
        made = [decoding.UNREAD] if len(faults) >= limits.ERRORS_LISTED else decoding.read_event(each, deal_id)
        if isinstance(made, Submission):
            events.append(made)
        else:
            faults += [decoding.moved(fault, f"/events/{index}") for fault in made]
    if faults:
        raise invalid_input(faults)
    return TimeQuery(**asked), events
