"""The pages across deals: the list of deals, the agenda of their deadlines, and what changed in them."""

import re
from asyncio import gather
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.web import query
from api.web.agenda import agenda
from api.web.api_client import Api
from api.web.sections import deal_row
from api.web.templating import render, render_page
from domain.fields.types import FORCES
from domain.sentences.words import plain
from domain.state import SECTIONS
from projections.tables.deal_order import BY_DEADLINE

PERIODS = (("yesterday", 1), ("a week ago", 7), ("a month ago", 30))
"""Days since which the page offers to show what changed."""

CHANGES_SHOWN = 5
"""Changes of a deal that the page shows at once, the most important; the others are folded."""

Choices = Sequence[tuple[str, str]]
"""The values of a field, each in words."""

router = APIRouter(include_in_schema=False)

DEALS = ("q", "status", "phase", "party", "kind", "jurisdiction", "due_before", "overdue", "unreadable", "list")
"""Filters of the list of deals, named as in the API."""

DEADLINES = ("force", "binding", "party", "within", "overdue", "list")
"""Filters of deadlines across deals, named as in the API."""

DIGEST = ("since", "since_position", "deals", "list", "cursor")
"""Parameters of the digest across deals, named as in the API."""

WITHIN = (("7d", "a week"), ("30d", "30 days"), ("90d", "90 days"), ("365d", "a year"))
"""How soon a deadline is due: the choices of the page, each in words."""


@router.get("/")
@render_page
async def deals(request: Request) -> Response:
    """All deals: what is due next in each, what is outstanding and what changed last; past due first."""
    api, asked = Api(request), query.time_query(request, *DEALS, "order", "cursor")
    listed, lists = await gather(api.read("/v1/deals", {"order": BY_DEADLINE, **asked}), _lists(api))
    unsorted = {name: value for name, value in asked.items() if name not in ("order", "cursor")}
    return await render(
        request, "deals.html", statuses=_in_words(SECTIONS["status"].statuses),
        deals=[deal_row(each) for each in listed["items"]],
        sheet=query.address("/deals.csv", {name: value for name, value in asked.items() if name != "cursor"}),
        sorted_by=lambda order: query.address("/", unsorted | ({"order": order} if order != BY_DEADLINE else {})),
        of_list={name: asked[name] for name in ("list",) if name in asked}, **_across(asked, listed, lists),
    )  # fmt: skip


@router.get("/deadlines")
@render_page
async def deadlines(request: Request) -> Response:
    """The open deadlines of all deals by week, those past due first."""
    api, asked = Api(request), query.time_query(request, *DEADLINES, "cursor")
    listed, lists = await gather(api.read("/v1/deadlines", asked), _lists(api))
    filters = {name: value for name, value in asked.items() if name != "cursor"}
    calendar = {name: value for name, value in filters.items() if name not in DEADLINES or name == "list"}
    return await render(
        request, "agenda.html", groups=agenda(listed["items"], _day(asked)), forces=_in_words(FORCES), within=WITHIN,
        calendar=query.address("/v1/calendar.ics", calendar), data=query.address("/v1/deadlines", filters),
        sheet=query.address("/deadlines.csv", filters),
        **_across(asked, listed, lists),
    )  # fmt: skip


@router.get("/changes")
@render_page
async def changes(request: Request) -> Response:
    """What changed across deals since a day, by default yesterday."""
    api, today = Api(request), datetime.now(UTC).date()
    asked = {"since": str(today - timedelta(days=1)), **query.time_query(request, *DIGEST)}
    if "since_position" in asked:
        del asked["since"]
    told = await api.send("GET", "/v1/digest", asked)
    entries = list(_without_repeated_causes(told.body["items"])) if told.ok else []
    return await render(
        request, "changes.html", 200 if told.ok else told.status, told=told, entries=entries, asked=asked,
        address=query.address,
        periods=[(words, str(today - timedelta(days=days))) for words, days in PERIODS],
        others={name: asked[name] for name in ("deals", "list") if name in asked}, first=CHANGES_SHOWN,
        lists=await _lists(api),
    )  # fmt: skip


def _without_repeated_causes(items: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The changes; one whose sentence ends with the cause that the sentence before it has is without it."""
    for before, each in zip((None, *items), items, strict=False):
        repeated = before is not None and (before["deal_id"], before["because"]) == (each["deal_id"], each["because"])
        yield {
            **each,
            "text": _without_ending_of(each["text"], before["text"]) if before and repeated else each["text"],
        }


def _without_ending_of(text: str, other: str) -> str:
    """A sentence without the longest ending, from a colon on, that another one has too."""
    colons = (found.start() for found in re.finditer(": ", text))
    endings = (text[:at].removesuffix(". Cause") for at in colons if other.endswith(text[at:]))
    return next((f"{each}." for each in endings), text)


def _across(asked: Mapping[str, str], listed: Mapping[str, Any], lists: Choices) -> dict[str, Any]:
    """What the pages of lists across deals share: the page of the list, its filters and the way to one deal."""
    clocks = query.clocks(asked)
    return {
        "asked": asked, "clocks": clocks, "address": query.address,
        "lists": lists, "basis": query.basis_words(asked),
        "now_address": {name: value for name, value in asked.items() if name not in (*clocks, "cursor")},
        "to_deal": lambda deal_id: query.address(f"/deals/{quote(deal_id, safe='')}", clocks),
        "next": listed["next"], "lag": listed["lag"], "unreadable": listed["unreadable"],
    }  # fmt: skip


async def _lists(api: Api) -> Choices:
    """The lists of deals that the visitor sees."""
    lists = await api.look("/v1/lists", {"limit": str(limits.PAGE_MOST)})
    return [(each["name"], each["name"]) for each in lists["items"]] if lists else []


def _in_words(values: Iterable[str]) -> Choices:
    return [(each, plain(each)) for each in values]


def _day(asked: Mapping[str, str]) -> date:
    """The day that a list is about."""
    about = asked.get("valid_at") or asked.get("known_at")
    return (about and query.civil(about, UTC)) or query.today(UTC)
