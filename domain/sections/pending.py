"""What is known and counts in part: events and orders of a later effective day, and events of an imprecise date."""

from collections.abc import Sequence

from domain.bitemporal import EffectiveEvents, Pending, is_report
from domain.entities.order import Order
from domain.sections.context import Context, Entry, to_json
from domain.sections.orders import LegalStatuses
from domain.sections.section import section
from domain.time.instants import iso


@section(noun="scheduled", title="Decided, not yet in force", columns=("what", "on", "id"))
def scheduled(context: Context, chosen: EffectiveEvents, legal_statuses: LegalStatuses) -> list[Entry]:
    """What has happened and takes effect later."""
    events = [_scheduled_event(each) for each in _of_layer(context, chosen.scheduled)]
    return sorted(events + _scheduled_orders(context, legal_statuses), key=lambda each: each["id"])


@section(title="Possibly occurred by then", columns=("id", "earliest", "latest"), in_digest=False)
def possible_events(context: Context, chosen: EffectiveEvents) -> list[Entry]:
    """Events whose imprecise date leaves open whether they have happened."""
    return [_possible_event(each) for each in _of_layer(context, chosen.possible)]


def _of_layer(context: Context, pending: Sequence[Pending]) -> list[Pending]:
    """Those of the layer asked for."""
    return [each for each in pending if context.layer == "all" or not is_report(each.line)]


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


def _possible_event(pending: Pending) -> Entry:
    line = pending.line
    return {
        "id": line.id, "type": line.type, "occurred": line.occurred.text,
        "earliest": iso(pending.earliest), "latest": iso(pending.latest), "because": [line.id],
    }  # fmt: skip
