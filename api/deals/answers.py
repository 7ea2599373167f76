"""Deals and deadlines as lists show them: each class is what is encoded and what is published of it."""

from typing import Annotated, NotRequired, TypedDict

from msgspec import Meta

from ledger.encoding.answer_fields import Instant
from projections.tables.answers import DeadlineRow
from projections.tables.last_changes import LastChange
from projections.tables.summaries import Condition
from projections.temporal.answers import BookDigestItem


class NextDeadlines(TypedDict):
    """The next binding deadline of a deal, the next of any force, and those that are overdue."""

    binding: str | None
    any: str | None
    overdue: list[str]


class OverdueDeadline(TypedDict):
    """A deadline that is past due without an outcome."""

    deadline_id: str
    due: str
    days_left: int
    obligation: str | None
    force: str | None


class DealRow(TypedDict):
    """A deal in the list of deals, as of now. Dates are as they were written."""

    deal_id: str
    title: str | None
    kind: str | None
    subject: str | None
    jurisdictions: list[str]
    status: str | None
    phase: str | None
    parties: list[str]
    opened: str | None
    next_due: Annotated[str | None, Meta(description="Of the next deadline that binds, else of the next of any force.")]
    next_obligation: str | None
    next_force: str | None
    overdue: Annotated[int, Meta(description="Open deadlines that are past due.")]
    most_overdue: Annotated[
        OverdueDeadline | None, Meta(description="The longest overdue of those that bind, else of all.")
    ]
    version: int
    position: int
    recorded_at: Instant
    days_left: Annotated[int | None, Meta(description="To next_due, in that deadline's own zone.")]
    next_deadline: NextDeadlines
    outstanding: Annotated[int, Meta(description="Conditions of closing that are outstanding.")]
    conditions: Annotated[list[Condition], Meta(description="The first ten of them.")]
    last_change: Annotated[
        LastChange | None, Meta(description="The last event recorded of those that had occurred; null by publication.")
    ]
    unreadable: Annotated[bool, Meta(description="The deal cannot be read; what is said of it is older.")]
    reason: NotRequired[Annotated[str, Meta(description="Why it cannot be read.")]]


class Deal(DealRow):
    """A deal, and where more of it is found."""

    exists: bool
    links: Annotated[
        dict[str, str],
        Meta(description="Where more of it is found, by what that is: state, events, replay, calendar, page ..."),
    ]


class UnreadableDeal(TypedDict):
    """A deal that cannot be read, and why."""

    deal_id: str
    reason: str


class Coverage(TypedDict):
    """The members of a page across deals beside its items."""

    as_of_position: Annotated[int, Meta(description="The last position of the log that the items cover.")]
    lag: Annotated[int, Meta(description="Events of the log that the items do not cover yet.")]
    unreadable: Annotated[
        list[UnreadableDeal], Meta(description="Deals that cannot be read, of which the items say nothing certain.")
    ]


class BookDigest(Coverage):
    """A page of the changes in several deals, by deal."""

    items: list[BookDigestItem]
    next: str | None


class BookBasis(TypedDict):
    """What an answer across deals rests on."""

    valid_at: Annotated[str, Meta(description="An instant; or a day, where it ends at another moment in some zone.")]
    known_at: Annotated[str | None, Meta(description="As it was asked for.")]
    known_position: Annotated[
        int | None, Meta(description="The last position that is known; null where it is another in some zone.")
    ]
    known_by: str
    layer: str
    permalink: Annotated[
        str | None, Meta(description="Gives the same answer for ever; null until a known day is over in every zone.")
    ]


class DealPage(Coverage):
    """A page of deals, by id."""

    basis: BookBasis
    items: list[DealRow]
    next: str | None


class DeadlinePage(Coverage):
    """A page of deadlines across deals."""

    basis: BookBasis
    items: list[DeadlineRow]
    next: str | None
