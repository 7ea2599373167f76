"""Lists across deals: the deals themselves, and their deadlines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.identity import Caller
from domain.dates import When, zone
from domain.errors import BadQuestion, Problem
from domain.kinds import BINDING
from domain.moments import DAY, iso
from ledger.receipt import DealHead
from projections.questions import Question, moment

CLOSED = frozenset({"met", "lapsed", "withdrawn", "past_due"})
"""Statuses of a deadline that is no longer open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which deals are asked for; None: any."""

    status: str | None = None
    phase: str | None = None
    party: str | None = None
    q: str | None = None
    due_before: str | None = None

    def takes(self, row: Mapping[str, Any], state: Mapping[str, Any]) -> bool:
        """Whether a deal is among them."""
        if self.status is not None and row["status"] != self.status:
            return False
        if self.phase is not None and row["phase"] != self.phase:
            return False
        if self.party is not None and self.party not in row["parties"]:
            return False
        words = " ".join(str(row[name] or "") for name in ("deal_id", "title", "subject", "kind")).casefold()
        if self.q is not None and not all(word in words for word in self.q.casefold().split()):
            return False
        return self.due_before is None or _due_before(row["next_due"], self.due_before, state["deal"]["tz"])


def _due_before(due: str | None, limit: str, tz: str) -> bool:
    here = zone(tz)
    end = moment(limit, "due_before", here)
    return due is not None and When.parse(due).closes(here) < end + (0 if len(limit) > 10 else 1 - DAY)


def page(who: Caller, asked: Filter, cursor: str | None, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """One page of deals in the order of their ids; the cursor is the last id shown."""
    if asked.due_before is not None:
        moment(asked.due_before, "due_before", zone("UTC"))
    rows = []
    for head in who.ledger.deals():
        if cursor is not None and head.deal_id <= cursor:
            continue
        state = who.reader.state(head.deal_id)
        row = _row(head, state)
        if state["exists"] and asked.takes(row, state):
            rows.append(row)
        if len(rows) > limit:
            return rows[:limit], rows[limit - 1]["deal_id"]
    return rows, None


def _row(head: DealHead, state: Mapping[str, Any]) -> dict[str, Any]:
    deal, nearest = state["deal"], state["next_deadline"]
    due = nearest.get("any") and state["deadlines"][nearest["any"]]["due"]
    return {
        "deal_id": head.deal_id,
        "title": deal["title"],
        "kind": deal["kind"],
        "subject": deal["subject"],
        "status": _value(state["status"]),
        "phase": state["phase"],
        "parties": [name for name, each in state["parties"].items() if each.get("active", True)],
        "next_deadline": nearest,
        "next_due": due or None,
        "blockers": len(state["blockers"]),
        "version": head.version,
        "position": head.position,
        "recorded_at": iso(head.recorded_at),
    }


def _value(status: Any) -> Any:
    return status.get("value") if isinstance(status, dict) else status


def deadlines(
    who: Caller, within: str | None, binding: bool | None, valid_at: str | None, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of open deadlines, the nearest first; those without a day come last."""
    most = int(within[:-1]) if within else None
    if valid_at is not None:
        moment(valid_at, "valid_at", zone("UTC"))
    found = sorted(
        (
            row
            for head in who.ledger.deals()
            for row in _open(head.deal_id, who.reader.state(head.deal_id, Question(valid_at=valid_at)))
            if (most is None or (row["days_left"] is not None and row["days_left"] <= most))
            and (binding is None or row["binding"] == binding)
        ),
        key=_key,
    )
    rest = _after(found, cursor)
    return rest[:limit], "|".join(_key(rest[limit - 1])) if len(rest) > limit else None


def _open(deal_id: str, state: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for deadline_id, entry in state["deadlines"].items():
        if entry["status"] not in CLOSED and not entry.get("frozen"):
            yield {"deal_id": deal_id, "deadline_id": deadline_id, "binding": entry["force"] in BINDING, **entry}


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(row["due"] or "9999"), row["deal_id"], row["deadline_id"]


def _after(rows: Sequence[dict[str, Any]], cursor: str | None) -> Sequence[dict[str, Any]]:
    if cursor is None:
        return rows
    place = tuple(cursor.split("|"))
    if len(place) != 3:
        told = "The cursor does not belong to this list: take `next` from its last page as it is."
        raise BadQuestion(told, problems=(Problem("/cursor", "bad-parameter", told),))
    return [row for row in rows if _key(row) > place]
