"""Lists across deals: the deals themselves, and their deadlines."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from api.house import Log
from domain.dates import zone
from domain.errors import BadQuestion, Busy, Problem
from domain.kinds import BINDING
from domain.moments import iso
from projections.deals import DEALS, DealRow, list_deals
from projections.questions import Question, moment
from projections.runner import catch_up, wait_for

CLOSED = frozenset({"met", "lapsed", "withdrawn", "past_due"})
"""Statuses of a deadline that is no longer open."""


Status = Literal["open", "stalled", "closed", "terminated"]
"""The statuses of a deal."""

PATIENCE_SECONDS = 5.0
"""How long a list waits for the deal table to tell of all that is recorded."""


def page(log: Log, cursor: str | None, limit: int, asked: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """One page of deals in the order of their ids; the cursor is the last id shown. Raises Busy."""
    bring_up(log)
    rows = list_deals(log.ledger, **asked, after=cursor, limit=limit + 1)
    return [_told(row) for row in rows[:limit]], rows[limit - 1].deal_id if len(rows) > limit else None


def bring_up(log: Log) -> None:
    """Let the deal table tell of all that is recorded by now. Raises Busy where it takes too long."""
    if not log.tended:
        catch_up(log.ledger, DEALS, log.reader)
    elif not wait_for(log.ledger, DEALS, log.ledger.head().position, PATIENCE_SECONDS):
        raise Busy("The deal table is being brought up to date; try again in a moment.", extra={"retry_after": 1})


def _told(row: DealRow) -> dict[str, Any]:
    """A row, with `next_deadline` as in a state: the next that binds, or else the next of any force."""
    told = row._asdict()
    name, binds = told.pop("next_deadline_id"), told.pop("next_is_binding")
    nearest = {"binding": name if binds else None, "any": name}
    return {**told, "next_deadline": nearest, "recorded_at": iso(row.recorded_at)}


def deadlines(
    log: Log, within: str | None, binding: bool | None, valid_at: str | None, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of open deadlines, the nearest first; those without a day come last."""
    most = int(within[:-1]) if within else None
    if valid_at is not None:
        moment(valid_at, "valid_at", zone("UTC"))
    found = sorted(
        (
            row
            for head in log.ledger.deals()
            for row in _open(head.deal_id, log.reader.state(head.deal_id, Question(valid_at=valid_at)))
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


def _after(rows: list[dict[str, Any]], cursor: str | None) -> list[dict[str, Any]]:
    if cursor is None:
        return rows
    place = tuple(cursor.split("|"))
    if len(place) != 3:
        told = "The cursor does not belong to this list: take `next` from its last page as it is."
        raise BadQuestion(told, problems=(Problem("/cursor", "bad-parameter", told),))
    return [row for row in rows if _key(row) > place]
