"""The calendar of the deadlines of all deals: of now, which is cached, and of another moment."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from api.deals.lists import Unreadable, folded_states, unreadable_deals
from api.runtime.tenant_services import TenantServices
from domain.state import State
from domain.time.instants import Moment
from projections.authentic_rows import read_authentic
from projections.cancellation import checked
from projections.projection import Tables
from projections.tables import deadlines as book
from projections.tables.deals import DEALS

ADVICE = "Subscribe to the deals one by one, at /v1/deals/{deal}/calendar.ics."
"""Advice for a calendar of all deals that is too costly."""

NAME = "Parley: deadlines"

Make = Callable[..., bytes]
"""Makes a calendar of states: projections.calendar_feed.feed with the parameters of the request."""


def read_calendar(log: TenantServices, make: Make, asked: Hashable) -> bytes:
    """The current deadlines of all deals as one calendar; `asked` are its parameters, part of the cache key.

    It is cached until a row changes, or a day more makes a deadline overdue for longer. Raises Busy, TooCostly.
    """

    now = log.reader.now()

    def read(tables: Tables | None) -> tuple[Moment, bytes | None, Iterable[Any], Moment | None, Unreadable]:
        moved_at = tables.moved_at if tables else 0
        made = log.calendars.find(asked, moved_at, now)
        if made is not None or tables is None:
            return moved_at, made, iter(()), None, []
        return moved_at, None, *book.read_states(tables, now), unreadable_deals(tables)

    moved_at, made, states, until, unreadable = read_authentic(log.ledger, DEALS, log.reader, read)
    if made is not None:
        return made
    content = make(checked(states), NAME, unreadable=_sentences(unreadable))
    log.calendars.store(asked, moved_at, content, until)
    return content


def read_calendar_at(log: TenantServices, valid_at: str, make: Make) -> bytes:
    """The same at another moment. Raises BadQuestion, TooCostly."""
    unreadable: Unreadable = []
    states = (
        ({**sections, "basis": {"known_version": basis.known_version}}, basis.known_at)
        for _, sections, basis in folded_states(log, valid_at, unreadable, _sections_of)
    )
    return make(states, NAME, unreadable=_sentences(unreadable))


def _sections_of(_: str, found: State) -> dict[str, Any]:
    return found.sections


def _sentences(unreadable: Unreadable) -> Iterator[str]:
    """One for each deal; the list may grow until the first is taken."""
    return (f"{each['deal_id']}: {each['reason']}" for each in unreadable)
