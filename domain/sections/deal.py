"""Whether there is a deal, and what it is about."""

from collections.abc import Mapping
from typing import Any

from domain.bitemporal import EffectiveEvents
from domain.entities.deal import DealEntity
from domain.sections.context import Context, Entry
from domain.sections.section import section


@section(in_digest=False)
def exists(chosen: EffectiveEvents) -> bool:
    """Whether the record holds a deal at that moment."""
    return chosen.exists


@section(entity=DealEntity, depends_on=())
def deal(context: Context) -> Entry:
    """What the deal is about, where and since when."""
    entity = context.deal_entity
    return {
        "id": context.deal_id,
        "title": entity.title,
        "kind": entity.kind,
        "subject": entity.subject,
        "jurisdictions": list(entity.jurisdictions),
        "trigger": entity.trigger,
        "opened": entity.opened.since if entity.opened else None,
        "tz": str(context.zone),
        "held": entity.held.value if entity.held and not context.over(entity.held_until) else None,
        "because": [entity.opened.id] if entity.opened else [],
    }


@section(noun="vote", depends_on=())
def votes(context: Context) -> list[Mapping[str, Any]]:
    """Votes on the deal, as announced."""
    return list(context.deal_entity.votes)
