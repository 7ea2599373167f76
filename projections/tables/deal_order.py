"""The orders of a list of deals, each by places that a page begins after: by deadline, by a value, by id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from domain.time.instants import Moment
from projections.projection import Tables
from projections.tables.book_moment import Slice
from projections.tables.deadlines import PASSED, DeadlineRow
from projections.tables.summaries import Columns

Place = tuple[str | int, ...]
"""The sort key of a deal in an order; it ends with the id."""

BY_ID = "deal_id"
BY_DEADLINE = "due"

KINDS = (
    {
        "kind": "NOT running AND standing = 'overdue'",
        "before": "standing = 'overdue' AND closes_at < l.closes_at",
        "listed": "true",
    },
    {
        "kind": "NOT running AND standing = 'past_due'",
        "before": "(standing = 'overdue' OR standing = 'past_due' AND closes_at < l.closes_at)",
        "listed": "true",
    },
    {
        "kind": "running AND ahead > 0",
        "before": "(standing IN ('overdue', 'past_due')"
        " OR ahead BETWEEN l.ahead AND 2 AND (closes_at, deadline_id) < (l.closes_at, l.deadline_id))",
        "listed": "l.ahead = 2",
    },
)
"""The kinds of deadlines by which a deal is listed, each with an index in the order of closing; which others of the
deal come before such a one; and whether it then lists the deal even where the next deadline that binds lies ahead."""

WITHOUT = len(KINDS)
"""The rank of a deal without such a deadline."""

MOST_CANDIDATES = 2_000
"""Rows of an index of which it is asked at once whether they list a deal that is wanted: first as many as are shown,
and twice as many where few do."""

FIRST_MOMENT: Moment = -(2**63)


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a deal that a list is ordered by."""

    expression: str
    """In SQL: never null."""

    type: type
    sql_type: str


VALUES: Mapping[str, Value] = {
    "title": Value("d.title_order", str, "text"),
    "status": Value("d.status_order", str, "text"),
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
    tables: Tables,
    asked: Sequence[Slice],
    wanted: Mapping[str, Any],
    order: str,
    after: Place | None,
    limit: int,
) -> list[Place]:
    """The places of at most so many deals, in an order by deadline or by a value, those after a place."""
    given = {**wanted, "limit": limit}
    if order == BY_DEADLINE:
        pages = [_by_deadline(tables, each, given, after) for each in asked]
    else:
        pages = [_by_value(tables, each, given, order, after) for each in asked]
    # Downwards every member is compared downwards, the id too.
    return list(islice(merge(*pages, reverse=order.startswith("-")), limit))


def _by_deadline(tables: Tables, asked: Slice, wanted: Mapping[str, Any], after: Place | None) -> Iterator[Place]:
    first, closes_at, deal_id = after or (0, FIRST_MOMENT, "")
    for rank in range(int(first), WITHOUT):
        start = (closes_at, deal_id) if rank == first else (FIRST_MOMENT, "")
        yield from _by_kind(tables, asked, wanted, rank, start)
    last, limit, more = str(deal_id) if first == WITHOUT else "", wanted["limit"], True
    while more:
        found = asked.rows(tables, "deals_without_deadline", {**wanted, "after": last, "limit": limit})
        yield from ((WITHOUT, 0, name) for name, listed in found if listed)
        more = len(found) == limit
        last = found[-1][0] if found else last
        if 4 * sum(1 for _, listed in found if listed) < limit:  # null: a filter compares what there is not
            limit = min(2 * limit, MOST_CANDIDATES)


def _by_kind(
    tables: Tables, asked: Slice, wanted: Mapping[str, Any], rank: int, start: tuple[str | int, str | int]
) -> Iterator[Place]:
    """The deals that a deadline of this kind lists: not those that one of an earlier kind or place lists already."""
    # Several deadlines of a deal may be past due, of which the first lists it.
    limit, more = min(2 * wanted["limit"], MOST_CANDIDATES), True
    if rank == WITHOUT - 1:
        start = max(start, (asked.valid_at, ""))  # what runs closes at or after the moment asked about
    while more:
        place = {"closes_at": start[0], "after": start[1], "limit": limit}
        found = asked.rows(tables, "deals_by_deadline", {**wanted, **place}, **KINDS[rank])
        listed = dict.fromkeys((rank, closes_at, name) for closes_at, name, listed in found if listed)
        yield from listed
        more = len(found) == limit
        start = found[-1][:2] if found else start
        if 4 * len(listed) < limit:
            limit = min(2 * limit, MOST_CANDIDATES)


def _by_value(
    tables: Tables, asked: Slice, wanted: Mapping[str, Any], order: str, after: Place | None
) -> Iterator[Place]:
    value = VALUES[order.lstrip("-")]
    down = order.startswith("-")
    parts = {
        "value": value.expression, "type": value.sql_type, "beyond": "<" if down else ">",
        "direction": "DESC" if down else "ASC",
    }  # fmt: skip
    place = dict(zip(("value", "after"), after or (None, None), strict=True))
    yield from ((found, name) for name, found in asked.rows(tables, "deals_by_value", {**wanted, **place}, **parts))


def derived_place(order: str, deal_id: str, columns: Columns, rows: Sequence[DeadlineRow], position: int) -> Place:
    """The place of a deal with these columns and deadlines, of which so much of the log is known."""
    if order == BY_ID:
        return (deal_id,)
    if order == BY_DEADLINE:
        return listing_place(deal_id, rows)
    values = {
        "title": columns["title_order"],
        "status": columns["status"] or "",
        "changed": position,
    }
    return (values[order.lstrip("-")], deal_id)


def listing_place(deal_id: str, rows: Sequence[DeadlineRow]) -> Place:
    """The place of a deal with these deadlines in the order by deadline."""
    listing = (_listed(row) for row in rows if row.standing in PASSED or (row.running and row.ahead))
    first = min(listing, default=None)
    return (WITHOUT, 0, deal_id) if first is None else (min(first[0], WITHOUT - 1), first[1], deal_id)


def _listed(row: DeadlineRow) -> tuple[int, Moment]:
    """How early a deadline lists its deal: past due first, and of those ahead one that binds before the others."""
    return PASSED.index(row.standing) if row.standing in PASSED else WITHOUT + 1 - row.ahead, row.closes_at
