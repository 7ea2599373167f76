"""The status of the deal, and the phase it is in."""

from collections.abc import Iterator

from domain.entities.agreement import Agreement
from domain.entities.base import Occurrence
from domain.entities.bid import Bid
from domain.entities.deal import DealEntity
from domain.fields.description import choices_of
from domain.fields.types import DealStatus
from domain.rulebook import register_rule
from domain.sections.context import Context, Entry, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member, stakes, status_member, value_member

CLOSED = register_rule(
    "closed-wins",
    "status",
    "A deal that was closed is closed until it is reopened or unwound.",
    "TikTok, 22 Jan 2026.",
)


TERMINATED = register_rule(
    "terminated-wins",
    "status",
    "A deal that was terminated is terminated until it is reopened.",
    "Qualcomm/NXP, 26 Jul 2018.",
)


UNWOUND = register_rule(
    "unwound-wins",
    "status",
    "A deal whose closing was undone is unwound until it is reopened.",
    "Illumina/GRAIL, 24 Jun 2024.",
)


REOPENED = register_rule(
    "deal-reopened",
    "status",
    "A deal that was reopened is open again; the deadlines that its end froze run again.",
    "A terminated merger that is agreed again.",
)


SUSPENDED = register_rule(
    "talks-suspended",
    "status",
    "Between deal.talks_suspended and deal.talks_resumed an open deal is stalled.",
    "TikTok from February 2021, by report.",
)


RESUMED = register_rule(
    "talks-resumed",
    "status",
    "Once talks are resumed the deal is open again.",
    "TikTok from 20 Jan 2025.",
)


OPENED = register_rule(
    "deal-opened",
    "status",
    "A deal is open from deal.opened on.",
    "TikTok from 31 Jul 2020.",
)


@section(
    depends_on=(),
    wording=Wording(
        group=Group.DATES,
        rank=1,
        it=("the deal",),
        members={
            "value": status_member(
                {"stalled": "stalled, its talks suspended", "unwound": "unwound after its closing"}, follows=("/ended",)
            ),
        },
        repeated=frozenset({"since", "rule"}),
    ),
    statuses=choices_of(DealStatus),
    over=("closed", "terminated", "unwound"),
)
def status(context: Context) -> Entry | None:
    """Open, stalled, closed, terminated or unwound.

    Rule 3: unwound, closed and terminated win until the deal is reopened; else stalled between suspension and
    resumption; else open. The status according to reports is shown beside it.
    """
    deal_entity = context.deal_entity
    entry = _status(deal_entity)
    as_reported = deal_entity.origin.as_reported
    if entry is None or not isinstance(as_reported, DealEntity):
        return entry
    reported = _status(as_reported)
    if reported is not None and reported["value"] != entry["value"]:
        grades = dict(as_reported.origin.by_report.values())
        entry["reported"] = {
            "value": reported["value"],
            "grade": grades.get(reported["because"][0]),
            "since": reported["since"],
            "because": reported["because"],
        }
    return entry


def _status(deal_entity: DealEntity) -> Entry | None:
    if deal_entity.opened is None:
        return None
    if deal_entity.unwound is not None:
        return _standing("unwound", UNWOUND, deal_entity.unwound)
    ends = [
        (mark.key, value, mark)
        for value, mark in ((CLOSED, deal_entity.closed), (TERMINATED, deal_entity.terminated))
        if mark is not None
    ]
    if ends:
        _key, rule, mark = min(ends, key=lambda each: each[0])
        return _standing("closed" if rule == CLOSED else "terminated", rule, mark)
    talks, reopened = deal_entity.talks, deal_entity.reopened
    if reopened is not None and (talks is None or talks.key < reopened.key):
        return _standing("open", REOPENED, reopened)
    if talks is not None:
        return _standing("stalled", SUSPENDED, talks) if talks.value else _standing("open", RESUMED, talks)
    return _standing("open", OPENED, deal_entity.opened)


def _standing(value: str, rule: str, mark: Occurrence) -> Entry:
    return {"value": value, "since": mark.since, "rule": rule, "because": [mark.id]}


PHASES = (
    "stalled", "exploratory", "bidding", "negotiation", "agreed_in_principle", "signed", "regulatory_review",
    "ratification", "closing", "closed", "terminated",
)  # fmt: skip
"""The phases from the first to the last."""


def current_phase(context: Context) -> Occurrence | None:
    """Rule 3: the last of the events that move the phase. Facts move it; reports only where there are none.

    A first bid counts also where it came before deal.opened. A bid and an agreement move the phase only forward.
    """
    opened = context.deal_entity.opened
    if opened is None:
        return None
    moves = list(_moves(context))
    facts = [mark for mark, _forward in moves if not mark.reported]
    layer = [(mark, forward) for mark, forward in moves if not mark.reported] if facts or not opened.reported else moves
    found = _as(opened, "exploratory")
    for mark, forward in sorted(layer, key=lambda move: move[0].key):
        if not forward or PHASES.index(str(mark.value)) > PHASES.index(str(found.value)):
            found = mark
    return found


@section(
    depends_on=(Bid, Agreement),
    wording=Wording(
        group=Group.DATES,
        rank=4,
        it=("the deal",),
        members={
            "": sentence_member(
                "The phase of the deal is {now}",
                "The phase of the deal is now {now} (before: {was})",
                "The phase of the deal is no longer on record (before: {was})",
                meanings={"exploratory": "exploratory talks"},
                follows=("/ended",),
                follows_as=frozenset({"closed", "terminated"}),
            ),
        },
    ),
)
def phase(context: Context) -> str | None:
    """How far the deal has come."""
    found = current_phase(context)
    return str(found.value) if found else None


@section(
    wording=Wording(group=Group.OTHER, repeated=frozenset({""})),
)
def phase_because(context: Context) -> list[str]:
    """The event that moved the phase last."""
    found = current_phase(context)
    return [found.id] if found else []


def _moves(context: Context) -> Iterator[tuple[Occurrence, bool]]:
    """Every move after the opening, and whether it moves forward only."""
    deal_entity = context.deal_entity
    submitted = [bid.submitted for bid in context.every(Bid) if bid.submitted is not None]
    for layer in (False, True):
        first = min((mark for mark in submitted if mark.reported is layer), key=lambda mark: mark.key, default=None)
        if first is not None:
            yield _as(first, "bidding"), True
    for agreement in context.every(Agreement):
        if agreement.reached is not None and covers_the_whole(context, agreement):
            level = "signed" if agreement.reached.value == "definitive" else "agreed_in_principle"
            yield _as(agreement.reached, level), True
    for move in deal_entity.moves:
        yield move, False
    if deal_entity.closed is not None:
        yield _as(deal_entity.closed, "closed"), False
    if deal_entity.terminated is not None:
        yield _as(deal_entity.terminated, "terminated"), False


def covers_the_whole(context: Context, agreement: Agreement) -> bool:
    """Whether an agreement is on the whole deal: it names no parts, and no variant beside other agreements' others."""
    if agreement.covers:
        return False
    variants = {each.variant_id for each in context.every(Agreement) if each.variant_id is not None}
    return agreement.variant_id is None or variants <= {agreement.variant_id}


@section(
    noun="end of the deal",
    title="How the deal ended",
    depends_on=(),
    wording=Wording(
        group=Group.DATES,
        it=("the end of the deal",),
        new="The deal was {how} on {on}",
        shown=("by {by}", "reason: {reason}", "fee: {fee}", "as {structure}"),
        gone="The deal no longer counts as ended",
        members={
            "how": sentence_member(
                "The deal was {now}",
                "The deal was {now} (before: {was})",
                "How the deal ended is no longer on record (before: {was})",
            ),
            "on": value_member("the day"),
            "by": value_member("the author"),
            "reason": value_member("the reason"),
            "fee": value_member("the fee", group=Group.ECONOMICS),
            "stakes": stakes(),
            "structure": value_member("the structure"),
            "agreement_id": value_member("the agreement"),
        },
    ),
)
def ended(context: Context) -> Entry | None:
    """How the deal ended; None while it is open."""
    deal_entity = context.deal_entity
    found = _status(deal_entity)
    if found is None or found["value"] not in ("closed", "terminated", "unwound"):
        return None
    how = found["value"]
    closed = deal_entity.closed
    closing = {"by": deal_entity.closed_by}
    told = {"closed": closing, "terminated": deal_entity.termination, "unwound": deal_entity.unwinding}[how] or {}
    return {
        "how": how,
        "on": found["since"],
        "by": told.get("by"),
        "reason": told.get("reason"),
        "fee": to_json(told.get("fee")),
        "stakes": to_json(deal_entity.stakes) if closed else [],
        "structure": deal_entity.structure if closed else None,
        "agreement_id": deal_entity.agreement_id if closed else None,
        "because": list(dict.fromkeys((*found["because"], *((closed.id,) if closed else ())))),
    }


def _as(mark: Occurrence, value: str) -> Occurrence:
    return Occurrence(mark.key, mark.since, mark.id, value, mark.reported)
