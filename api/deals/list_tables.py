"""The lists across deals as tables: a row for each item, a column for each member that has one value."""

from collections.abc import Mapping, Sequence
from typing import Any

from projections import csv_cells

DEAL_COLUMNS = (
    "deal_id", "title", "status", "phase", "kind", "subject", "jurisdictions", "parties", "opened", "next_due",
    "days_left", "next_obligation", "next_force", "next_deadline.binding", "next_deadline.any", "overdue",
    "most_overdue.deadline_id", "most_overdue.obligation", "most_overdue.due", "most_overdue.days_left", "outstanding",
    "conditions", "last_change.occurred", "last_change.type", "last_change.text", "version", "position", "recorded_at",
    "unreadable",
)  # fmt: skip
DEADLINE_COLUMNS = (
    "deal_id", "deadline_id", "obligation", "force", "binding", "due", "days_left", "working_days_left", "status",
    "set_by", "obligor", "tz",
)  # fmt: skip

BETWEEN = "; "
"""What separates several values in a cell."""


def csv_table(columns: Sequence[str], items: Sequence[Mapping[str, Any]]) -> str:
    """Items as CSV with a byte order mark, the names of the columns first."""
    return csv_cells.MARK + csv_cells.csv_lines([columns]) + csv_rows(columns, items)


def csv_rows(columns: Sequence[str], items: Sequence[Mapping[str, Any]]) -> str:
    """Items as lines of CSV."""
    return csv_cells.csv_lines([_cell(item, column) for column in columns] for item in items)


def _cell(item: Mapping[str, Any], column: str) -> object:
    """A member, or one of a member (`last_change.text`); of entries the names."""
    value: Any = item
    for name in column.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return BETWEEN.join(str(each["name"] if isinstance(each, Mapping) else each) for each in value)
    return value
