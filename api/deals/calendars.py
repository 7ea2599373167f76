"""The calendar of the deadlines of all deals: of now, which is cached, and of any other moment."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from typing import Any

from api.deals.folded_lists import folded_states
from api.deals.lists import Unreadable, unreadable_deals
from api.runtime.tenant_services import TenantServices
from domain.state import State
from domain.time.instants import Moment
from projections.authentic_rows import read_authentic
from projections.cancellation import checked
from projections.projection import Tables
from projections.state.time_query import NOTHING_ASKED, TimeQuery
from projections.tables.book_moment import slices
from projections.tables.deadline_pages import read_states
from projections.tables.deals import DEALS

ADVICE = "Subscribe to the deals one by one, at /v1/deals/{deal}/calendar.ics."
"""Advice for a calendar of all deals that is too costly."""

NAME = "Parley: deadlines"

Make = Callable[..., bytes]
"""Makes a calendar of states: projections.calendar_feed.feed with the parameters of the request."""


def read_calendar(
    log: TenantServices, question: TimeQuery, make: Make, asked: Hashable, deals: tuple[str, ...] | None
) -> bytes:
    """The deadlines of all deals, or of these, as one calendar; `asked` are its parameters, part of the cache key.

    That of now is cached until a row changes, or a day more makes a deadline overdue for longer. Raises Busy,
    TooCostly, BadQuestion, InTheFuture, BeyondTheEnd.
    """
    current = question == replace(NOTHING_ASKED, layer=question.layer)
    key = (asked, question.layer, deals)

    def read(tables: Tables | None) -> tuple[Moment, bytes | None, Iterable[Any], Moment | None, Unreadable]:
        moved_at = tables.moved_at if tables else 0
        made = log.calendars.find(key, moved_at, log.reader.now()) if current else None
        if made is not None or tables is None:
            return moved_at, made, iter(()), None, []
        return (
            moved_at,
            None,
            *read_states(tables, slices(log.reader, tables, question), deals),
            unreadable_deals(tables, deals),
        )

    moved_at, made, states, until, unreadable = read_authentic(log.ledger, DEALS, log.reader, read)
    if made is not None:
        return made
    content = make(checked(states), NAME, unreadable=_sentences(unreadable))
    if current:
        log.calendars.store(key, moved_at, content, until)
    return content


def read_folded_calendar(log: TenantServices, question: TimeQuery, make: Make, deals: tuple[str, ...] | None) -> bytes:
    """The same of deals that are folded. Raises BadQuestion, TooCostly."""
    unreadable: Unreadable = []
    states = (
        ({**sections, "basis": {"known_version": basis.known_version}}, basis.known_at)
        for _, sections, basis in folded_states(log, question, unreadable, _sections_of, deals)
    )
    return make(states, NAME, unreadable=_sentences(unreadable))


def _sections_of(_: str, found: State) -> dict[str, Any]:
    return found.sections


def _sentences(unreadable: Unreadable) -> Iterator[str]:
    """One for each deal; the list may grow until the first is taken."""
    return (f"{each['deal_id']}: {each['reason']}" for each in unreadable)
