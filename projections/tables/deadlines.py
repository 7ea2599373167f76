"""Deadlines across deals: the row of each, and which of them are asked for.

A row is made from a state, whether it is stored (by what is recorded) or not (by what is published),
and is filtered, sorted and returned in the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, NamedTuple

import orjson

from domain.entities.deadline import Deadline
from domain.fields.types import ANY_ENTITY, BINDING
from domain.sections.deadline_status import RUNNING, standing
from domain.sentences.names import Names
from domain.state import State, without_counters
from domain.state_paths import ERASED, members, unless_erased
from domain.time.edtf import closing
from domain.time.instants import Moment, civil_day, zone
from projections.sentences.member_references import member_reference
from projections.tables import answers
from projections.tables.reported_days import DayCount, count_of_reports, day_count, days_by_reports
from projections.tables.search import search_form, storable_text

PASSED = ("overdue", "past_due")
"""The standings of what is past due without an outcome: what binds by facts, and what does not."""

STANDINGS = (*PASSED, "open")
"""The standings that are listed, in order."""

SortKey = tuple[int, Moment, str, str]
"""The sort key of a deadline in a list: its status, the moment that closes it, the deal, the deadline."""

FIRST_KEY: SortKey = (0, -(2**63), "", "")


class DeadlineRow(NamedTuple):
    """One deadline of one deal."""

    deal_id: str
    deadline_id: str
    standing: str
    """`open`, `overdue` or `past_due` (without an outcome; the former bind), or `over`."""
    running: bool
    """Whether it is open and past due once its day has passed: then its day lies ahead."""
    ahead: int
    """2 where it is the nearest that binds, or its state has no other; 1 of the nearest of any force; else 0."""
    closes_at: Moment
    due_day: date | None
    tz: str
    deal_tz: str
    calendar: str | None
    published: bytes | None
    """JSON: what makes that calendar, where the deal has one of its own of that name."""
    force: str | None
    binding: bool
    names: list[str]
    words: str
    """Its obligation, folded."""
    as_reported: bytes | None
    """JSON: what its days left by reports are counted by, where reports say something else than the facts."""
    entry: bytes

    @property
    def sort_key(self) -> SortKey:
        return (STANDINGS.index(self.standing), self.closes_at, self.deal_id, self.deadline_id)

    def days_left(self, now: Moment) -> int | None:
        """Whole days in its own zone."""
        return (self.due_day - civil_day(now, zone(self.tz))).days if self.due_day else None

    def to_json(self, now: Moment) -> answers.DeadlineRow:
        """The entry of a state at that moment."""
        entry: answers.DeadlineMembers = orjson.loads(self.entry)
        counted: answers.DaysLeft = {"days_left": ERASED, "working_days_left": ERASED}
        if entry["due"] != ERASED:
            counted = DayCount(self.due_day, self.tz, self.calendar, self.published).counters(now)
        if self.as_reported is not None and (by_reports := days_by_reports(self.as_reported, counted, now)):
            entry["reported"] = {**entry.get("reported", {}), **by_reports}
        if called := entry.get("member_names"):
            entry["names"] = names_by_id({**entry, "deal_id": self.deal_id}, called)
        return {"deal_id": self.deal_id, "deadline_id": self.deadline_id, "binding": self.binding, **entry, **counted}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineFilter:
    """Which deadlines are asked for."""

    overdue: bool | None = None
    """Only those that are past due without an outcome, or only those to come; None for both."""
    within: int | None = None
    """Due within so many days, each counted in its own zone."""
    binding: bool | None = None
    force: str | None = None
    party: str | None = None
    kind: str | None = None
    """Of the deal."""
    jurisdiction: str | None = None
    """One of those of the deal."""
    deals: tuple[str, ...] | None = None
    """The ids of the deals; None for all."""

    @property
    def standings(self) -> tuple[str, ...]:
        """The standings that are asked for, in order."""
        return STANDINGS if self.overdue is None else PASSED if self.overdue else ("open",)

    def matches(self, row: DeadlineRow, deal: Mapping[str, Any], now: Moment) -> bool:
        """Whether a deadline of a deal with these columns is among them at a moment."""
        return (
            row.standing in self.standings
            and (self.binding is None or row.binding == self.binding)
            and (self.force is None or row.force == self.force)
            and (self.deals is None or row.deal_id in self.deals)
            and (self.kind is None or deal["kind"] == self.kind)
            and (self.jurisdiction is None or self.jurisdiction in deal["jurisdictions"])
            and (self.party is None or search_form(self.party) in row.names)
            and self.due_soon_enough(row, now)
        )

    def due_soon_enough(self, row: DeadlineRow, now: Moment) -> bool:
        """Whether it is due soon enough."""
        if self.within is None:
            return True
        left = row.days_left(now)
        return left is not None and left <= self.within


NAMED = ("order_id", "obligor", "set_by")
"""The members of a deadline that hold ids of which a row says what they are called."""


def member_names(deadline: Mapping[str, Any], names: Names) -> dict[str, str]:
    """Member -> what the id that it holds is called, where that is known."""
    return names.by_member(deadline, {name: member_reference(name, "deadlines") or ANY_ENTITY for name in NAMED})


def names_by_id(row: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, str]:
    """The same by id; of an id that several members hold, the name of the last."""
    return {row[member]: name for member, name in called.items()}


def derive_rows(deal_id: str, found: State, parties: Sequence[str] = ()) -> list[DeadlineRow]:
    """The rows of a deal's deadlines. `parties`: the folded names of its parties, if they are filtered by."""
    deal, names = found.sections["deal"], Names(found.sections)
    here, title = zone(deal["tz"]), {"deal_id": deal["title"]} if unless_erased(deal["title"]) else {}
    rows = []
    for name, entry in found.sections["deadlines"].items():
        called = {**title, **member_names(entry, names)}
        named = {**entry, "member_names": called} if called else entry
        rows.append(_row(deal_id, name, named, found, here, parties))
    return rows


def _row(
    deal_id: str, name: str, entry: dict[str, Any], found: State, deal_zone: tzinfo, parties: Sequence[str]
) -> DeadlineRow:
    held = found.deal.entities.get((Deadline.KIND, name))
    own = held if isinstance(held, Deadline) else Deadline(id=name)
    count, among = day_count(own, entry["due"], found, deal_zone), _standing(name, entry, found)
    concerned = (search_form(each) for each in (entry["obligor"], entry["set_by"]) if unless_erased(each))
    return DeadlineRow(
        deal_id=deal_id,
        deadline_id=name,
        standing=among,
        running=among == "open" and entry["status"] in RUNNING,
        ahead=_ahead(name, found),
        closes_at=closing(entry["due"], zone(count.tz)),
        due_day=count.due_day,
        tz=count.tz,
        deal_tz=str(deal_zone),
        calendar=count.calendar,
        published=count.published,
        force=entry["force"],
        binding=entry["force"] in BINDING,
        names=list(dict.fromkeys((*concerned, *parties))),
        words=storable_text(search_form(unless_erased(entry["obligation"]) or "")),
        as_reported=count_of_reports(own, entry, found, deal_zone),
        entry=orjson.dumps(without_counters(entry)),
    )


def _ahead(name: str, found: State) -> int:
    """Where each is derived by itself, it is the nearest of its own state: so is the nearest of all."""
    following = found.sections["next_deadline"]
    return 2 if name == following["binding"] else int(name == following["any"])


def _standing(name: str, entry: dict[str, Any], found: State) -> str:
    """Whether it is listed, and among which. Facts decide where they know it, as they decide which comes next, though
    a report may have revoked its order; the state says which of those past due bind."""
    if name in members(found.sections["next_deadline"]["overdue"]):
        return "overdue"
    by_facts = found.layers[-1].sections["deadlines"].get(name, entry)
    kind = "over" if name in found.frozen else standing(by_facts)
    return "past_due" if kind == "overdue" else kind
