"""The time axis of a deal: deadlines as lanes and developments as dots on one scale, with positions in per cent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo
from itertools import islice
from typing import Any

from domain.fields.types import BINDING, PARTY
from domain.sentences.dates import MONTHS, date_text
from domain.sentences.names import Names
from domain.sentences.words import plain
from domain.state_paths import unless_erased
from domain.time.edtf import When
from domain.time.instants import zone

TICKS_AT_MOST = 6
FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(9999, 12, 31)
DOT_PLACES = 200
"""The places of an axis at which developments are drawn apart."""
SAID_OF_A_DOT = 4
"""Developments that a dot names."""
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
class Dot:
    """Developments at about one place of the axis."""

    x: str
    count: int
    text: str
    later: bool
    """Whether they became known only after the moment asked about."""


@dataclass(slots=True)
class _Draft:
    id: str
    entry: Mapping[str, Any]
    marks: list[tuple[str, date, date | None, str, str | None]] = field(default_factory=list)
    reach: date | None = None
    due: date | None = None


Deadlines = Iterable[tuple[str, Mapping[str, Any]]]


class Axis:
    """A scale of days from `first` to `last`."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.days = max((last - first).days, 1)

    @classmethod
    def over(cls, days: Iterable[date]) -> "Axis":
        """The scale that holds all of some days, with a margin; the ends of the calendar do not stretch it."""
        found = list(days)
        inside = [day for day in found if FIRST_DAY < day < LAST_DAY] or found
        pad = max((max(inside) - min(inside)).days // 40, 1)
        return cls(shift(min(inside), -pad), shift(max(inside), pad))

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    def __call__(self, day: date) -> str:
        """The position of a day; one outside lies at the nearer end."""
        return f"{min(max(100 * (day - self.first).days / self.days, 0), 100):.2f}%"

    def offset(self, day: date) -> int:
        """The whole days from the first day to a day, within the scale."""
        return min(max((day - self.first).days, 0), self.days)

    @property
    def ticks(self) -> tuple[tuple[str, str], ...]:
        """Positions and words of the dates that are written under the scale."""
        return tuple(_ticks(self.first, self.last, self))


def days_of(deadlines: Deadlines, here: tzinfo) -> list[date]:
    """Every day that a chart of some deadlines has a mark on."""
    drafts = (_draft(name, entry, here, Names({})) for name, entry in deadlines)
    return [day for draft in drafts for _, one, other, _, _ in draft.marks for day in (one, other) if day]


def lanes_of(deadlines: Deadlines, axis: Axis, here: tzinfo, names: Names) -> tuple[Lane, ...]:
    """A lane for each of some deadlines that has a date."""
    drafts = (_draft(name, entry, here, names) for name, entry in deadlines)
    return tuple(_lane(draft, axis) for draft in drafts if draft.marks)


def dots_of(developments: Iterable[tuple[date, str, bool]], axis: Axis) -> tuple[Dot, ...]:
    """The dots of developments (day, words, whether it became known only later), those of about one place together."""
    found: dict[tuple[int, bool], list[tuple[date, str]]] = {}
    for day, words, later in developments:
        if day in axis:
            found.setdefault((DOT_PLACES * axis.offset(day) // axis.days, later), []).append((day, words))
    return tuple(
        Dot(axis(said[0][0]), len(said), "; ".join(words for _, words in said[:SAID_OF_A_DOT]), later)
        for (_, later), said in sorted(found.items())
    )


def _draft(name: str, entry: Mapping[str, Any], deal_zone: tzinfo, names: Names) -> _Draft:
    here = zone(entry["tz"]) if unless_erased(entry.get("tz")) else deal_zone
    draft = _Draft(name, entry)
    for move in entry.get("history") or ():
        cause = (move.get("because") or [None])[0]
        since, due = _days(move.get("since"), here), _days(move.get("due"), here)
        if since:
            by = names.of(move["by"], PARTY) if move.get("by") else "itself"
            draft.marks.append(("asked", since[0], None, f"{plain(move.get('kind'))} by {by}", cause))
        if due and move.get("due") != entry.get("due"):
            draft.marks.append(("moved", due[1], None, date_text(move["due"]), cause))
    for branch in entry.get("alternatives") or ():
        days = _days(branch.get("due"), here)
        if days and branch.get("due") != entry.get("due"):
            words = f"{date_text(branch['due'])} if {branch.get('condition') or 'otherwise'}"
            draft.marks.append(("branch" if branch.get("status") == "live" else "moved", days[1], None, words, None))
    due = _days(entry.get("due"), here)
    if due:
        draft.due = due[1]
        draft.marks.append(("due", due[0], due[1] if due[1] != due[0] else None, date_text(entry["due"]), None))
    latest = _days((entry.get("extension") or {}).get("latest_possible"), here)
    if latest:
        draft.reach = latest[1]
        draft.marks.append(("latest", latest[1], None, f"latest possible {date_text(latest[1].isoformat())}", None))
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


def _lane(draft: _Draft, axis: Axis) -> Lane:
    days = [one for _, one, _, _, _ in draft.marks]
    stop = draft.due or max(days)
    marks = tuple(
        Mark(kind, axis(one), text, axis(other) if other else None, cause)
        for kind, one, other, text, cause in draft.marks
        if one in axis or (other or one) in axis
    )
    reach = axis(draft.reach) if draft.reach and draft.reach > stop else None
    return Lane(draft.id, draft.entry, draft.entry.get("force") in BINDING, axis(min(days)), axis(stop), reach, marks)


def _ticks(first: date, last: date, axis: Axis) -> Iterable[tuple[str, str]]:
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
        yield axis(day), str(day.year) if yearly and unit == "month" else f"{words} {day.year}" if newly else words


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
