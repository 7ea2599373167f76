"""What barred the closing of a deal when it was closed all the same (rule 4)."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.entities.approval import GRANTED
from domain.entities.order import Order
from domain.rules.conflict import Conflict, conflict
from domain.sections.derivation import Derivation
from domain.sections.feasibility import Review
from domain.sections.orders import LegalStatuses


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar on closing that held when the deal was closed."""

    id: str
    why: str
    because: tuple[str, ...]


def bars_at_closing(derivation: Derivation) -> Iterator[Bar]:
    """Relief, orders and suspensory approvals that barred the closing at its place in the record."""
    context = derivation.context
    closed = context.deal_entity.closed
    if closed is None:
        return
    legal_statuses = LegalStatuses(context, closed.key[0], closed.key)
    for case, relief in legal_statuses.live:
        if "closing" in legal_statuses.targets(case, relief.targets):
            yield Bar(case.id, f"the {relief.relief.replace('_', ' ')} in {case.id} barred it", (relief.id,))
    for order in context.every(Order):
        status, because = legal_statuses.statuses[order.id]
        lifted = order.unbarred is not None and order.unbarred.key > closed.key
        if status == "in_force" and ("closing" in order.bars or lifted):
            yield Bar(order.id, f"the order {order.id} barred it", tuple(because))
    for approval in derivation.approvals.all:
        before = [mark for mark in approval.marks if mark.key <= closed.key]
        status = before[-1].value if before else None
        uncleared = status is not None and status not in GRANTED and status != "withdrawn"
        if approval.suspensory and uncleared and derivation.approvals.needed(approval):
            yield Bar(approval.id, f"the suspensory approval {approval.id} was {status}", (before[-1].id,))


@conflict(
    "C12",
    "Illumina closes its purchase of GRAIL on 18 Aug 2021, while the Commission's suspensory review is pending.",
)
def closed_over_a_bar(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """The deal was closed while relief or an order barred it, or before a suspensory approval was cleared. It lasts:
    what clears the bar later does not undo that.
    """
    closed = derivation.context.deal_entity.closed
    if closed is None:
        return
    for bar in bars_at_closing(derivation):
        yield Conflict(
            members=("closing", bar.id),
            hard=True,
            why=f"The deal was closed on {closed.since} while {bar.why}.",
            because=(closed.id, *bar.because),
        )
