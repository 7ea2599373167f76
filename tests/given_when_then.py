"""Given, when, then: a negotiation in a few lines, and what follows from it on a day.

    given(opened("2025-01-20"), event("deadline.set", ...)).when(event("deadline.extended", ...))
        .then("deadlines/dl/due", "2026-01-23", on="2025-10-01")

Events have the form in which a client sends them; nothing here uses the database.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from domain import validation
from domain.basis import Basis
from domain.bitemporal import zone_of
from domain.envelope import RecordedEvent, Submission
from domain.sections.section import Form
from domain.state import SECTIONS, State, state
from domain.state_paths import ERASED
from domain.time.edtf import parse_moment
from domain.time.instants import end_of_day
from ledger.encoding.event_codec import payload_strictly
from projections.state.holiday_calendars import calendar
from tests.submissions import as_sent

RECORDED = 1_800_000_000_000_000
SHIPPED = Path(__file__).parents[1] / "api" / "demo"
"""Where the timelines lie that Parley ships with."""


def event(kind: str, occurred: str, /, **members: Any) -> dict[str, Any]:
    """A development as a client sends it: envelope members by name with a trailing underscore, the rest is its data."""
    envelope = {name[:-1]: members.pop(name) for name in list(members) if name.endswith("_")}
    return {"type": kind, "occurred": occurred, **envelope, "data": members}


def opened(occurred: str, /, **members: Any) -> dict[str, Any]:
    return event("deal.opened", occurred, **{"title": "a deal", "kind": "merger", "subject": "it", **members})


@dataclass(frozen=True)
class History:
    """Developments in the order in which they were recorded."""

    rows: tuple[Mapping[str, Any], ...]

    def when(self, *rows: Mapping[str, Any]) -> "History":
        return History((*self.rows, *rows))

    @property
    def lines(self) -> list[RecordedEvent]:
        return [line_of(row, version) for version, row in enumerate(self.rows, 1)]

    def reading(self, on: str, **basis: Any) -> State:
        """The deal on a day, or at an instant, as known in the end."""
        lines = self.lines
        zone = zone_of(lines)
        at = parse_moment(on) if "T" in on else end_of_day(date.fromisoformat(on), zone)
        question = Basis(valid_at=at, known_at=2**61, known_version=10**9, known_position=10**9)
        return state(
            lines,
            replace(question, **basis),
            deal_id="deal",
            zone=zone,
            calendars=calendar,
            revise=lambda line, _: line,
        )

    def on(self, on: str, **basis: Any) -> dict[str, Any]:
        """Every section of the deal on a day; each status in it is one that its section declares."""
        sections = self.reading(on, **basis).sections
        for section in SECTIONS.values():
            if section.statuses and section.form is Form.ENTRIES:
                found = {entry["status"] for entry in sections[section.name].values()}
                assert found <= {*section.statuses, ERASED, None}, section.name
        return sections

    def then(self, path: str, value: Any, *, on: str, **basis: Any) -> "History":
        """Holds if the place of that path has that value on that day; returns the history, for the next one."""
        assert at(self.on(on, **basis), path) == value, path
        return self

    def conflicts(self, on: str, rule: str) -> list[dict[str, Any]]:
        return [each for each in self.on(on)["conflicts"] if each["rule"] == rule]

    def rules(self, section: str, on: str) -> set[tuple[str, str]]:
        """Rule and id (or event) of every entry of a list."""
        return {(each["rule"], each.get("id") or each["event_id"]) for each in self.on(on)[section]}


def given(*rows: Mapping[str, Any]) -> History:
    return History(rows)


@lru_cache
def shipped(name: str) -> History:
    """A real timeline."""
    text = (SHIPPED / f"{name}.ndjson").read_text(encoding="utf-8")
    return History(tuple(json.loads(row) for row in text.splitlines()))


def at(value: Any, path: str) -> Any:
    """The place of a path; [n] of a list by number."""
    for name in path.split("/"):
        value = value[int(name)] if isinstance(value, list) else value[name]
    return value


def line_of(row: Mapping[str, Any], version: int) -> RecordedEvent:
    """A row as recorded; one that the API would refuse fails here."""
    sent = submission_of(row, version)
    assert list(validation.problems(sent)) == []
    return sent.recorded(version=version, position=version, recorded_at=RECORDED + version, by="tester")


def submission_of(row: Mapping[str, Any], version: int) -> Submission:
    """The submission of a row; its payload must be of the types that the class declares."""
    return as_sent({**row, "deal_id": "deal", "id": row.get("id") or f"e{version}"}, payload_strictly)
