"""The section `scheduled`: events and orders that are known and take effect on a later day."""

from domain.bitemporal import EffectiveEvents, Pending
from domain.entities.order import Order
from domain.sections.context import Context, Entry, to_json
from domain.sections.layers import of_layer
from domain.sections.orders import LegalStatuses
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member


@section(
    noun="scheduled",
    title="Decided, not yet in force",
    columns=("what", "on", "id"),
    wording=Wording(
        group=Group.DATES,
        rank=5,
        it=("{id}",),
        new="Decided and not yet in effect: {it}",
        shown=("from {on}",),
        gone="No longer waiting to take effect: {it}",
        members={
            "on": sentence_member(
                "{it} takes effect on {now}",
                "{it} now takes effect on {now} (before: {was})",
                "The day on which {it} takes effect is no longer on record (before: {was})",
            ),
        },
        repeated=frozenset({"id", "what"}),
    ),
)
def scheduled(context: Context, chosen: EffectiveEvents, legal_statuses: LegalStatuses) -> list[Entry]:
    """What has happened and takes effect later."""
    events = [_scheduled_event(each) for each in of_layer(context, chosen.scheduled)]
    return sorted(events + _scheduled_orders(context, legal_statuses), key=lambda each: each["id"])


def _scheduled_event(pending: Pending) -> Entry:
    line = pending.line
    return {
        "id": line.id,
        "what": line.type,
        "on": (line.effective or line.occurred).text,
        "because": [line.id],
    }


def _scheduled_orders(context: Context, legal_statuses: LegalStatuses) -> list[Entry]:
    return [
        {
            "id": order.id,
            "what": "order in force",
            "on": to_json(order.effective),
            "because": legal_statuses.statuses[order.id][1],
        }
        for order in context.every(Order)
        if legal_statuses.statuses[order.id][0] == "scheduled" and order.effective is not None
    ]
