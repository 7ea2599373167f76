"""Pages of the stored deadlines of all deals, past due first, then by the closing moment; and those of a calendar."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date
from heapq import merge
from itertools import groupby, islice
from typing import Any

import orjson

from domain.time.instants import FUTURE, Moment, civil_day, end_of_day, zone
from projections.projection import Tables
from projections.tables.book_moment import Answer, Slice
from projections.tables.deadlines import FIRST_KEY, PASSED, STANDINGS, DeadlineFilter, DeadlineRow, SortKey
from projections.tables.derived_tables import DEADLINE_TABLE, DEAL_TABLE
from projections.tables.search import search_form

DEALS, DEADLINES = DEAL_TABLE.signed, DEADLINE_TABLE.signed

FIRST_VALUE = DEADLINES.columns.index(DEADLINE_TABLE.values[0])
"""The place of what a deadline says, behind the ids and the spans of time."""

Dated = tuple[DeadlineRow, Moment]
"""A deadline, and the moment at which it is so."""

NextDeadlines = dict[str, list[DeadlineRow]]
"""Of each deal its next deadlines and those that are past due."""


def read_page(
    tables: Tables, asked: Sequence[Slice], wanted: DeadlineFilter, after: SortKey, limit: int
) -> list[Dated]:
    """At most so many stored rows that are wanted, in order, those after a place; read through their index."""
    pages = [_Page(tables, each, wanted, limit).rows(after) for each in asked]
    return list(islice(merge(*pages, key=lambda dated: dated[0].sort_key), limit))


class _Page:
    """The wanted rows of one slice."""

    def __init__(self, tables: Tables, asked: Slice, wanted: DeadlineFilter, limit: int) -> None:
        self.tables, self.asked, self.wanted, self.limit = tables, asked, wanted, limit

    def rows(self, after: SortKey) -> Iterator[Dated]:
        """Those after a place, in order."""
        for rank in (STANDINGS.index(each) for each in self.wanted.standings):
            if rank < after[0]:
                continue
            place = after if rank == after[0] else (rank, *FIRST_KEY[1:])
            scans = [self._scan(place, running=False)]
            if STANDINGS[rank] == "open":
                first = max(place, (rank, self.asked.valid_at, "", ""))
                scans.append(self._scan(first, running=True))
            for row in merge(*scans, key=lambda row: row.sort_key):
                if self.wanted.due_soon_enough(row, self.asked.valid_at):
                    yield row, self.asked.valid_at

    def _scan(self, place: SortKey, *, running: bool) -> Iterator[DeadlineRow]:
        while True:
            rows = self._query(place, running)
            yield from rows
            if len(rows) < self.limit:
                return
            place = rows[-1].sort_key

    def _query(self, after: SortKey, running: bool) -> list[DeadlineRow]:
        """Rows of the standing of `after`."""
        wanted = self.wanted
        closes_by = FUTURE
        if wanted.within is not None:
            # A day more than by UTC on either side: no zone is further ahead. Each is then counted in its own.
            last = civil_day(self.asked.valid_at, UTC).toordinal() + wanted.within + 2
            closes_by = end_of_day(date.fromordinal(last), UTC) if last <= date.max.toordinal() else FUTURE
        rank, closes_at, deal_id, deadline_id = after
        found = self.asked.rows(
            self.tables,
            "list_deadlines",
            {
                "standing": STANDINGS[rank],
                "binding": wanted.binding,
                "force": wanted.force,
                "party": search_form(wanted.party) if wanted.party else None,
                "kind": wanted.kind,
                "jurisdiction": wanted.jurisdiction,
                "closes_by": closes_by,
                "deals": None if wanted.deals is None else list(wanted.deals),
                "closes_at": closes_at,
                "deal_id": deal_id,
                "deadline_id": deadline_id,
                "limit": self.limit,
            },
            running="running" if running else "NOT running",
        )
        return deadline_rows(self.tables, found)


def deadline_rows(tables: Tables, found: Sequence[tuple[Any, ...]]) -> list[DeadlineRow]:
    """The deadlines of rows that begin with the columns of their table. Raises NotAuthentic."""
    tables.rows.check_columns(DEADLINES, found)
    return [DeadlineRow(row[0], row[1], *row[FIRST_VALUE:-1]) for row in found]


def next_deadlines(tables: Tables, found: Answer, deal_ids: Sequence[str]) -> NextDeadlines:
    """Of each of these deals its next deadlines and those that are past due, of the statement `next_deadlines`: the
    entries of those alone that lists show. Raises NotAuthentic."""
    following: NextDeadlines = {deal_id: [] for deal_id in deal_ids}
    rows = found.fetchall()
    tables.rows.check_hashes(DEADLINES, rows)
    for row in rows:
        following[row[0]].append(DeadlineRow._make((*row[:2], *row[FIRST_VALUE:-3], row[-1] or b"")))
    return following


def read_states(
    tables: Tables, asked: Sequence[Slice], deals: Sequence[str] | None = None
) -> tuple[Iterator[tuple[dict[str, Any], Moment]], Moment | None]:
    """Of each deal with deadlines, or each of these, the part of its state that a calendar needs, and when it was last
    recorded; and the moment from which time alone makes it another: the next midnight that adds a day to one past due.

    The rows are read now, so that the connection is free while they are sent.
    """
    pages = [
        (each.valid_at, each.rows(tables, "deadlines_by_deal", {"deals": None if deals is None else list(deals)}))
        for each in asked
    ]
    dated = [(_dated(tables, rows), now) for now, rows in pages]
    turns = [
        end_of_day(civil_day(now, zone(row.tz)), zone(row.tz)) + 1
        for rows, now in dated
        for row, *_ in rows
        if row.standing in PASSED
    ]
    states = merge(*(_states(rows, now) for rows, now in dated), key=lambda found: found[0]["deal"]["id"])
    return states, min(turns, default=None)


def _dated(tables: Tables, found: Sequence[tuple[Any, ...]]) -> list[tuple[DeadlineRow, dict[str, Any], int, Moment]]:
    """Of each row the deadline, what is said of its deal, and the version and moment of that deal's last event."""
    tables.rows.check_columns(DEALS, found, DEADLINES.width)
    rows = deadline_rows(tables, [row[: DEADLINES.width] for row in found])
    deals = (dict(zip(DEALS.columns, row[DEADLINES.width :], strict=False)) for row in found)
    return [(row, deal, *last[-2:]) for row, deal, last in zip(rows, deals, found, strict=True)]


def _states(
    rows: Sequence[tuple[DeadlineRow, dict[str, Any], int, Moment]], now: Moment
) -> Iterator[tuple[dict[str, Any], Moment]]:
    for deal_id, group in groupby(rows, key=lambda each: each[0].deal_id):
        held = list(group)
        _, deal, version, recorded_at = held[0]
        deadlines = {row.deadline_id: {**orjson.loads(row.entry), "days_left": row.days_left(now)} for row, *_ in held}
        told = {"id": deal_id, "title": deal["title"], "tz": deal["tz"]}
        yield {"deal": told, "basis": {"known_version": version}, "deadlines": deadlines}, recorded_at
