"""Deals as lists show them, at any valid and known time; the projection that holds them, with their deadlines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import orjson

from domain.errors import UnreadableDeal
from domain.state import State
from domain.time.instants import Moment
from ledger.ledger import Ledger
from projections.isolation import isolated
from projections.projection import Projection, Tables
from projections.sql import sql
from projections.state.state_reader import StateReader, clock
from projections.state.time_query import TimeQuery
from projections.tables import deadlines
from projections.tables.book_moment import Answer, Slice, statement
from projections.tables.deadline_pages import next_deadlines
from projections.tables.deadlines import DeadlineRow
from projections.tables.deal_order import BY_ID, Place, read_places
from projections.tables.derived_tables import CONDITION_TABLE, COVERAGE, DEAL_TABLE
from projections.tables.last_changes import last_change
from projections.tables.search import search_form
from projections.tables.summaries import (
    Columns,
    deal_columns,
    next_deadline_columns,
    outstanding_conditions,
    party_names,
)
from projections.tables.writer import PROJECTION, SIGNED, handle_events, opening_title, refresh

DEAL = DEAL_TABLE.signed

Rows = list[tuple[Any, ...]]

LARGEST_PAGE = 1_000
"""Deals of a page; one more is read to know whether there are more."""


class DealRow(NamedTuple):
    """One deal in a list. Dates as written; `recorded_at` is that of its last event."""

    deal_id: str
    title: str | None
    kind: str | None
    subject: str | None
    jurisdictions: list[str]
    tz: str
    status: str | None
    phase: str | None
    parties: list[str]
    opened: str | None
    next_deadline_id: str | None
    nearest_id: str | None
    next_due: str | None
    next_due_day: date | None
    next_tz: str | None
    next_is_binding: bool | None
    next_obligation: str | None
    next_force: str | None
    overdue: int
    overdue_ids: list[str]
    most_overdue: Mapping[str, Any] | None
    """Of the deadlines that are past due the first: what is said of it, its `due_day` and `tz`."""
    version: int
    position: int
    recorded_at: Moment
    outstanding: bytes | None
    """JSON: how many conditions of closing are outstanding, and the first of them by name; None without any."""

    last_change: bytes | None
    """JSON: the last event, where the tables hold its sentence."""

    named: bytes | None
    """JSON: what the parties are called, by id."""

    unreadable: str | None
    """Why the deal cannot be read; the row then has the values of an earlier version, as far as there is one."""


DEALS = Projection(
    name=PROJECTION, version=22, tables="deals_tables", handle=handle_events, refresh=refresh, signed=SIGNED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DealFilter:
    """Which deals are asked for."""

    status: str | None = None
    phase: str | None = None
    party: str | None = None
    kind: str | None = None
    jurisdiction: str | None = None
    q: str | None = None
    due_before: date | None = None
    overdue: bool | None = None
    unreadable: bool | None = None
    deals: tuple[str, ...] | None = None
    """The ids of the deals; None for all."""

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of a statement."""
        return {
            "status": self.status, "phase": self.phase, "party": search_form(self.party) if self.party else None,
            "kind": self.kind, "jurisdiction": self.jurisdiction, "q": search_form(self.q) if self.q else None,
            "due_before": self.due_before, "overdue": self.overdue, "unreadable": self.unreadable,
            "deals": None if self.deals is None else list(self.deals),
        }  # fmt: skip

    def matches(
        self, deal_id: str, columns: Columns, rows: Sequence[DeadlineRow], summaries: Sequence[str] = ()
    ) -> bool:
        """Whether a deal with these columns and deadlines is among them; `summaries`: of its events, folded."""
        day = columns["next_due_day"]
        return (
            all(
                wanted is None or columns[name] == wanted
                for name, wanted in (("status", self.status), ("phase", self.phase), ("kind", self.kind))
            )
            and (self.party is None or search_form(self.party) in columns["names"])
            and (self.jurisdiction is None or self.jurisdiction in columns["jurisdictions"])
            and (self.deals is None or deal_id in self.deals)
            and (
                self.q is None
                or _found(search_form(self.q), columns["words"], [*(row.words for row in rows), *summaries])
            )
            and (self.due_before is None or (day is not None and day < self.due_before))
            and (self.overdue is None or (columns["overdue"] > 0) == self.overdue)
            and not self.unreadable
        )


def _found(text: str, words: str, others: Sequence[str]) -> bool:
    """Whether a text occurs in what is said of a deal, or each of its words there or in other texts: the obligations of
    its deadlines, the summaries of its events."""
    every = {word for each in (words, *others) for word in _WORD.findall(each)}
    wanted = _WORD.findall(text)
    return text in words or (bool(wanted) and every.issuperset(wanted))


_WORD = re.compile(r"\w+")


ANY_DEAL = DealFilter()


def derive_rows(deal_id: str, found: State) -> tuple[Columns, list[DeadlineRow]]:
    """The columns of a deal and the rows of its deadlines, as its state has them."""
    rows = deadlines.derive_rows(deal_id, found, party_names(found.sections["parties"]))
    columns = deal_columns(deal_id, found.sections)
    told = {"outstanding": outstanding_conditions(found.sections)}
    return {**columns, **told, **next_deadline_columns(rows, columns["erased_next"])}, rows


def current_row(reader: StateReader, deal_id: str) -> tuple[DealRow, bool]:
    """The row of one deal at the head of the log, and whether the deal exists. Raises UnknownDeal, Busy."""
    head = reader.head(deal_id)
    told: dict[str, Any] = dict.fromkeys(DealRow._fields) | {
        "deal_id": deal_id, "jurisdictions": [], "tz": "UTC", "parties": [], "overdue": 0, "overdue_ids": [],
        "version": head.version, "position": head.position, "recorded_at": head.recorded_at,
    }  # fmt: skip
    try:
        found, _ = reader.state_on_query(deal_id, TimeQuery())
        with isolated(reader.ledger, deal_id, head.version):
            columns, _ = derive_rows(deal_id, found)
            history = reader.history(deal_id)
            told["last_change"] = orjson.dumps(last_change(reader, history, history.lines[-1]))
    except UnreadableDeal as fault:
        told |= {"title": opening_title(reader.ledger, deal_id), "unreadable": str(fault.extra["reason"])}
        return DealRow(**told), True
    return deal_row(told, columns), bool(found.sections["exists"])


def deal_row(told: dict[str, Any], columns: Columns) -> DealRow:
    """A row with these columns and the members beside them."""
    every = {**told, **columns}
    return DealRow._make(map(every.__getitem__, DealRow._fields))


def list_deals(ledger: Ledger, *, after: str | None = None, limit: int = LARGEST_PAGE, **wanted: Any) -> list[DealRow]:
    """A page of deals by id as of now, those after the id `after`; none where the table was never made. Raises Busy."""
    with DEALS.live_tables(ledger) as tables:
        return read_deals(tables, [Slice(clock())], DealFilter(**wanted), after, limit) if tables else []


def read_deals(
    tables: Tables, asked: Sequence[Slice], wanted: DealFilter, after: str | None, limit: int
) -> list[DealRow]:
    """A page of deals by id in a transaction that reads the tables, those after an id."""
    given = {**wanted.parameters, "after": after, "limit": min(limit, LARGEST_PAGE + 1)}
    pages = [(each, each.send(tables, "list_deals", given)) for each in asked]
    found = [(each, page.fetchall()) for each, page in pages]
    sent = [_Sent(tables, each, rows, [row[0] for row in rows]) for each, rows in found]
    return sorted((row for each in sent for row in each.rows()), key=lambda row: row.deal_id)[: given["limit"]]


def read_in_order(
    tables: Tables, asked: Sequence[Slice], wanted: DealFilter, order: str, after: Place | None, limit: int
) -> tuple[list[Place], list[DealRow]]:
    """A page of deals in an order, those after a place, each with its own."""
    if order == BY_ID:
        rows = read_deals(tables, asked, wanted, str(after[0]) if after else None, limit)
        return [(row.deal_id,) for row in rows], rows
    places = read_places(tables, asked, wanted.parameters, order, after, limit)
    ids = [str(place[-1]) for place in places]
    given = {**DealFilter(deals=tuple(ids)).parameters, "after": None, "limit": len(ids)}
    sent = [_Sent(tables, each, each.send(tables, "list_deals", given), ids) for each in asked] if ids else []
    found = {row.deal_id: row for each in sent for row in each.rows()}
    return places, [found[deal_id] for deal_id in ids]


class _Sent:
    """Deals of one slice, of which it was asked at once what their deadlines and their conditions say."""

    def __init__(self, tables: Tables, asked: Slice, deals: Rows | Answer, deal_ids: list[str]) -> None:
        self._tables, self._deals, self._ids = tables, deals, deal_ids
        self._deadlines = asked.send(tables, "next_deadlines", {"deals": deal_ids}) if deal_ids else None
        self._conditions = asked.send(tables, "conditions_of_deals", {"deals": deal_ids}) if deal_ids else None

    def rows(self) -> Iterator[DealRow]:
        """The deals. Raises NotAuthentic."""
        if self._deadlines is None or self._conditions is None:
            return
        found = self._deals if isinstance(self._deals, list) else self._deals.fetchall()
        rows = self._tables.rows
        rows.check_columns(DEAL, found)
        rows.check_columns(COVERAGE, found, DEAL.width)
        deadlines = next_deadlines(self._tables, self._deadlines, self._ids)
        outstanding = self._conditions.fetchall()
        rows.check_columns(CONDITION_TABLE.signed, outstanding)
        conditions = {deal_id: told for deal_id, *_, told, _ in outstanding}
        for row in found:
            told = {**_said(row), "outstanding": conditions.get(row[0])}
            yield deal_row(told, next_deadline_columns(deadlines[row[0]], told["erased_next"]))


def _said(row: tuple[Any, ...]) -> dict[str, Any]:
    """What a row says by itself: of the deal, how far its rows go, and of its last event on the basis."""
    deal = dict(zip(DEAL.columns, row, strict=False))
    coverage = dict(zip(COVERAGE.columns, row[DEAL.width :], strict=False))
    version, position, recorded_at = row[-3:]
    return {
        **deal,
        "version": version or 0, "position": position or 0, "recorded_at": recorded_at or 0,
        "unreadable": coverage["unreadable"],
        "last_change": coverage["change"] if version == coverage["version"] else None,
    }  # fmt: skip


def unreadable_count(ledger: Ledger) -> int:
    """How many deals cannot be read. Raises Busy."""
    with DEALS.live_tables(ledger) as tables:
        if tables is None:
            return 0
        [count] = tables.connection.execute(sql("count_unreadable").encode()).fetchone() or [0]
        return int(count)


def unreadable_deals(ledger: Ledger, limit: int = LARGEST_PAGE) -> list[tuple[str, str]]:
    """The deals that cannot be read, with the reason of each. Raises Busy."""
    with DEALS.live_tables(ledger) as tables:
        return unreadable_rows(tables, send_unreadable(tables, limit)) if tables else []


def send_unreadable(tables: Tables, limit: int, deals: Sequence[str] | None = None) -> Answer:
    """Ask for the first deals, or of these deals the first, that cannot be read: see `unreadable_rows`."""
    asked = {"limit": limit, "deals": None if deals is None else list(deals)}
    return tables.connection.execute(statement("unreadable_deals", asked), asked, binary=True)


def unreadable_rows(tables: Tables, found: Answer) -> list[tuple[str, str]]:
    """The deals that cannot be read, with the reason of each. Raises NotAuthentic."""
    rows = found.fetchall()
    tables.rows.check_columns(COVERAGE, rows)
    reason = COVERAGE.columns.index("unreadable")
    return [(row[0], row[reason]) for row in rows]
