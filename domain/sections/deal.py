"""Whether there is a deal, and what it is about."""

from collections.abc import Mapping
from typing import Any

from domain.bitemporal import EffectiveEvents
from domain.entities.deal import DealEntity
from domain.sections.context import Context, Entry
from domain.sections.section import section
from domain.sections.wording import Group, Wording, list_member, sentence_member, status_member, value_member


@section(
    in_digest=False,
    wording=Wording(
        group=Group.OTHER,
        members={
            "": sentence_member(
                "The record of the deal begins", "The record of the deal begins", "There is no record of the deal"
            )
        },
    ),
)
def exists(chosen: EffectiveEvents) -> bool:
    """Whether the record holds a deal at that moment."""
    return chosen.exists


@section(
    entity=DealEntity,
    depends_on=(),
    wording=Wording(
        group=Group.DATES,
        rank=1,
        it=("the deal",),
        members={
            "opened": sentence_member(
                "The deal was opened on {now}",
                "The deal was opened on {now} (before: {was})",
                "The opening of the deal is no longer on record (before: {was})",
            ),
            "title": value_member("the title", group=Group.OTHER),
            "kind": value_member("the kind", group=Group.OTHER),
            "subject": value_member("the subject", group=Group.OTHER),
            "jurisdictions": list_member("the jurisdictions", follows=("opened",), group=Group.OTHER),
            "names": sentence_member(
                "Names in the record: {now}",
                "Names in the record: {now} (before: {was})",
                "Names in the record: now none (before: {was})",
                follows=("opened",),
                group=Group.OTHER,
            ),
            "trigger": value_member("the trigger", group=Group.OTHER),
            "tz": value_member("the time zone", group=Group.OTHER),
            "held": sentence_member(
                "The record is under a legal hold: {now}",
                "The record is under a legal hold: {now} (before: {was})",
                "The record is no longer under a legal hold (before: {was})",
                group=Group.OTHER,
            ),
        },
        repeated=frozenset({"id"}),
    ),
)
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
        **({"names": dict(entity.names)} if entity.names else {}),
        "because": [
            *([entity.opened.id] if entity.opened else []),
            *([entity.held.id] if entity.held and not context.over(entity.held_until) else []),
        ],
    }


@section(
    noun="vote",
    depends_on=(),
    wording=Wording(
        group=Group.CONDITIONS,
        rank=2,
        it=("the vote of {body}", "the vote"),
        new="{it}",
        shown=(
            "on {question}",
            "{outcome}",
            "{votes_for} for",
            "{votes_against} against",
            "{votes_abstaining} abstaining",
            "effect: {effect}",
            "on {on}",
        ),
        gone="{it} is no longer on record",
        members={
            "outcome": status_member({}),
            "votes_for": value_member("the number of votes for"),
            "votes_against": value_member("the number of votes against"),
            "votes_abstaining": value_member("the number of abstentions"),
            "effect": value_member("the effect"),
            "body": value_member("the body"),
            "question": value_member("the question"),
            "approval_id": value_member("the approval"),
            "on": value_member("the day"),
        },
    ),
)
def votes(context: Context) -> list[Mapping[str, Any]]:
    """Votes on the deal, as announced."""
    return [dict(each) for each in context.deal_entity.votes]  # entries of a state may be marked as reported
