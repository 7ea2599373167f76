"""Lists across deals by publication: every deal is folded, within the bounds of a costly query."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

from api.deals import answers
from api.deals.book_basis import published_moment
from api.deals.deal_rows import row_to_json
from api.deals.lists import (
    UNREADABLE_NAMED,
    Page,
    Unreadable,
    cursor_of,
    deal_cursor_of,
    deal_place_of,
    place_of,
)
from api.runtime.tenant_services import TenantServices
from domain.basis import Basis
from domain.errors import UnreadableDeal
from domain.state import State
from projections.isolation import isolated
from projections.state.time_query import TimeQuery
from projections.tables.deadline_pages import Dated
from projections.tables.deadlines import DeadlineFilter, DeadlineRow
from projections.tables.deal_order import BY_ID, Place, derived_place
from projections.tables.deals import DealFilter, deal_row, derive_rows
from projections.tables.event_summaries import summaries_on
from projections.tables.last_changes import last_change_on
from projections.tables.summaries import Columns

T = TypeVar("T")


def list_deals(
    log: TenantServices, question: TimeQuery, wanted: DealFilter, order: str, cursor: str | None, limit: int
) -> Page:
    """One page of deals in an order; by id the cursor is the last id shown. Raises BadQuestion, TooCostly."""
    place = deal_place_of(cursor, order)
    position = log.ledger.hub.position
    moment = published_moment(question, position, log.current.at(position))
    found: list[tuple[Place, answers.DealRow, Basis]] = []
    unreadable: Unreadable = []
    for deal_id, (exists, columns, rows), basis in folded_states(
        log, question, unreadable, _columns_of, wanted.deals, cursor if order == BY_ID else None
    ):
        summaries = summaries_on(log.reader, deal_id, basis) if exists and wanted.q else ()
        if exists and wanted.matches(deal_id, columns, rows, summaries):
            told = {"deal_id": deal_id, "version": basis.known_version, "position": basis.known_position,
                    "recorded_at": basis.known_at, "unreadable": None, "last_change": None}  # fmt: skip
            own = derived_place(order, deal_id, columns, rows, basis.known_position)
            found.append((own, row_to_json(deal_row(told, columns), basis.valid_at), basis))
        if order == BY_ID and len(found) > limit:
            break
    down = order.startswith("-")
    found.sort(key=lambda each: each[0], reverse=down)
    if place is not None:
        found = [each for each in found if (each[0] < place if down else each[0] > place)]
    more = deal_cursor_of([own for own, _, _ in found], order, limit)
    items = [_with_last_change(log, row, basis) for _, row, basis in found[:limit]]
    return Page(items, more, position, 0, unreadable[:UNREADABLE_NAMED], moment)


def _with_last_change(log: TenantServices, row: answers.DealRow, basis: Basis) -> answers.DealRow:
    with isolated(log.ledger, row["deal_id"], basis.known_version):
        return {**row, "last_change": last_change_on(log.reader, row["deal_id"], basis)}


def _columns_of(deal_id: str, found: State) -> tuple[bool, Columns, list[DeadlineRow]]:
    return bool(found.sections["exists"]), *derive_rows(deal_id, found)


def list_deadlines(
    log: TenantServices, question: TimeQuery, wanted: DeadlineFilter, cursor: str | None, limit: int
) -> Page:
    """One page of deadlines, past due first; those without a day come last. Raises BadQuestion, TooCostly."""
    after = place_of(cursor)
    position = log.ledger.hub.position
    moment = published_moment(question, position, log.current.at(position))
    found: list[Dated] = []
    unreadable: Unreadable = []
    for _, (columns, rows), basis in folded_states(log, question, unreadable, derive_rows, wanted.deals):
        at = basis.valid_at
        found += [(row, at) for row in rows if wanted.matches(row, columns, at) and row.sort_key > after]
    found.sort(key=lambda dated: dated[0].sort_key)
    items = [row.to_json(at) for row, at in found[:limit]]
    return Page(items, cursor_of(found, limit), position, 0, unreadable[:UNREADABLE_NAMED], moment)


def folded_states(
    log: TenantServices,
    question: TimeQuery,
    unreadable: Unreadable,
    take: Callable[[str, State], T],
    deals: Collection[str] | None,
    after: str | None = None,
) -> Iterator[tuple[str, T, Basis]]:
    """The result of a function for the state of every deal, or of these, those after an id; unreadable deals are named
    in `unreadable`.

    Raises BadQuestion, TooCostly.
    """
    for head in log.ledger.deals():
        if (after is not None and head.deal_id <= after) or (deals is not None and head.deal_id not in deals):
            continue
        try:
            found, basis = log.reader.state_on_query(head.deal_id, question)
            with isolated(log.ledger, head.deal_id, head.version):
                taken = take(head.deal_id, found)
        except UnreadableDeal as fault:
            unreadable.append({"deal_id": head.deal_id, "reason": str(fault.extra["reason"])})
        else:
            yield head.deal_id, taken, basis
