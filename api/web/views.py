"""Views of the page: deals, a state, its events, diff, history, audit."""

from collections.abc import Mapping
from datetime import date, timedelta, tzinfo
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web import deadline_chart, query, timeline
from api.web.api_client import Api, ApiError
from api.web.sections import deal_row, sections_of
from api.web.templating import render, render_page
from domain.errors import UnreadableDeal
from domain.sections.deadline_status import RUNNING, rank, standing
from domain.state import SECTIONS
from domain.time.edtf import closing
from domain.time.instants import Moment

router = APIRouter(include_in_schema=False)

KEYS_PATH = "/v1/log/key"

FILTERS = ("q", "status", "phase", "party", "kind", "jurisdiction", "due_before", "overdue", "unreadable")
"""Filters of the list of deals, named as in the API."""

EVENTS_SHOWN = 1000
"""Events on one page of a timeline."""

SINCE = ("since_version", "since")
MOMENTS = ("from_valid", "from_known", "to_valid", "to_known")


@router.get("/")
@render_page
async def deals(request: Request) -> Response:
    """All deals, each with its status and next deadline."""
    asked = query.time_query(request, *FILTERS, "cursor")
    listed = await Api(request).read("/v1/deals", asked)
    return await render(
        request, "deals.html", statuses=SECTIONS["status"].statuses, next=listed["next"],
        deals=[deal_row(each) for each in listed["items"]],
        lag=listed["lag"], unreadable=listed["unreadable"], asked=asked, address=query.address,
    )  # fmt: skip


@router.get("/deals/{deal_id}")
@render_page
async def deal(request: Request) -> Response:
    """The state and timeline of a deal on a basis."""
    api, asked = Api(request), query.time_query(request)
    view = await _view(api, request.path_params["deal_id"], asked)
    headers = {"HX-Replace-Url": view["own_address"]} if request.headers.get("hx-request") else None
    return await render(request, "deal.html", headers=headers, **view)


@router.get("/deals/{deal_id}/audit")
@render_page
async def audit(request: Request) -> Response:
    """All events in recorded order, with who recorded each and a link to its proof."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, "cursor")
    listed = await api.read(_deal(deal_id, "events"), {"include": "voided", "limit": "200", **asked})
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
    path = _deal(deal_id, "events", request.path_params["event_id"])
    found = await api.read(path)
    state = await _state_or_name(api, deal_id)
    proof = await api.send("GET", f"{path}/proof")
    lineage = await api.look(f"{path}/lineage")
    kind = await api.look(f"/v1/event-types/{quote(found['type'], safe='')}")
    return await render(
        request, "event.html", event=found, state=state, deal_id=deal_id, proof=proof, lineage=lineage, kind=kind or {},
    )  # fmt: skip


@router.get("/deals/{deal_id}/diff")
@render_page
async def difference(request: Request) -> Response:
    """The difference of two bases (happened, learned, lapsed), or the digest since a version or a day."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, *MOMENTS, *SINCE)
    wanted = {name: asked[name] for name in (*MOMENTS, "known_by", *SINCE) if name in asked}
    state = await api.read(_deal(deal_id, "state"))
    path = "digest" if any(name in asked for name in SINCE) else "diff"
    told = await api.send("GET", _deal(deal_id, path), wanted) if wanted else None
    return await render(
        request, "diff.html", 200 if told is None else told.status, state=state, deal_id=deal_id, asked=asked,
        path_of=path, told=told, events=_by_id((await _events(api, deal_id))[0]), rows=[],
    )  # fmt: skip


@router.get("/deals/{deal_id}/history")
@render_page
async def history(request: Request) -> Response:
    """The history of a value of the state, with intervals and causes."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, "path")
    wanted = query.clocks(asked) | {name: asked[name] for name in ("path",) if name in asked}
    told = await api.read(_deal(deal_id, "history"), wanted)
    state = await api.read(_deal(deal_id, "state"))
    return await render(
        request, "history.html", state=state, deal_id=deal_id, place=asked.get("path", ""), stretches=told["items"],
        events=_by_id((await _events(api, deal_id))[0]), rows=[],
    )  # fmt: skip


async def _state_or_name(api: Api, deal_id: str) -> Any:
    """The state of a deal; of an unreadable deal only its id, so that its events are still shown."""
    answer = await api.send("GET", _deal(deal_id, "state"))
    if not answer.ok and answer.body.get("code") != UnreadableDeal.code:
        raise ApiError(answer.status, answer.body)
    return answer.body if answer.ok else {"deal": {"id": deal_id, "title": None}}


async def _view(api: Api, deal_id: str, asked: Mapping[str, str]) -> dict[str, Any]:
    """The context of the page of a deal."""
    wanted = query.clocks(asked)
    state = await api.read(_deal(deal_id, "state"), wanted)
    here = query.zone_of(state)
    basis, now = state["basis"], query.today(here)
    at = query.civil(basis["valid_at"], here) or now
    events, more = await _events(api, deal_id, at)
    deadlines = (state.get("deadlines") or {}).items()
    is_over = [(name, entry) for name, entry in deadlines if standing(entry) == "over"]
    is_open = [each for each in deadlines if each not in is_over]
    published = basis.get("known_by") == "published"
    told = "published" if published else "recorded_at"
    happened = [day for each in events if (day := query.civil(each.get("occurred"), here))]
    learned = [day for each in events if (day := query.civil(each.get(told) or each.get("occurred"), here))]
    rows = timeline.timeline_rows(events, basis, here)
    days = [day for row in rows if row.place != "unknown" and (day := query.civil(row.event.get("occurred"), here))]
    own = f"/deals/{quote(deal_id, safe='')}"
    return {
        "state": state,
        "deal_id": deal_id,
        "asked": asked,
        "basis": basis,
        "told": query.basis_text(basis, here),
        "events": _by_id(events),
        "rows": rows,
        "more": more,
        "before": max((day for day in days if day < at), default=None),
        "after": min((day for day in days if day > at), default=None),
        "step": lambda to: query.address(own, {**wanted, "valid_at": str(to)}),
        "sections": sections_of(state),
        "open_chart": deadline_chart.chart(_by_due(is_open, state, here), at, here),
        "over_chart": deadline_chart.chart(_by_due(is_over, state, here), at, here, now=False),
        "valid": query.scale("valid_at", happened, at, now),
        "known": query.scale("known_at", learned, query.civil(basis["known_at"], here) or now, now),
        "own_address": query.address(own, wanted),
        "permalink": query.address(own, _exact(basis)),
    }  # fmt: skip


def _exact(basis: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the permanent link: the same answer, whatever is recorded later."""
    return dict(parse_qsl(urlsplit(basis["permalink"]).query))


async def _events(api: Api, deal_id: str, at: date | None = None) -> tuple[list[dict[str, Any]], bool]:
    """The deal's events, voided ones too, and whether there are more.

    Where there are more than a page holds, they are those that had occurred last by a day.
    """
    asked = {"include": "voided", "order": "-occurred", "limit": str(EVENTS_SHOWN)}
    listed = await api.read(_deal(deal_id, "events"), asked)
    more = bool(listed["next"])
    if more and at is not None and at < date.max:
        asked["occurred_to"] = (at + timedelta(days=1)).isoformat()
        listed = await api.read(_deal(deal_id, "events"), asked)
    return listed["items"], more


def _by_id(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["id"]: each for each in events}


def _by_due(deadlines: list[tuple[str, Any]], state: Mapping[str, Any], here: tzinfo) -> list[tuple[str, Any]]:
    """Overdue ones first, then those whose clock runs, each by the moment that closes them."""

    def place(name: str, entry: Any) -> tuple[int, bool, Moment, str]:
        place = rank(name, entry, state)
        return (place, place > 1 and entry["status"] not in RUNNING, closing(entry.get("due"), here), name)

    return sorted(deadlines, key=lambda each: place(*each))


def _deal(deal_id: str, *parts: str) -> str:
    return "/".join(("/v1/deals", quote(deal_id, safe=""), *(quote(part, safe="") for part in parts)))
