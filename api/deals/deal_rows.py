"""A deal as the lists of deals show it."""

from collections.abc import Mapping
from typing import Any

import orjson

from api.deals import answers
from domain.time.instants import Moment, civil_day, iso, zone
from projections.tables.deals import DealRow
from projections.tables.last_changes import LastChange, stored_change
from projections.tables.summaries import Outstanding


def row_to_json(row: DealRow, now: Moment, change: LastChange | None = None) -> answers.DealRow:
    """A row, with its last change where it holds none, and `next_deadline` as in a state: the next that binds, and the
    next of any force."""
    days_left, stored = None, stored_change(row.last_change)
    conditions: Outstanding = orjson.loads(row.outstanding) if row.outstanding else {"outstanding": 0, "conditions": []}
    if row.next_due_day is not None and row.next_tz is not None:
        days_left = (row.next_due_day - civil_day(now, zone(row.next_tz))).days
    told: answers.DealRow = {
        "deal_id": row.deal_id,
        "title": row.title,
        "kind": row.kind,
        "subject": row.subject,
        "jurisdictions": row.jurisdictions,
        "status": row.status,
        "phase": row.phase,
        "parties": row.parties,
        "opened": row.opened,
        "next_due": row.next_due,
        "next_obligation": row.next_obligation,
        "next_force": row.next_force,
        "overdue": row.overdue,
        "version": row.version,
        "position": row.position,
        "recorded_at": iso(row.recorded_at),
        "days_left": days_left,
        "next_deadline": {
            "binding": row.next_deadline_id if row.next_is_binding else None,
            "any": row.nearest_id,
            "overdue": row.overdue_ids,
        },
        "outstanding": conditions["outstanding"],
        "conditions": conditions["conditions"],
        # What is stored has the names of the deal.
        "last_change": stored if change is None or (stored and stored["event_id"] == change["event_id"]) else change,
        "most_overdue": _with_days_left(row.most_overdue, now),
        "unreadable": row.unreadable is not None,
    }
    if row.unreadable is not None:
        told["reason"] = row.unreadable
    return told


def _with_days_left(first: Mapping[str, Any] | None, now: Moment) -> answers.OverdueDeadline | None:
    """The deadline of a row that has been overdue for the longest time, with its negative days left."""
    if first is None:
        return None
    return {
        "deadline_id": first["deadline_id"],
        "obligation": first["obligation"],
        "force": first["force"],
        "due": first["due"],
        "days_left": (first["due_day"] - civil_day(now, zone(first["tz"]))).days,
    }
