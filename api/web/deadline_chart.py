"""A chart of deadlines: a lane for each on one axis of days, with positions in per cent of its width."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from itertools import islice
from typing import Any

from domain.fields.types import BINDING
from domain.sentences.dates import MONTHS
from domain.state_paths import unless_erased
from domain.time.edtf import When
from domain.time.instants import zone

TICKS_AT_MOST = 6
STEPS = ((1, "day"), (7, "day"), (14, "day"), (1, "month"), (2, "month"), (3, "month"), (6, "month"), (12, "month"))


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on a lane: `kind` is set, moved, due, latest, branch or asked; `x` and `end` in per cent."""

    kind: str
    x: str
    text: str
    end: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One deadline and its marks."""

    id: str
    entry: Mapping[str, Any]
    binding: bool
    start: str
    stop: str
    reach: str | None
    """The latest day to which it could be moved."""
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lanes on one axis. `now` is the day of valid_at, None if it lies outside."""

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[str, str], ...]
    now: str | None
    first: date
    last: date


@dataclass(slots=True)
class _Draft:
    id: str
    entry: Mapping[str, Any]
    marks: list[tuple[str, date, date | None, str, str | None]] = field(default_factory=list)
    reach: date | None = None
    due: date | None = None


def chart(deadlines: Iterable[tuple[str, Mapping[str, Any]]], at: date, here: tzinfo, now: bool = True) -> Chart | None:
    """The chart of some deadlines at a day; None if none of them has a date."""
    drafts = [draft for draft in (_draft(name, entry, here) for name, entry in deadlines) if draft.marks]
    days = [day for draft in drafts for _, one, other, _, _ in draft.marks for day in (one, other) if day]
    if not days:
        return None
    days += [at] if now else []
    pad = max((max(days) - min(days)).days // 40, 1)
    first, last = shift(min(days), -pad), shift(max(days), pad)
    place = _Axis(first, last)
    lanes = tuple(_lane(draft, place) for draft in drafts)
    inside = place(at) if first <= at <= last else None
    return Chart(lanes, tuple(_ticks(first, last, place)), inside, first, last)


class _Axis:
    def __init__(self, first: date, last: date) -> None:
        self.first, self.span = first, max((last - first).days, 1)

    def __call__(self, day: date) -> str:
        return f"{min(max(100 * (day - self.first).days / self.span, 0), 100):.2f}%"


def _draft(name: str, entry: Mapping[str, Any], deal_zone: tzinfo) -> _Draft:
    here = zone(entry["tz"]) if unless_erased(entry.get("tz")) else deal_zone
    draft = _Draft(name, entry)
    for move in entry.get("history") or ():
        cause = (move.get("because") or [None])[0]
        since, due = _days(move.get("since"), here), _days(move.get("due"), here)
        if since:
            draft.marks.append(
                ("asked", since[0], None, f"{move.get('kind', '')} by {move.get('by') or 'itself'}", cause)
            )
        if due and move.get("due") != entry.get("due"):
            draft.marks.append(("moved", due[1], None, str(move["due"]), cause))
    for branch in entry.get("alternatives") or ():
        days = _days(branch.get("due"), here)
        if days and branch.get("due") != entry.get("due"):
            words = f"{branch['due']} if {branch.get('condition') or 'otherwise'}"
            draft.marks.append(("branch" if branch.get("status") == "live" else "moved", days[1], None, words, None))
    due = _days(entry.get("due"), here)
    if due:
        draft.due = due[1]
        draft.marks.append(("due", due[0], due[1] if due[1] != due[0] else None, str(entry["due"]), None))
    latest = _days((entry.get("extension") or {}).get("latest_possible"), here)
    if latest:
        draft.reach = latest[1]
        draft.marks.append(("latest", latest[1], None, f"latest possible {latest[1].isoformat()}", None))
    return draft


def _days(text: object, here: tzinfo) -> tuple[date, date] | None:
    """First and last day of a date as written; None where it has none or is open."""
    if not isinstance(text, str):
        return None
    try:
        when = When.parse(text)
    except ValueError:
        return None
    first, last = when.day(here), when.last_day(here)
    return (first or last, last or first) if first or last else None  # type: ignore[return-value]  # one of two is there


def _lane(draft: _Draft, place: _Axis) -> Lane:
    days = [one for _, one, _, _, _ in draft.marks]
    stop = draft.due or max(days)
    marks = tuple(
        Mark(kind, place(one), text, place(other) if other else None, cause)
        for kind, one, other, text, cause in draft.marks
    )
    reach = place(draft.reach) if draft.reach and draft.reach > stop else None
    return Lane(draft.id, draft.entry, draft.entry.get("force") in BINDING, place(min(days)), place(stop), reach, marks)


def _ticks(first: date, last: date, place: _Axis) -> Iterable[tuple[str, str]]:
    for step, unit in STEPS:
        # Stops early, as the range of a chart may be thousands of years.
        days = list(islice(_every(first, last, step, unit), TICKS_AT_MOST + 1))
        if len(days) <= TICKS_AT_MOST:
            break
    else:
        every = (last.year - first.year) // TICKS_AT_MOST + 1
        start = first.year + every - first.year % every
        days = [date(year, 1, 1) for year in range(start, last.year + 1, every)]
    for index, day in enumerate(days):
        newly = index == 0 or days[index - 1].year != day.year
        words = f"{day.day} {MONTHS[day.month - 1]}" if day.day != 1 or unit == "day" else MONTHS[day.month - 1]
        yearly = step == 12 or day.month == day.day == 1
        yield place(day), str(day.year) if yearly and unit == "month" else f"{words} {day.year}" if newly else words


def _every(first: date, last: date, step: int, unit: str) -> Iterable[date]:
    if unit == "day":
        begin = first.toordinal() + ((-first.weekday()) % 7 if step > 1 else 0)
        yield from map(date.fromordinal, range(begin, last.toordinal() + 1, step))
        return
    begin, end = first.year * 12 + first.month, last.year * 12 + last.month
    for month in range(begin + (-begin) % step, end, step):
        yield date(month // 12, month % 12 + 1, 1)


def shift(day: date, by: int) -> date:
    """A day plus a number of days, limited to the first and last day of the calendar."""
    try:
        return day + timedelta(days=by)
    except OverflowError:
        return date.max if by > 0 else date.min
