"""Lists across deals: the deals themselves and their deadlines.

By recorded knowledge they are read from the tables of deals, at any valid and known time, and state the position of the
log that these cover. By publication every deal is folded, within the bounds of a costly query. Unreadable deals are
named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date
from time import monotonic

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.deals import answers, list_tables
from api.deals.book_basis import BookMoment, recorded_moment
from api.deals.deal_rows import row_to_json
from api.http import pagination, responses
from api.http.authentication import Caller
from api.http.deal_filter import deals_of_list
from api.runtime.tenant_services import TenantServices
from api.runtime.worker_reports import TableProgress
from domain.errors import Busy
from domain.time.edtf import parse_day_or_moment
from domain.time.instants import Moment, civil_day
from projections import csv_cells
from projections.authentic_rows import read_authentic
from projections.batch_update import BATCH_EVENTS, position_of
from projections.projection import Tables
from projections.rebuild import catch_up
from projections.state.time_query import NOTHING_ASKED, TimeQuery
from projections.tables.answers import DeadlineRow as DeadlineRowAnswer
from projections.tables.book_moment import Answer, Slice, check_question, slices
from projections.tables.deadline_pages import Dated, read_page
from projections.tables.deadlines import FIRST_KEY, STANDINGS, DeadlineFilter, SortKey
from projections.tables.deal_order import BY_ID, Place, place_types
from projections.tables.deals import (
    DEALS,
    DealFilter,
    DealRow,
    read_in_order,
    send_unreadable,
    unreadable_rows,
)
from projections.tables.last_changes import DealVersion, LastChange, occurred_by, read_last_changes, stored_change

ADVICE = "Ask with known_by=recorded, which is read from a table, or about one deal at /v1/deals/{deal}/state."
"""Advice for a query over all deals by publication that is too costly."""

GRACE_SECONDS = 0.5
"""Time that a list waits for the most recent events; then it is answered as it is."""

LOOK_SECONDS = 0.1
"""Interval of polling the progress of a table that another process updates."""

FORMS = (responses.JSON, csv_cells.TYPE)
"""The forms of a page of a list."""

UNREADABLE_NAMED = 100
"""Deals that cannot be read, named beside a page; GET /v1/deals?unreadable=true lists all of them."""

Unreadable = list[answers.UnreadableDeal]
Items = Sequence[answers.DealRow | DeadlineRowAnswer]


@dataclass(frozen=True, slots=True)
class Page:
    """Items, the cursor of the next page, and the position of the log that they cover."""

    items: Items
    next: str | None
    as_of_position: int
    lag: int
    """Events of the log that the items do not cover yet."""
    unreadable: Unreadable
    moment: BookMoment

    def answer(self, request: Request, columns: Sequence[str]) -> Response:
        """The response to a request: JSON, or a table of these columns. Raises NotAcceptable."""
        if responses.acceptable(request, *FORMS) == csv_cells.TYPE:
            return responses.table_response(request, list_tables.csv_table(columns, self.items).encode(), self.next)
        covered: answers.Coverage = {
            "as_of_position": self.as_of_position, "lag": self.lag, "unreadable": self.unreadable,
        }  # fmt: skip
        beside = {"basis": self.moment.basis(request), **covered}
        return responses.page_response(request, self.items, self.next, beside=beside)


async def ids_of_list(who: Caller, name: str | None) -> tuple[str, ...] | None:
    """The deals of a list, as a filter; None without a name. Raises UnknownList, Busy."""
    if name is None:
        return None
    deals = await run_in_threadpool(deals_of_list, who, name)
    return None if deals is None else tuple(deals)


async def is_stored(log: TenantServices, question: TimeQuery, min_position: str | None) -> bool:
    """Whether a question across deals is answered from the tables, which are waited for; else every deal is folded.

    Raises BadQuestion, InTheFuture, BeyondTheEnd, and Busy as `wait_for_table`.
    """
    if question != NOTHING_ASKED:
        await run_in_threadpool(check_question, log.reader, question)
    if question.known_by != "recorded":
        return False
    await wait_for_table(log, min_position)
    return True


async def wait_for_table(log: TenantServices, min_position: str | None) -> None:
    """Wait for the table to reach the requested position, or briefly for the current head.

    Raises Busy if a requested position is not reached in time. A table that is far behind is not waited for.
    """
    progress = log.progress
    if progress is None:
        await run_in_threadpool(catch_up, log.ledger, DEALS, log.reader)
        return
    if min_position is not None:
        await _wait_for_position(log, progress, int(min_position))
        return
    wanted = log.ledger.hub.position
    if log.ledger.standby or not progress.leading:
        await _reached(log, progress, wanted, GRACE_SECONDS)
    elif wanted - progress.reached.position(DEALS.name) <= BATCH_EVENTS:
        await progress.reached.wait_for(DEALS.name, wanted, GRACE_SECONDS)


async def _wait_for_position(log: TenantServices, progress: TableProgress, position: int) -> None:
    """Wait for the table to reach a position. Raises Busy if it does not in time."""
    reached = await _reached(log, progress, position, limits.POSITION_WAIT_SECONDS)
    if reached < position:
        raise Busy(
            f"The deal table covers the log up to position {reached}, not yet {position}; try again in a moment.",
            extra={"retry_after": 1},
        )


async def _reached(log: TenantServices, progress: TableProgress, position: int, seconds: float) -> int:
    """The position that the table has reached, within a time if it is less than the one that is waited for."""
    reached, until = progress.reached.position(DEALS.name), monotonic() + seconds
    while reached < position and (remaining := until - monotonic()) > 0:
        if not progress.leading:  # another process updates the table, which does not report it to this one
            reached = await run_in_threadpool(position_of, log.ledger, DEALS)
            progress.reached.advance(DEALS.name, reached)
        if reached >= position:
            return reached
        if await progress.reached.wait_for(DEALS.name, position, remaining if progress.leading else LOOK_SECONDS):
            return position
    return reached


def list_deals(
    log: TenantServices, question: TimeQuery, wanted: DealFilter, order: str, cursor: str | None, limit: int
) -> Page:
    """One page of deals in an order; the cursor is the place of the last one shown, by id the id itself.

    Raises Busy, BadQuestion, InTheFuture, BeyondTheEnd.
    """
    after = deal_place_of(cursor, order)
    head = log.ledger.hub.position
    now = log.current.at(head)

    def read(tables: Tables | None) -> Page:
        if tables is None:
            return _empty_page(question, head, now)
        asked = slices(log.reader, tables, question, now)
        unreadable = send_unreadable(tables, UNREADABLE_NAMED, wanted.deals)
        places, rows = read_in_order(tables, asked, wanted, order, after, limit + 1)
        more = deal_cursor_of(places, order, limit)
        changes = _earlier_changes(tables, asked, question, rows[:limit])
        items = [row_to_json(row, _slice_of(row, asked).valid_at, changes.get(row.deal_id)) for row in rows[:limit]]
        return _page(tables, _Asked(question, asked, head, now), items, more, unreadable)

    return read_authentic(log.ledger, DEALS, log.reader, read)


def _earlier_changes(
    tables: Tables, asked: Sequence[Slice], question: TimeQuery, rows: Sequence[DealRow]
) -> dict[str, LastChange]:
    """The last changes of deals of which the tables hold none, or one after the day asked about."""
    about = question.valid_at or question.known_at
    read = parse_day_or_moment(about) if about else None
    day = civil_day(read, UTC) if isinstance(read, int) else read
    changes: dict[str, LastChange] = {}
    for each in asked:
        wanted = [
            DealVersion(row.deal_id, row.version, orjson.loads(row.named) if row.named else {})
            for row in rows
            if _slice_of(row, asked) is each and row.unreadable is None and not _is_stored(row, day)
        ]
        changes |= read_last_changes(tables, each, day, wanted)
    return changes


def _is_stored(row: DealRow, day: date | None) -> bool:
    """Whether the tables hold the last change of a deal, and it had occurred by a day."""
    stored = stored_change(row.last_change)
    return stored is not None and occurred_by(stored, day)


def _slice_of(row: DealRow, asked: Sequence[Slice]) -> Slice:
    """The slice of the zone of a deal, from whose moment its days are counted."""
    return next(each for each in asked if each.zones is None or row.tz in each.zones)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question across deals, and the end of the log and the moment when it was asked."""

    question: TimeQuery
    slices: Sequence[Slice]
    head: int
    now: Moment


def _page(tables: Tables, asked: _Asked, items: Items, more: str | None, unreadable: Answer) -> Page:
    position = tables.position
    moment = recorded_moment(asked.question, asked.slices, position, asked.now)
    lag = max(0, asked.head - position)
    return Page(items, more, position, lag, _named(tables, unreadable), moment)


def _empty_page(question: TimeQuery, head: int, now: Moment) -> Page:
    """The page of a log whose tables were never made."""
    return Page([], None, 0, head, [], recorded_moment(question, (), 0, now))


def unreadable_deals(tables: Tables, deals: Sequence[str] | None) -> Unreadable:
    """The deals that cannot be read, or those of these, as the table has them; the first UNREADABLE_NAMED."""
    return _named(tables, send_unreadable(tables, UNREADABLE_NAMED, deals))


def _named(tables: Tables, found: Answer) -> Unreadable:
    return [{"deal_id": name, "reason": reason} for name, reason in unreadable_rows(tables, found)]


def deal_place_of(cursor: str | None, order: str) -> Place | None:
    """The place of a cursor in an order of deals. Raises BadQuestion for one of another list or order."""
    if cursor is None or order == BY_ID:
        return None if cursor is None else (cursor,)
    own, *place = pagination.decode_cursor(cursor, str, *place_types(order))
    if own != order:
        raise pagination.foreign_cursor(order)
    return tuple(place)


def deal_cursor_of(places: Sequence[Place], order: str, limit: int) -> str | None:
    """The cursor of the last deal shown, if there are more: by id the id itself."""
    if len(places) <= limit:
        return None
    last = places[limit - 1]
    return str(last[-1]) if order == BY_ID else pagination.encode_cursor(order, *last)


def list_deadlines(
    log: TenantServices, question: TimeQuery, wanted: DeadlineFilter, cursor: str | None, limit: int
) -> Page:
    """One page of deadlines, past due first; those without a day come last.

    Raises Busy, BadQuestion, InTheFuture, BeyondTheEnd.
    """
    after = place_of(cursor)
    head = log.ledger.hub.position
    now = log.current.at(head)

    def read(tables: Tables | None) -> Page:
        if tables is None:
            return _empty_page(question, head, now)
        asked = slices(log.reader, tables, question, now)
        unreadable = send_unreadable(tables, UNREADABLE_NAMED, wanted.deals)
        rows = read_page(tables, asked, wanted, after, limit + 1)
        items = [row.to_json(at) for row, at in rows[:limit]]
        return _page(tables, _Asked(question, asked, head, now), items, cursor_of(rows, limit), unreadable)

    return read_authentic(log.ledger, DEALS, log.reader, read)


def cursor_of(rows: Sequence[Dated], limit: int) -> str | None:
    """An opaque cursor of the last deadline shown, if there are more."""
    if len(rows) <= limit:
        return None
    return pagination.encode_cursor(*rows[limit - 1][0].sort_key)


def place_of(cursor: str | None) -> SortKey:
    """Raises BadQuestion for an invalid cursor of a list of deadlines."""
    if cursor is None:
        return FIRST_KEY
    rank, closes_at, deal_id, deadline_id = pagination.decode_cursor(cursor, int, int, str, str)
    if not 0 <= rank < len(STANDINGS):
        raise pagination.foreign_cursor()
    return rank, closes_at, deal_id, deadline_id
