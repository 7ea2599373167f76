"""The timeline of a deal: its events in order, relative to valid time and known time."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from api.web.filters import label
from domain.state_paths import ERASED
from domain.time.edtf import When, parse_moment
from domain.time.instants import FUTURE, Moment

REMARKS = {"record.corrected": "corrected", "record.voided": "voided", "record.erased": "erased"}


@dataclass(slots=True)
class Row:
    """One event on the timeline."""

    event: Mapping[str, Any]
    place: str
    """`past`, `possible` (its window is open at the moment asked), `future`, or `unknown` (not known yet)."""

    marks: dict[str, list[str]] = field(default_factory=dict)
    """`corrected`, `voided`, `erased` -> the events that did it."""

    @property
    def words(self) -> str:
        """Its event in a sentence."""
        return words(self.event)

    @property
    def reported(self) -> bool:
        return self.event.get("layer") == "reported"


def part_of(row: Row) -> str:
    """The part of a timeline that a row stands in: past, future or unknown."""
    return row.place if row.place in ("future", "unknown") else "past"


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a part of a timeline that are shown, and how many there are."""

    rows: list[Row]
    count: int


def parts_of(rows: Iterable[Row], limits: Mapping[str, int]) -> dict[str, Part]:
    """The parts past, future and unknown, each with the rows nearest to the moment asked about, as far as a limit."""
    found: dict[str, list[Row]] = {"past": [], "future": [], "unknown": []}
    for row in rows:
        found[part_of(row)].append(row)
    return {
        name: Part(each[-limit:] if name == "future" else each[:limit], len(each))
        for name, each in found.items()
        for limit in (limits.get(name, len(each) or 1),)
    }


def words(event: Mapping[str, Any]) -> str:
    """An event in a sentence: the generated one, else its summary, else its type in words."""
    if event.get("erased"):
        return ERASED
    return str(event.get("text") or event.get("summary") or label(event["type"]))


def topic_of(event: Mapping[str, Any]) -> str:
    """The topic of an event: the group of its type."""
    return str(event["type"]).partition(".")[0]


def topics_of(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """The topics of a timeline with their number of developments, most first."""
    return Counter(topic_of(row.event) for row in rows).most_common()


def timeline_rows(events: Iterable[Mapping[str, Any]], basis: Mapping[str, Any], here: tzinfo) -> list[Row]:
    """The timeline, in the order in which the API lists the events."""
    valid_at = parse_moment(basis["valid_at"]) if basis.get("valid_at") else FUTURE
    made = [_row(event, basis, valid_at, here) for event in events]
    found = {row.event.get("id"): row for row in made}
    for row in made:
        event = row.event
        about = (event.get("data") or {}).get("event_id")
        if row.place == "unknown" or about not in found:
            continue
        if event["type"] in REMARKS:
            found[about].marks.setdefault(REMARKS[event["type"]], []).append(event["id"])
        elif event["type"] == "record.reinstated":
            found[about].marks.pop("voided", None)
    return made


def _row(event: Mapping[str, Any], basis: Mapping[str, Any], valid_at: Moment, here: tzinfo) -> Row:
    first, last = _window(event, here)
    if not _known(event, basis, here):
        place = "unknown"
    elif first > valid_at:
        place = "future"
    else:
        place = "possible" if last > valid_at else "past"
    return Row(event, place)


def _window(event: Mapping[str, Any], here: tzinfo) -> tuple[Moment, Moment]:
    """The earliest and the latest moment at which an event may take effect."""
    effective = event.get("effective") or (event.get("data") or {}).get("effective")
    whens = [when for when in (_when(event.get("occurred")), _when(effective)) if when]
    if not whens:
        return FUTURE, FUTURE
    return min(when.opens(here) for when in whens), min(when.opens(here, "latest") for when in whens)


def _known(event: Mapping[str, Any], basis: Mapping[str, Any], here: tzinfo) -> bool:
    version = basis.get("known_version")
    if isinstance(version, int) and isinstance(event.get("version"), int) and event["version"] > version:
        return False
    if basis.get("known_by") == "published" and basis.get("known_at"):
        told = _when(event.get("published")) or _when(event.get("occurred"))
        day_end = told.closes(here) if told and event.get("published") else told.opens(here, "latest") if told else 0
        return day_end <= parse_moment(basis["known_at"])
    return True


def _when(text: object) -> When | None:
    try:
        return When.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None
