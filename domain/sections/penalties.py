"""Fines and other penalties."""

from domain.entities.penalty import Penalty
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, list_member, status_member, value_member


@section(
    entity=Penalty,
    columns=("by", "on", "amount", "status", "reason"),
    named_by="amount",
    depends_on=(),
    separate=True,
    wording=Wording(
        group=Group.ECONOMICS,
        rank=2,
        new="New: {it}",
        shown=("{amount}", "{status}", "reason: {reason}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member({}),
            "amount": value_member("the amount"),
            "paid": value_member("the amount paid"),
            "reason": value_member("the reason"),
            "by": value_member("the authority"),
            "on": list_member("the addressees"),
            "order_id": value_member("the order cited"),
            "case_id": value_member("the case cited"),
            "approval_id": value_member("the approval cited"),
            "since": value_member("the day", follows=("status", "amount")),
        },
        repeated=frozenset({"history"}),
    ),
    statuses=("imposed", "annulled", "paid"),
    over=("annulled", "paid"),
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
