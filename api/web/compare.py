"""The page that compares two bases: the changes by what they concern, and how each came about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.web import query
from api.web.api_client import Api, deal_path
from api.web.deal_views import read_events
from api.web.templating import render, render_page
from domain.sections.wording import Group

router = APIRouter(include_in_schema=False)

SINCE = ("since_version", "since")
MOMENTS = ("from_valid", "from_known", "to_valid", "to_known")
TURNED = {
    "to_valid": "from_valid",
    "to_known": "from_known",
    "from_valid": "to_valid",
    "from_known": "to_known",
    "known_by": "known_by",
}
"""The parameters of a comparison -> those of the same the other way round."""

HOW = {
    "happened": "by events that were known at the start",
    "learned": "later, by events that became known",
    "lapsed": "by time alone, without any event",
}
"""How a change came about -> what that means."""

SPANS = {"the last 7 days": 7, "the last 30 days": 30, "the last year": 365}
"""Comparisons that the page offers: name -> days back from today."""

Change = Mapping[str, Any]
"""A development of the summary, or a consequence of one."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a difference or a digest says."""

    groups: list[tuple[str, list[Change]]]
    """What the changes concern, and the changes, the most important first; without empty groups."""

    counts: dict[str, int]
    """How changes came about -> how many; empty for a digest, which does not distinguish."""

    bases: list[list[str]]
    """Both bases in sentences, each with what qualifies it."""

    addresses: list[str]
    """The pages of the deal on both bases."""

    @property
    def shared(self) -> list[str]:
        """What qualifies both bases."""
        start, end = self.bases
        return [each for each in start[1:] if each in end[1:]]

    @property
    def count(self) -> int:
        return sum(len(found) for _group, found in self.groups)


@router.get("/deals/{deal_id}/diff")
@render_page
async def difference(request: Request) -> Response:
    """The difference of two bases (happened, learned, lapsed), or the digest since a version or a day."""
    api, deal_id = Api(request), request.path_params["deal_id"]
    asked = query.time_query(request, *MOMENTS, *SINCE)
    wanted = {name: asked[name] for name in (*MOMENTS, "known_by", *SINCE) if name in asked}
    state = await api.read(deal_path(deal_id, "state"))
    path = "digest" if any(name in asked for name in SINCE) else "diff"
    answer = await api.send("GET", deal_path(deal_id, path), wanted) if wanted else None
    events = (await read_events(api, deal_id))[0]
    here, own = query.zone_of(state), request.url.path
    page = f"/deals/{quote(deal_id, safe='')}"
    made = _comparison(answer.body, here, path, page) if answer is not None and answer.ok else None
    return await render(
        request, "diff.html", 200 if answer is None else answer.status, state=state, deal_id=deal_id, asked=asked,
        refusal=answer.body if answer is not None and not answer.ok else None, comparison=made, how=HOW,
        events={each["id"]: each for each in events}, swapped=_swapped(own, wanted),
        offers=[(name, query.address(own, span)) for name, span in _offers(events, here)],
    )  # fmt: skip


def by_group(changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
    """What changes concern, and the changes, in their order; without empty groups."""
    groups = [(group.value, [each for each in changes if each["group"] == group.value]) for group in Group]
    return [(name, held) for name, held in groups if held]


def _comparison(body: Mapping[str, Any], here: tzinfo, path: str, page: str) -> Comparison:
    found: Sequence[Change] = body["summary"]
    counts = {part: sum(each["part"] == part for each in found) for part in HOW} if path == "diff" else {}
    return Comparison(
        by_group(found),
        counts,
        [query.basis_text(body[side], here) for side in ("from", "to")],
        [query.basis_address(page, body[side]) for side in ("from", "to")],
    )


def _swapped(own: str, wanted: Mapping[str, str]) -> str | None:
    """The same comparison the other way round; none of a digest."""
    if not any(name in wanted for name in MOMENTS):
        return None
    turned = {other: wanted[name] for name, other in TURNED.items() if name in wanted}
    return query.address(own, turned)


def _offers(events: Iterable[Mapping[str, Any]], here: tzinfo) -> list[tuple[str, dict[str, str]]]:
    """Comparisons that need no choice of dates: of the last days, and of the day of the latest development."""
    today = query.today(here)
    offers = [(name, _span(today - timedelta(days=days), today)) for name, days in SPANS.items()]
    days = [day for each in events if (day := query.civil(each.get("occurred"), here)) and day <= today]
    if days and max(days) > date.min:
        offers.append(("the day of the latest development", _span(max(days) - timedelta(days=1), max(days))))
    return offers


def _span(first: date, last: date) -> dict[str, str]:
    return {"from_valid": str(first), "to_valid": str(last)}
