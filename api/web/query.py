"""The basis of a page in its URL: valid time, known time, known_by, layer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from api.web.api_client import ApiError
from api.web.deadline_chart import shift
from api.web.filters import day_of
from domain.nearest_names import nearest, nearest_hint
from domain.sentences.dates import date_text
from domain.time.edtf import When
from domain.time.instants import civil_day, zone
from projections.state.time_query import DEFAULTS, PARAMETERS

FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(9999, 12, 31)


def time_query(request: Request, *others: str) -> dict[str, str]:
    """The parameters of a request without empty ones. Raises ApiError for an unknown or duplicate one: a misspelt one
    must never show the state of another day."""
    given: dict[str, str] = {}
    known = (*PARAMETERS, *others)
    for name, value in request.query_params.multi_items():
        if name not in known:
            near = nearest(name, known, count=2)
            raise _unread(f"This page knows no parameter {name[:64]!r}{nearest_hint(near)}.")
        if name in given:
            raise _unread(f"The parameter {name!r} appears twice.")
        given[name] = value.strip()
    return {name: value for name, value in given.items() if value}


def _unread(detail: str) -> ApiError:
    return ApiError(400, {"title": "Invalid query", "detail": detail})


def clocks(given: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a state, without defaults."""
    return {name: given[name] for name in PARAMETERS if name in given and DEFAULTS[name] != given[name]}


def address(path: str, query: Mapping[str, str]) -> str:
    """A path with a query string."""
    return f"{path}?{urlencode(query)}" if query else path


@dataclass(frozen=True, slots=True)
class Scale:
    """A date slider from `first` to `last` at `at`; marks are positions of events in per cent."""

    name: str
    first: date
    last: date
    at: date
    marks: tuple[tuple[str, int], ...]

    @property
    def span(self) -> int:
        return (self.last - self.first).days

    @property
    def value(self) -> int:
        return (min(max(self.at, self.first), self.last) - self.first).days


def scale(name: str, days: list[date], at: date, last: date) -> Scale:
    """A date slider over the days of events, with a margin, to `last` at least."""
    inside = [day for day in days if FIRST_DAY < day < LAST_DAY]
    first = shift(min([*inside, at, last]), -1)
    end = shift(max([*inside, at, last]), 1 if name == "valid_at" else 0)
    span = max((end - first).days, 1)
    heights: dict[str, int] = {}
    for day in inside:
        place = f"{100 * (day - first).days / span:.1f}"
        heights[place] = min(heights.get(place, 0) + 1, 5)
    return Scale(name, first, end, at, tuple(sorted(heights.items(), key=lambda each: float(each[0]))))


def today(here: tzinfo) -> date:
    """Today in the time zone of the deal."""
    return datetime.now(UTC).astimezone(here).date()


def civil(text: object, here: tzinfo) -> date | None:
    """The civil day on which an imprecise date starts, in a time zone."""
    try:
        return When.parse(str(text)).day(here)
    except ValueError:
        return day_of(text)


def zone_of(state: Mapping[str, Any]) -> tzinfo:
    """The time zone of a deal."""
    return zone((state.get("deal") or {}).get("tz") or "UTC")


def basis_text(basis: Mapping[str, Any], here: tzinfo) -> list[str]:
    """The basis in sentences: valid time, known time and what qualifies them."""
    valid = _moment(basis.get("valid_at"), here)
    known = _moment(basis.get("known_at"), here)
    version = basis.get("known_version")
    if basis.get("known_by") == "published":
        sentences = [f"The deal as it stood on {valid}, as published by {known}."]
    else:
        upto = f" (version {version})" if version is not None else ""
        sentences = [f"The deal as it stood on {valid}, as recorded by {known}{upto}."]
    if basis.get("hindsight"):
        sentences.append("Known time is later than valid time: this includes what became known only after that day.")
    if basis.get("projected"):
        sentences.append("That day is in the future: this is the state if no further event is recorded.")
    if basis.get("layer") == "facts":
        sentences.append("Facts only, without reports.")
    if basis.get("reading") == "latest":
        sentences.append("Imprecise dates are taken at their latest day.")
    return sentences


def _moment(text: object, here: tzinfo) -> str:
    try:
        bound = When.parse(str(text)).earliest
    except ValueError:
        return str(text)
    if isinstance(bound, int):
        bound = civil_day(bound, here)
    return date_text(bound.isoformat()) if bound else str(text)
