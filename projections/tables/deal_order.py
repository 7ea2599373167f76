"""The orders of a list of deals, each by places that a page begins after: by deadline, by a value, by id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from psycopg.sql import SQL

from domain.time.instants import Moment
from projections.projection import Tables
from projections.tables.book_moment import Slice
from projections.tables.deadlines import PASSED, DeadlineRow
from projections.tables.summaries import Columns

Place = tuple[str | int, ...]
"""The sort key of a deal in an order; it ends with the id."""

BY_ID = "deal_id"
BY_DEADLINE = "due"

KINDS = ("NOT running AND standing = 'overdue'", "NOT running AND standing = 'past_due'", "running AND ahead > 0")
"""The kinds of deadlines by which a deal is listed, each with an index in the order of closing."""

WITHOUT = len(KINDS)
"""The rank of a deal without such a deadline."""

FIRST_MOMENT: Moment = -(2**63)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a deal that a list is ordered by."""

    expression: str
    """In SQL: never null."""

    type: type
    sql_type: str


VALUES: Mapping[str, Value] = {
    "title": Value('lower(coalesce(d.title, d.deal_id)) COLLATE "C"', str, "text"),
    "status": Value("coalesce(d.status, '') COLLATE \"C\"", str, "text"),
    "changed": Value("coalesce(last.position, 0)", int, "bigint"),
}

ORDERS = (BY_ID, BY_DEADLINE, *(sign + name for name in VALUES for sign in ("", "-")))
"""By id; by deadline, past due first; by a value, upwards or, with `-`, downwards."""


def place_types(order: str) -> tuple[type, ...]:
    """The types of the members of a place."""
    if order == BY_ID:
        return (str,)
    return (int, int, str) if order == BY_DEADLINE else (VALUES[order.lstrip("-")].type, str)


def read_places(
    tables: Tables, asked: Sequence[Slice], wanted: Mapping[str, Any], order: str, after: Place | None, limit: int
) -> list[Place]:
    """The places of at most so many deals, in an order by deadline or by a value, those after a place."""
    read = _by_deadline if order == BY_DEADLINE else _by_value
    pages = [read(tables, each, {**wanted, "limit": limit}, order, after) for each in asked]
    if order.startswith("-"):
        # Every member is compared downwards, the id too.
        return list(islice(merge(*pages, reverse=True), limit))
    return list(islice(merge(*pages), limit))


def _by_deadline(
    tables: Tables, asked: Slice, wanted: Mapping[str, Any], _order: str, after: Place | None
) -> Iterator[Place]:
    first, closes_at, deal_id = after or (0, FIRST_MOMENT, "")
    for rank, kind in enumerate(KINDS[int(first) :], int(first)):
        start = (closes_at, deal_id) if rank == first else (FIRST_MOMENT, "")
        place = {"closes_at": start[0], "after": start[1]}
        rows = asked.rows(tables, "deals_by_deadline", {**wanted, **place}, kind=SQL(kind))
        tables.rows.check("deadlines", ((row[0], row[-2], row[-1]) for row in rows))
        yield from ((rank, moment, name) for name, moment, *_ in rows)
    last = {"after": deal_id if first == WITHOUT else ""}
    for (name,) in asked.rows(tables, "deals_without_deadline", {**wanted, **last}):
        yield (WITHOUT, 0, name)


def _by_value(
    tables: Tables, asked: Slice, wanted: Mapping[str, Any], order: str, after: Place | None
) -> Iterator[Place]:
    value = VALUES[order.lstrip("-")]
    down = order.startswith("-")
    parts = {
        "value": SQL(value.expression), "type": SQL(value.sql_type), "beyond": SQL("<" if down else ">"),
        "direction": SQL("DESC" if down else "ASC"),
    }  # fmt: skip
    place = dict(zip(("value", "after"), after or (None, None), strict=True))
    yield from ((found, name) for name, found in asked.rows(tables, "deals_by_value", {**wanted, **place}, **parts))


def derived_place(order: str, deal_id: str, columns: Columns, rows: Sequence[DeadlineRow], position: int) -> Place:
    """The place of a deal with these columns and deadlines, of which so much of the log is known."""
    if order == BY_ID:
        return (deal_id,)
    if order == BY_DEADLINE:
        listed = min((_listed(row) for row in rows if row.standing in PASSED or row.ahead), default=None)
        return (WITHOUT, 0, deal_id) if listed is None else (min(listed[0], WITHOUT - 1), listed[1], deal_id)
    values = {
        "title": (columns["title"] or deal_id).lower(),
        "status": columns["status"] or "",
        "changed": position,
    }
    return (values[order.lstrip("-")], deal_id)


def _listed(row: DeadlineRow) -> tuple[int, Moment]:
    """How early a deadline lists its deal: past due first, and of those ahead one that binds before the others."""
    return PASSED.index(row.standing) if row.standing in PASSED else WITHOUT + 1 - row.ahead, row.closes_at
