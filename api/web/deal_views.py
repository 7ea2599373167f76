"""The page of a deal: its first screen, time axis, sections and developments on a basis; and all its developments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web import overview, query, timeline
from api.web.api_client import Api, ApiError, deal_path
from api.web.sections import folded, parts_of
from api.web.templating import render, render_page
from api.web.time_axis import Axis, Deadlines, days_of, dots_of, lanes_of
from domain.sections.deadline_status import RUNNING, rank, standing
from domain.sentences.dates import date_text
from domain.sentences.names import Names
from domain.state import SECTIONS
from domain.time.edtf import closing
from domain.time.instants import Moment

router = APIRouter(include_in_schema=False)

EVENTS_READ = 1000
"""Events of a deal that its page reads, the latest by the day asked about."""

SHOWN = {"past": 40, "future": 10, "unknown": 10}
"""Developments on the page of the deal itself, by their place; the rest are on a page of their own."""

LONG = 12
"""Entries of a section that the page shows at once; a longer one is read when it is opened, or on a page of its own."""

ZOOMS = {"year": 12, "quarter": 3}
"""Zooms of the time axis, in months."""

CONDITIONS = "conditions"
OTHERS = ("knowledge", "axis", "within", "topic")


@dataclass(frozen=True, slots=True)
class Developments:
    """The developments of a deal relative to a basis."""

    rows: list[timeline.Row]
    here: tzinfo

    def days(self) -> list[date]:
        """The days on which those that were known happened."""
        return [day for row in self.rows if row.place != "unknown" and (day := self.day_of(row))]

    def day_of(self, row: timeline.Row) -> date | None:
        return query.civil(row.event.get("occurred"), self.here)

    def dots(self) -> Iterable[tuple[date, str, bool]]:
        """Day, words and whether it became known only later, of each."""
        for row in reversed(self.rows):
            if day := self.day_of(row):
                yield day, f"{date_text(row.event['occurred'])}: {row.words}", row.place == "unknown"


@router.get("/deals/{deal_id}")
@render_page
async def deal(request: Request) -> Response:
    """The state and timeline of a deal on a basis. Each change of the basis is a step of the browser's history."""
    view = await _view(request, SHOWN)
    view |= _first_screen(view["state"]) | _axis(view)
    headers = {"HX-Push-Url": view["own_address"]} if request.headers.get("hx-request") else None
    return await render(request, "deal.html", headers=headers, long=LONG, **view)


@router.get("/deals/{deal_id}/timeline")
@render_page
async def developments(request: Request) -> Response:
    """All developments of a deal on a basis, or those of a topic."""
    return await render(request, "developments.html", **await _view(request, {}))


@router.get("/deals/{deal_id}/sections/{section}")
@render_page
async def section(request: Request) -> Response:
    """A whole section of a state: one of those of the API, `conditions`, or `deadlines` with their computation."""
    view = await _view(request, SHOWN)
    name, state = request.path_params["section"], view["state"]
    if name not in (*SECTIONS, CONDITIONS):
        raise ApiError(404, {"title": "No such section", "detail": f"A state has no section {name[:64]!r}."})
    view |= _first_screen(state) | _axis(view)
    title = "Conditions to close" if name == CONDITIONS else SECTIONS[name].title
    return await render(
        request, "section_page.html", name=name, title=title, section=state.get(name), long=None, **view
    )


async def _view(request: Request, limits: Mapping[str, int]) -> dict[str, Any]:
    """What both pages show: the state, the basis, its neighbours and the developments."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.with_knowledge(query.time_query(request, *OTHERS))
    wanted = query.clocks(asked)
    state = await api.read(deal_path(deal_id, "state"), wanted)
    here, basis = query.zone_of(state), state["basis"]
    now = query.today(here)
    at = query.civil(basis["valid_at"], here) or now
    events, more = await read_events(api, deal_id, at)
    found = Developments(timeline.timeline_rows(events, basis, here), here)
    own = f"/deals/{quote(deal_id, safe='')}"
    days, zoomed = found.days(), {name: asked[name] for name in ("axis",) if name in asked}
    return {
        "state": state, "deal_id": deal_id, "asked": asked, "basis": basis, "told": query.basis_text(basis, here),
        "events": {each["id"]: each for each in events}, "found": found, "more": more,
        "at": at, "now": now, "here": here,
        "before": max((day for day in days if day < at), default=None),
        "after": min((day for day in days if day > at), default=None),
        "step": lambda to: query.address(own, {**wanted, **zoomed, "valid_at": str(to)}),
        "with_query": lambda path, **others: query.address(own + path, {**wanted, **zoomed, **others}),
        "zoom": lambda axis: query.address(own, {**wanted, **({"axis": axis} if axis else {})}),
        "knowledge": query.KNOWLEDGE, "known_choice": query.knowledge_of(asked),
        "own_address": query.address(own, {**wanted, **zoomed}),
        "permalink": query.basis_address(own, basis),
    } | _timeline(found.rows, asked.get("topic"), limits)  # fmt: skip


def _timeline(rows: Iterable[timeline.Row], topic: str | None, limits: Mapping[str, int]) -> dict[str, Any]:
    """The developments of a topic, or all, in parts; the topics that there are; and the
    latest development that stands."""
    found = list(rows)
    parts = timeline.parts_of((row for row in found if topic in (None, timeline.topic_of(row.event))), limits)
    anchored = {row.event["id"] for part in parts.values() for row in part.rows}
    return {
        "parts": parts, "topics": timeline.topics_of(found), "topic": topic, "anchored": anchored,
        "latest": next((row for row in found if row.place == "past" and "voided" not in row.marks), None),
    }  # fmt: skip


def _first_screen(state: Mapping[str, Any]) -> dict[str, Any]:
    """What is next, whether it can move, and what closing depends on."""
    rows = overview.conditions(state)
    return {
        "conditions": rows,
        "outstanding": [each for each in rows if each.outstanding],
        "headings": parts_of(state),
        "folded": folded(state),
        "movability": overview.movability,
    }


def _axis(view: Mapping[str, Any]) -> dict[str, Any]:
    """The time axis, with deadlines as lanes and developments as dots, and the slider of known time."""
    state, here, at, now, found = (view[name] for name in ("state", "here", "at", "now", "found"))
    deadlines = [(name, each) for name, each in (state.get("deadlines") or {}).items() if isinstance(each, Mapping)]
    is_over = [(name, entry) for name, entry in deadlines if standing(entry) == "over"]
    is_open = [each for each in deadlines if each not in is_over]
    whole = Axis.over([at, now, *found.days(), *days_of(is_open, here)])
    asked: Mapping[str, str] = view["asked"]
    axis = query.axis_of(asked.get("axis"), at) or query.axis_of(asked.get("within"), at) or whole
    field = "published" if view["basis"].get("known_by") == "published" else "recorded_at"
    told = (row.event.get(field) or row.event.get("occurred") for row in found.rows)
    learned = [day for each in told if (day := query.civil(each, here))]
    return {
        "axis": axis,
        "zooms": {name: query.period(at, months) for name, months in ZOOMS.items()},
        "dots": dots_of(found.dots(), axis),
        "open_lanes": lanes_of(_by_due(is_open, state, here), axis, here, Names(state)),
        "over_lanes": lanes_of(_by_due(is_over, state, here), axis, here, Names(state)),
        "known": query.known_slider(learned, query.civil(view["basis"]["known_at"], here) or now, now),
    }  # fmt: skip


async def read_events(api: Api, deal_id: str, at: date | None = None) -> tuple[list[dict[str, Any]], bool]:
    """The deal's events, voided ones too, and whether there are more.

    Where there are more than a page reads, they are those that had occurred last by a day.
    """
    path = deal_path(deal_id, "events")
    asked = {"include": "voided", "order": "-occurred", "limit": str(EVENTS_READ)}
    listed = await api.read(path, asked)
    more = bool(listed["next"])
    if more and at is not None and at < date.max:
        asked["occurred_to"] = (at + timedelta(days=1)).isoformat()
        listed = await api.read(path, asked)
    return listed["items"], more


def _by_due(deadlines: Deadlines, state: Mapping[str, Any], here: tzinfo) -> list[tuple[str, Any]]:
    """Overdue ones first, then those whose clock runs, each by the moment that closes them."""

    def place(name: str, entry: Any) -> tuple[int, bool, Moment, str]:
        place = rank(name, entry, state)
        return (place, place > 1 and entry["status"] not in RUNNING, closing(entry.get("due"), here), name)

    return sorted(deadlines, key=lambda each: place(*each))
