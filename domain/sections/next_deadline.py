"""Which deadline comes next, and which are past due."""

from typing import TypedDict

from domain.entities.approval import Approval
from domain.entities.deadline import Deadline
from domain.entities.deal_calendar import DealCalendar
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.sections.deadline_dates import DueDate
from domain.sections.deadline_status import PAST_DUE
from domain.sections.deadlines import Deadlines
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member


class NextDeadline(TypedDict):
    """Ids of the next deadlines, and of those that are past due."""

    binding: str | None
    any: str | None
    reported: str | None
    overdue: list[str]


@section(
    wording=Wording(
        group=Group.DATES,
        rank=3,
        it=("the next deadline",),
        members={
            "binding": sentence_member(
                "The next binding deadline is {now}",
                "The next binding deadline is now {now} (before: {was})",
                "There is no longer a binding deadline ahead (before: {was})",
            ),
            "any": sentence_member(
                "The next deadline of any force is {now}",
                "The next deadline of any force is now {now} (before: {was})",
                "There is no longer a deadline of any force ahead (before: {was})",
                follows=("binding",),
            ),
            "reported": sentence_member(
                "The next deadline by reports alone is {now}",
                "The next deadline by reports alone is now {now} (before: {was})",
                "There is no longer a deadline by reports alone ahead (before: {was})",
            ),
            "overdue": sentence_member(
                "Overdue, with no outcome on record: {now}",
                "Overdue, with no outcome on record: {difference}",
                "There is no longer an overdue deadline (before: {was})",
            ),
        },
    ),
    depends_on=(Deadline, Order, Case, Approval, DealCalendar),
)
def next_deadline(deadlines: Deadlines, deadlines_by_facts: Deadlines) -> NextDeadline:
    """The nearest open deadlines: binding, of any force, and by reports alone."""
    facts = deadlines_by_facts
    nearest = _ahead(facts)
    binding = next((each for each in nearest if facts.all[each].binding), None)
    reported = next((each for each in _ahead(deadlines) if each not in facts.all), None)
    return {
        "binding": binding, "any": nearest[0] if nearest else None, "reported": reported, "overdue": _overdue(facts),
    }  # fmt: skip


def _ahead(deadlines: Deadlines) -> list[str]:
    """The open deadlines that are not past due, the nearest first; none that the end of the deal froze."""
    return [
        found.deadline.id
        for found in _by_due(deadlines)
        if found.open
        and found.at is None
        and found.due is not None
        and not deadlines.context.has_passed(found.due.closes + 1)
    ]


def _overdue(deadlines: Deadlines) -> list[str]:
    """The binding deadlines that are past due, the longest first; none that the end of the deal froze."""
    return [
        found.deadline.id
        for found in _by_due(deadlines)
        if found.status == PAST_DUE and found.binding and found.at is None
    ]


def _by_due(deadlines: Deadlines) -> list[DueDate]:
    dated = [(found.due.closes, found.deadline.id, found) for found in deadlines.all.values() if found.due is not None]
    return [found for _closes, _id, found in sorted(dated, key=lambda each: each[:2])]
