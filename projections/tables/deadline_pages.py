"""Pages of the stored deadlines of all deals, past due first, then by the closing moment; and those of a calendar."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date
from heapq import merge
from itertools import islice
from typing import Any

import orjson
from psycopg.sql import SQL

from domain.time.instants import FUTURE, Moment, civil_day, end_of_day, zone
from projections.projection import Tables
from projections.tables.book_moment import Slice
from projections.tables.deadlines import FIRST_KEY, PASSED, STANDINGS, DeadlineFilter, DeadlineRow, SortKey
from projections.tables.search import search_form

Dated = tuple[DeadlineRow, Moment]
"""A deadline, and the moment at which it is so."""


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
            running=SQL("running" if running else "NOT running"),
        )
        self.tables.rows.check("deadlines", ((row[0], row[-2], row[-1]) for row in found))
        return [DeadlineRow._make(row[:-2]) for row in found]


def read_next(tables: Tables, asked: Slice, deal_ids: Sequence[str]) -> dict[str, list[DeadlineRow]]:
    """Of each of these deals its next deadlines and those that are past due."""
    if not deal_ids:
        return {}
    rows = asked.rows(tables, "next_deadlines", {"deals": list(deal_ids)})
    tables.rows.check("deadlines", ((row[0], row[-2], row[-1]) for row in rows))
    found: dict[str, dict[str, DeadlineRow]] = {}
    for row in (DeadlineRow._make(row[:-2]) for row in rows):
        found.setdefault(row.deal_id, {})[row.deadline_id] = row
    return {deal_id: [*each.values()] for deal_id, each in found.items()}


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
    for _, rows in pages:
        tables.rows.check("deals", ((row[0], row[-4], row[-3]) for row in rows))
        tables.rows.check("deadlines", ((row[0], row[-2], row[-1]) for row in rows))
    turns = [
        end_of_day(civil_day(now, zone(row[8])), zone(row[8])) + 1
        for now, rows in pages
        for row in rows
        if row[9] in PASSED
    ]
    states = merge(*(_states(rows, now) for now, rows in pages), key=lambda found: found[0]["deal"]["id"])
    return states, min(turns, default=None)


def _states(rows: Sequence[tuple[Any, ...]], now: Moment) -> Iterator[tuple[dict[str, Any], Moment]]:
    state: dict[str, Any] = {}
    last: Moment = 0
    for deal_id, title, tz, version, recorded_at, name, entry, due_day, own_zone, *_ in rows:
        if not state or state["deal"]["id"] != deal_id:
            if state:
                yield state, last
            deal = {"id": deal_id, "title": title, "tz": tz}
            state, last = {"deal": deal, "basis": {"known_version": version}, "deadlines": {}}, recorded_at
        days = (due_day - civil_day(now, zone(own_zone))).days
        state["deadlines"][name] = {**orjson.loads(entry), "days_left": days}
    if state:
        yield state, last
