"""Fines and other penalties."""

from domain.entities.penalty import Penalty
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section


@section(
    entity=Penalty,
    columns=("by", "on", "amount", "status", "reason"),
    named_by="amount",
    depends_on=(),
    separate=True,
)
def penalties(context: Context) -> dict[str, Entry]:
    """Fines and other penalties."""
    return entries_by_id(context.every(Penalty), _penalty)


def _penalty(penalty: Penalty) -> Entry:
    return {
        "by": penalty.by,
        "on": list(penalty.on),
        "amount": to_json(penalty.amount),
        "paid": to_json(penalty.paid),
        "status": penalty.status,
        "reason": penalty.reason,
        "order_id": penalty.order_id,
        "case_id": penalty.case_id,
        "approval_id": penalty.approval_id,
        "since": penalty.since,
        "history": to_json(penalty.history),
    }
