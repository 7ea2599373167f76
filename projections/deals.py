"""The deal table: every deal as it stands now, for lists and filters."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any, NamedTuple

from domain.dates import When, iso
from domain.envelope import Line
from domain.moments import Moment
from ledger.ledger import Ledger
from projections.projection import Projection, Work
from projections.questions import Question
from projections.reader import clock
from projections.sql import sql

LARGEST_PAGE = 1_000
"""Deals of a page; one more is read where somebody asks whether there are more."""


class DealRow(NamedTuple):
    """One deal in a list. Dates as written; `recorded_at` is that of its last event."""

    deal_id: str
    title: str | None
    kind: str | None
    subject: str | None
    status: str | None
    phase: str | None
    parties: list[str]
    opened: str | None
    next_deadline_id: str | None
    next_due: str | None
    next_is_binding: bool | None
    version: int
    position: int
    recorded_at: Moment


def take_in(lines: Sequence[Line], work: Work) -> None:
    """Write the row of every deal of these lines that no later batch will write again."""
    for deal_id in dict.fromkeys(line.deal_id for line in lines):
        _write(deal_id, work, clock())


def refresh(work: Work, now: Moment) -> None:
    """Write anew the rows that time has changed."""
    due = work.connection.execute(
        "SELECT deal_id FROM deals WHERE changes_at <= to_timestamp(0) + %s * interval '1 microsecond' LIMIT 500",
        (now,),
    )
    for (deal_id,) in due.fetchall():
        _write(deal_id, work, now)


def _write(deal_id: str, work: Work, now: Moment) -> None:
    head = work.reader.ledger.deal_head(deal_id)
    if head is None or work.position < head.position <= work.head:
        return
    found, basis = work.reader.found(deal_id, Question(valid_at=iso(now)))
    work.connection.execute(
        sql("upsert_deal").encode(),
        {
            **row_of(found.sections),
            "deal_id": deal_id,
            "version": basis.known_version,
            "position": basis.known_position,
            "recorded_at": basis.known_at,
            "changes_at": found.next_transition_at,
        },
    )


def row_of(sections: dict[str, Any]) -> dict[str, Any]:
    deal, following = sections["deal"], sections["next_deadline"]
    deadline_id = following["binding"] or following["any"]
    due = sections["deadlines"][deadline_id]["due"] if deadline_id else None
    return {
        "exists_now": sections["exists"],
        "title": deal["title"],
        "kind": deal["kind"],
        "subject": deal["subject"],
        "status": sections["status"]["value"] if sections["status"] else None,
        "phase": sections["phase"],
        "parties": sorted(sections["parties"]),
        "opened": deal["opened"],
        "next_deadline_id": deadline_id,
        "next_due": due,
        "next_due_day": _day(due),
        "next_is_binding": following["binding"] is not None if deadline_id else None,
    }


def _day(due: str | None) -> date | None:
    return When.parse(due).last_day(UTC) if due else None


DEALS = Projection(name="deals", version=1, tables="deals", handle=take_in, refresh=refresh)


def list_deals(
    ledger: Ledger,
    *,
    status: str | None = None,
    phase: str | None = None,
    party: str | None = None,
    q: str | None = None,
    due_before: date | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[DealRow]:
    """A page of deals by id, those after the id `after`. Raises Busy."""
    with DEALS.reading(ledger) as connection:
        rows = connection.execute(
            sql("list_deals").encode(),
            {
                "status": status,
                "phase": phase,
                "party": party,
                "q": q,
                "due_before": due_before,
                "after": after,
                "limit": min(limit, LARGEST_PAGE + 1),
            },
            binary=True,
        )
        return [DealRow._make(row) for row in rows.fetchall()]
