"""The basis of a page in its URL: valid time, known time, known_by, layer."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request

from api.web.api_client import ApiError
from api.web.filters import day_of
from api.web.time_axis import FIRST_DAY, LAST_DAY, Axis, shift
from domain.nearest_names import nearest, nearest_hint
from domain.sentences.dates import date_text
from domain.sentences.words import capitalized
from domain.time.edtf import When
from domain.time.instants import civil_day, zone
from projections.state.time_query import DEFAULTS, PARAMETERS


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
class Slider:
    """A date slider over an axis at a day; marks are positions of events in per cent, with their number."""

    name: str
    axis: Axis
    at: date
    marks: tuple[tuple[str, int], ...]

    @property
    def value(self) -> int:
        return self.axis.offset(self.at)


def known_slider(days: list[date], at: date, last: date) -> Slider:
    """The slider of known time over the days on which events became known, to `last` at least."""
    inside = [day for day in days if FIRST_DAY < day < LAST_DAY]
    axis = Axis(shift(min([*inside, at, last]), -1), max([*inside, at, last]))
    heights: dict[str, int] = {}
    for day in inside:
        heights[axis(day)] = min(heights.get(axis(day), 0) + 1, 5)
    return Slider("known_at", axis, at, tuple(sorted(heights.items(), key=lambda each: float(each[0][:-1]))))


KNOWLEDGE = {"latest": "latest", "that_day": "that day", "public": "to the public that day", "exact": "as set below"}
"""The choices of known time, as the page names them."""


def with_knowledge(asked: Mapping[str, str]) -> dict[str, str]:
    """The parameters with the choice `knowledge` put in terms of known_at and known_by."""
    given = {name: value for name, value in asked.items() if name != "knowledge"}
    choice = asked.get("knowledge", "exact")
    if choice not in KNOWLEDGE:
        raise _unread(f"knowledge is one of {', '.join(KNOWLEDGE)}, not {choice[:64]!r}.")
    if choice == "exact":
        return given
    for name in ("known_at", "known_by", "known_version", "known_position"):
        given.pop(name, None)
    if choice != "latest" and "valid_at" in given:
        given["known_at"] = given["valid_at"]
    if choice == "public":
        given["known_by"] = "published"
    return given


def knowledge_of(asked: Mapping[str, str]) -> str:
    """The choice of known time that the parameters are equal to."""
    wanted = clocks(asked)
    return next(
        (each for each in KNOWLEDGE if clocks(with_knowledge({**wanted, "knowledge": each})) == wanted), "exact"
    )


def axis_of(text: str | None, at: date) -> Axis | None:
    """The axis `FIRST/LAST` of two days; None where there is none or a day lies outside it."""
    first, _, last = (text or "").partition("/")
    begin, end = day_of(first), day_of(last)
    if not text:
        return None
    if begin is None or end is None or begin >= end:
        raise _unread(f"axis is two days, first/last, such as 2020-01-01/2020-12-31; {text[:64]!r} is not.")
    return Axis(begin, end) if begin <= at <= end else None


def period(at: date, months: int) -> str:
    """The calendar period of some months, a divisor of 12, that a day lies in: its first and last day."""
    start = (at.month - 1) // months * months
    first = at.replace(month=start + 1, day=1)
    last = at.replace(month=start + months, day=monthrange(at.year, start + months)[1])
    return f"{first}/{last}"


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


def basis_address(own: str, basis: Mapping[str, Any]) -> str:
    """The page of a deal on exactly this basis."""
    return address(own, dict(parse_qsl(urlsplit(basis["permalink"]).query)))


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


def basis_words(asked: Mapping[str, str]) -> str:
    """The moment of a list across deals in a sentence; empty for now."""
    valid, known = asked.get("valid_at"), asked.get("known_at")
    position = asked.get("known_position")
    said = [f"as of {date_text(valid)}"] if valid else []
    said += [f"as known on {date_text(known)}"] if known else []
    said += [f"as known at position {position}"] if position else []
    said += ["by what was published"] if asked.get("known_by") == "published" else []
    said += ["facts only, without reports"] if asked.get("layer") == "facts" else []
    return capitalized(", ".join(said)) + "." if said else ""


def _moment(text: object, here: tzinfo) -> str:
    try:
        bound = When.parse(str(text)).earliest
    except ValueError:
        return str(text)
    if isinstance(bound, int):
        bound = civil_day(bound, here)
    return date_text(bound.isoformat()) if bound else str(text)
