"""Lists across deals: the deals themselves and their deadlines.

By recorded knowledge they are read from the tables of deals, at any valid and known time, and state the position of the
log that these cover. By publication every deal is folded, within the bounds of a costly query. Unreadable deals are
named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from time import monotonic
from typing import TypeVar
from urllib.parse import quote

import orjson
from starlette.concurrency import run_in_threadpool

from api import limits
from api.deals import answers
from api.http import pagination
from api.http.authentication import Caller
from api.http.deal_filter import deals_of_list
from api.runtime.tenant_services import TenantServices
from api.runtime.worker_reports import TableProgress
from domain.errors import Busy
from domain.time.instants import Moment, civil_day, iso, zone
from projections.authentic_rows import read_authentic
from projections.batch_update import BATCH_EVENTS, position_of
from projections.projection import Tables
from projections.rebuild import catch_up
from projections.state.time_query import NOTHING_ASKED, TimeQuery
from projections.tables.answers import DeadlineRow as DeadlineRowAnswer
from projections.tables.book_moment import Slice, check_question, slices
from projections.tables.deadline_pages import Dated, read_page
from projections.tables.deadlines import FIRST_KEY, STANDINGS, DeadlineFilter, SortKey
from projections.tables.deals import (
    DEALS,
    DealFilter,
    DealRow,
    current_row,
    read_deals,
    read_unreadable,
)

T = TypeVar("T")

ADVICE = "Ask with known_by=recorded, which is read from a table, or about one deal at /v1/deals/{deal}/state."
"""Advice for a query over all deals by publication that is too costly."""

GRACE_SECONDS = 0.5
"""Time that a list waits for the most recent events; then it is answered as it is."""

LOOK_SECONDS = 0.1
"""Interval of polling the progress of a table that another process updates."""

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

    @property
    def members(self) -> answers.Coverage:
        """Members of the response beside the items."""
        return {"as_of_position": self.as_of_position, "lag": self.lag, "unreadable": self.unreadable}


def ids_of_list(who: Caller, name: str | None) -> tuple[str, ...] | None:
    """The deals of a list, as a filter; None without a name. Raises UnknownList, Busy."""
    deals = deals_of_list(who, name)
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
    if not progress.leading or wanted - progress.reached.position(DEALS.name) <= BATCH_EVENTS:
        await progress.reached.wait_for(DEALS.name, wanted, GRACE_SECONDS if progress.leading else LOOK_SECONDS)


async def _wait_for_position(log: TenantServices, progress: TableProgress, position: int) -> None:
    """Wait for the table to reach a position. Raises Busy if it does not in time."""
    reached, until = 0, monotonic() + limits.POSITION_WAIT_SECONDS
    while (remaining := until - monotonic()) > 0:
        if await progress.reached.wait_for(DEALS.name, position, remaining if progress.leading else LOOK_SECONDS):
            return
        # Another process updates the table, which does not report it to this one.
        reached = await run_in_threadpool(position_of, log.ledger, DEALS)
        if reached >= position:
            return
    raise Busy(
        f"The deal table covers the log up to position {reached}, not yet {position}; try again in a moment.",
        extra={"retry_after": 1},
    )


def list_deals(log: TenantServices, question: TimeQuery, wanted: DealFilter, cursor: str | None, limit: int) -> Page:
    """One page of deals in the order of their ids; the cursor is the last id shown.

    Raises Busy, BadQuestion, InTheFuture, BeyondTheEnd.
    """
    head = log.ledger.hub.position

    def read(tables: Tables | None) -> Page:
        if tables is None:
            return Page([], None, 0, head, [])
        asked = slices(log.reader, tables, question)
        rows = read_deals(tables, asked, wanted, cursor, limit + 1)
        more = rows[limit - 1].deal_id if len(rows) > limit else None
        return _page(head, tables, [row_to_json(row, _moment_of(row, asked)) for row in rows[:limit]], more)

    return read_authentic(log.ledger, DEALS, log.reader, read)


def _moment_of(row: DealRow, asked: Sequence[Slice]) -> Moment:
    """The moment from which the days of a deal are counted: that of the slice of its zone."""
    return next(each.valid_at for each in asked if each.zones is None or row.tz in each.zones)


def _page(head: int, tables: Tables, items: Items, more: str | None) -> Page:
    return Page(items, more, tables.position, max(0, head - tables.position), unreadable_deals(tables))


def unreadable_deals(tables: Tables) -> Unreadable:
    """The deals that cannot be read, as the table has them; the first UNREADABLE_NAMED."""
    return [{"deal_id": name, "reason": reason} for name, reason in read_unreadable(tables, UNREADABLE_NAMED)]


def row_to_json(row: DealRow, now: Moment) -> answers.DealRow:
    """A row, with `next_deadline` as in a state: the next binding one, and the next of any force."""
    days_left = None
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
        "most_overdue": _with_days_left(row.most_overdue, now),
        "unreadable": row.unreadable is not None,
    }
    if row.unreadable is not None:
        told["reason"] = row.unreadable
    return told


def _with_days_left(most_overdue: bytes | None, now: Moment) -> answers.OverdueDeadline | None:
    """The deadline of a row that has been overdue for the longest time, with its negative days left."""
    if most_overdue is None:
        return None
    first = orjson.loads(most_overdue)
    day, here = date.fromisoformat(first["due_day"]), zone(first["tz"])
    return {
        "deadline_id": first["deadline_id"],
        "obligation": first["obligation"],
        "force": first["force"],
        "due": first["due"],
        "days_left": (day - civil_day(now, here)).days,
    }


def read_deal(log: TenantServices, deal_id: str) -> answers.Deal:
    """One deal as in a list, at the head of the log, with links to its resources."""
    row, exists = current_row(log.reader, deal_id)
    here = f"/v1/deals/{quote(deal_id)}"
    links = {name: f"{here}/{path}" for name, path in LINKS.items()}
    told: answers.Deal = {
        **row_to_json(row, log.reader.now()),
        "exists": exists,
        "links": {"self": here, **links, "page": here[3:]},
    }
    return told


LINKS = {
    "calendar": "calendar.ics", **{
        name: name for name in ("state", "events", "diff", "digest", "replay", "bundle", "timegate", "timemap")
    },
}  # fmt: skip
"""Resources of a deal -> path below the deal."""


def list_deadlines(
    log: TenantServices, question: TimeQuery, wanted: DeadlineFilter, cursor: str | None, limit: int
) -> Page:
    """One page of deadlines, past due first; those without a day come last.

    Raises Busy, BadQuestion, InTheFuture, BeyondTheEnd.
    """
    after = place_of(cursor)
    head = log.ledger.hub.position

    def read(tables: Tables | None) -> Page:
        if tables is None:
            return Page([], None, 0, head, [])
        rows = read_page(tables, slices(log.reader, tables, question), wanted, after, limit + 1)
        return _page(head, tables, [row.to_json(at) for row, at in rows[:limit]], cursor_of(rows, limit))

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
