"""The summary of a deal: what a list says of it, its next deadlines and those that are past due."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import orjson

from domain.entities.approval import Approval
from domain.entities.base import Entity
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.sentences.names import Names
from domain.state_paths import ERASED, unless_erased
from projections.tables.deadlines import PASSED, DeadlineRow, SortKey
from projections.tables.search import order_form, search_form, storable_text

Columns = dict[str, Any]


def deal_columns(deal_id: str, sections: Mapping[str, Any]) -> Columns:
    """What a list says of a deal, by its sections `deal`, `status`, `phase` and `parties`."""
    deal = sections["deal"]
    following = sections.get("next_deadline") or {}
    names, called = party_names(sections["parties"]), _called(sections)
    said = (deal_id, deal["title"], deal["subject"], deal["kind"], *names)
    told = {
        "title": deal["title"],
        "title_order": order_form(deal["title"] or deal_id),
        "kind": deal["kind"],
        "subject": deal["subject"],
        "jurisdictions": unless_erased(deal["jurisdictions"]) or [],
        "tz": deal["tz"],
        "status": sections["status"]["value"] if sections["status"] else None,
        "phase": sections["phase"],
        "parties": sorted(sections["parties"]),
        "opened": deal["opened"],
        "words": search_form(" ".join(each for each in said if each)),
        "names": names,
        "named": orjson.dumps(called) if called else None,
        "erased_next": orjson.dumps(following) if ERASED in (following.get("binding"), following.get("any")) else None,
    }
    return {name: storable(value) for name, value in told.items()}


def next_deadline_columns(rows: Sequence[DeadlineRow], erased_next: bytes | None) -> Columns:
    """The next deadlines of a deal, and what is past due, by the rows of its deadlines; what an erasure hides is said
    beside them."""
    # By facts it may lie ahead while a report has ended it.
    ahead = sorted((row for row in rows if row.ahead), key=lambda row: (row.closes_at, row.deadline_id))
    binding = next((row.deadline_id for row in ahead if row.ahead == 2), None)
    nearest = ahead[0].deadline_id if ahead else None
    if erased_next is not None:
        hidden = orjson.loads(erased_next)
        binding, nearest = hidden["binding"], hidden["any"]
    chosen = binding or nearest
    coming = next((row for row in ahead if row.deadline_id == chosen), None)
    entry = orjson.loads(coming.entry) if coming else {}
    return {
        "next_deadline_id": chosen,
        "nearest_id": nearest,
        "next_due": ERASED if chosen == ERASED else entry.get("due"),
        "next_due_day": coming.due_day if coming else None,
        "next_tz": coming.tz if coming else None,
        "next_is_binding": binding is not None if chosen else None,
        "next_obligation": entry.get("obligation"),
        "next_force": entry.get("force"),
        **_overdue(rows),
    }


def _overdue(rows: Sequence[DeadlineRow]) -> dict[str, Any]:
    """How many deadlines are past due, which of them bind, and the first of them all."""
    found = sorted((row for row in rows if row.standing in PASSED), key=_place)
    first = None
    if found:
        entry = orjson.loads(found[0].entry)
        said = {name: entry[name] for name in ("obligation", "force", "due")}
        first = {"deadline_id": found[0].deadline_id, **said, "due_day": found[0].due_day, "tz": found[0].tz}
    return {
        "overdue": len(found),
        "overdue_ids": [row.deadline_id for row in found if row.standing == "overdue"],
        "most_overdue": first,
    }


def _place(row: DeadlineRow) -> SortKey:
    return row.sort_key


CONDITIONS_LISTED = 10
"""Outstanding conditions of a deal that lists name."""

CONDITION_SECTIONS = ("deal", "blockers")
"""The sections that outstanding conditions are read from, beside the entries of the entities that these list."""


class Condition(TypedDict):
    """A condition of closing that is outstanding, or a bar to it."""

    kind: str
    id: str
    name: str
    by: str | None
    severity: str


class Outstanding(TypedDict):
    """How many conditions are outstanding, and the first of them."""

    outstanding: int
    conditions: list[Condition]


DECIDED_BY: Mapping[str, tuple[type[Entity], str]] = {
    "approval": (Approval, "authority"), "order": (Order, "issuer"),
}  # fmt: skip
"""Kind of a blocker -> what it is, and the member of its entry that says who decides; others are cases of a court."""


def listed_blockers(sections: Mapping[str, Any]) -> list[str]:
    """The ids of the blockers of a state that lists name."""
    return [blocker["id"] for blocker in _blockers(sections)[:CONDITIONS_LISTED]]


def _blockers(sections: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return unless_erased(sections["blockers"]) or ()


def outstanding_conditions(sections: Mapping[str, Any]) -> bytes | None:
    """JSON of the blockers of a state by name, the first CONDITIONS_LISTED, and their number; None without any."""
    blockers, names = _blockers(sections), Names(sections)
    listed = [_condition(each, names) for each in blockers[:CONDITIONS_LISTED]]
    return orjson.dumps({"outstanding": len(blockers), "conditions": listed}) if listed else None


def _condition(blocker: Mapping[str, Any], names: Names) -> Condition:
    kind, member = DECIDED_BY.get(blocker["kind"], (Case, "court"))
    entry = names.entry(kind, blocker["id"])
    title = unless_erased(entry.get("title") or entry.get("subject"))
    by = unless_erased(entry.get(member))
    name = str(title or names.phrase(kind, blocker["id"]))
    return {
        "kind": blocker["kind"], "id": blocker["id"], "name": storable_text(name),
        "by": storable_text(names.party(by) or by) if by else None, "severity": blocker["severity"],
    }  # fmt: skip


def party_names(parties: dict[str, Any]) -> list[str]:
    """What the parties of a deal are called: their ids and their names, folded."""
    names = (each for name, entry in parties.items() for each in (name, entry.get("name")) if unless_erased(each))
    return list(dict.fromkeys(storable_text(search_form(each)) for each in names))


def _called(sections: Mapping[str, Any]) -> dict[str, str]:
    """What the parties of a deal are called, by id."""
    found = dict(unless_erased(sections["deal"].get("names")) or {})
    found |= {each: entry.get("name") for each, entry in sections["parties"].items()}
    return {each: storable_text(name) for each, name in found.items() if unless_erased(name)}


def storable(value: Any) -> Any:
    """A value whose text PostgreSQL takes."""
    return storable_text(value) if isinstance(value, str) else value
