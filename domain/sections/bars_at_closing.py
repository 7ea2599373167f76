"""What barred the closing of a deal when it was closed all the same (rule 4)."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.entities.approval import GRANTED, Approval
from domain.entities.base import Occurrence
from domain.entities.order import Order
from domain.sections.approvals import Approvals, quashed_by
from domain.sections.context import Context, owed
from domain.sections.orders import LegalStatuses


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar on closing that held when the deal was closed."""

    id: str
    why: str
    because: tuple[str, ...]


def bars_at_closing(context: Context, at_end: LegalStatuses, approvals: Approvals) -> Iterator[Bar]:
    """Relief, orders and suspensory approvals that barred the closing at its place in the record.

    `at_end`: the legal statuses at the end of the deal, which is the closing unless it was terminated before.
    """
    closed = context.deal_entity.closed
    if closed is None:
        return
    legal_statuses = at_end if context.end is closed else LegalStatuses(context, closed.key[0], closed.key)
    for case, relief in legal_statuses.live:
        if "closing" in legal_statuses.targets(case, relief.targets):
            named = legal_statuses.relief_because(case, relief)
            yield Bar(case.id, f"the {relief.relief.replace('_', ' ')} in {case.id} barred it", named)
    for order in context.every(Order):
        status, because = legal_statuses.statuses[order.id]
        lifted = order.unbarred is not None and order.unbarred.key > closed.key
        if status == "in_force" and ("closing" in order.bars or lifted):
            yield Bar(order.id, f"the order {order.id} barred it", (*because, *owed(order, "bars")))
    for approval in approvals.all:
        status, because = _status(legal_statuses, approval, closed)
        uncleared = status is not None and status not in GRANTED and status != "withdrawn"
        if approval.suspensory and uncleared and approvals.needed(approval):
            made = (
                *because,
                *owed(approval, "suspensory", "only_if"),
                *approvals.variants.causes(approval.only_if),
            )
            yield Bar(approval.id, f"{approval.id}, which is suspensory, was {status}", made)


def _status(legal_statuses: LegalStatuses, approval: Approval, closed: Occurrence) -> tuple[str | None, list[str]]:
    """The status of an approval when the deal was closed, and the events behind it."""
    before = [mark for mark in approval.marks if mark.key <= closed.key]
    if not before:
        return None, []
    quashed = quashed_by(legal_statuses, approval, before[-1])
    return ("pending", [quashed, before[-1].id]) if quashed else (before[-1].value, [before[-1].id])
