"""Views of one deal beside its own page: events, history, audit."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web import query
from api.web.api_client import Api, ApiError, deal_path
from api.web.deal_views import read_events
from api.web.templating import render, render_page
from domain.errors import UnreadableDeal

router = APIRouter(include_in_schema=False)

KEYS_PATH = "/v1/log/key"


@router.get("/deals/{deal_id}/audit")
@render_page
async def audit(request: Request) -> Response:
    """All events in recorded order, with who recorded each and a link to its proof."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, "cursor")
    listed = await api.read(deal_path(deal_id, "events"), {"include": "voided", "limit": "200", **asked})
    state = await _state_or_name(api, deal_id)
    return await render(
        request, "audit.html", state=state, deal_id=deal_id, events=listed["items"], next=listed.get("next"),
        keys=await api.look(KEYS_PATH),
    )  # fmt: skip


@router.get("/deals/{deal_id}/events/{event_id}")
@render_page
async def event(request: Request) -> Response:
    """One event: its members, its lineage and its proof."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    query.time_query(request)
    path = deal_path(deal_id, "events", request.path_params["event_id"])
    found = await api.read(path)
    state = await _state_or_name(api, deal_id)
    proof = await api.send("GET", f"{path}/proof")
    lineage = await api.look(f"{path}/lineage")
    kind = await api.look(f"/v1/event-types/{quote(found['type'], safe='')}")
    return await render(
        request, "event.html", event=found, state=state, deal_id=deal_id, proof=proof, lineage=lineage, kind=kind or {},
    )  # fmt: skip


@router.get("/deals/{deal_id}/history")
@render_page
async def history(request: Request) -> Response:
    """The history of a value of the state, with intervals and causes."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, "path")
    wanted = query.clocks(asked) | {name: asked[name] for name in ("path",) if name in asked}
    told = await api.read(deal_path(deal_id, "history"), wanted)
    state = await api.read(deal_path(deal_id, "state"))
    return await render(
        request, "history.html", state=state, deal_id=deal_id, place=asked.get("path", ""), stretches=told["items"],
        events=_by_id((await read_events(api, deal_id))[0]), rows=[],
    )  # fmt: skip


async def _state_or_name(api: Api, deal_id: str) -> Any:
    """The state of a deal; of an unreadable deal only its id, so that its events are still shown."""
    answer = await api.send("GET", deal_path(deal_id, "state"))
    if not answer.ok and answer.body.get("code") != UnreadableDeal.code:
        raise ApiError(answer.status, answer.body)
    return answer.body if answer.ok else {"deal": {"id": deal_id, "title": None}}


def _by_id(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in events}
