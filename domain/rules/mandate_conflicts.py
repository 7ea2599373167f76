"""Conflicts between mandates: what one authority, court or contract requires and another prevents."""

from collections.abc import Iterator

from domain.entities.approval import GRANTED
from domain.entities.export_list import ExportList
from domain.entities.order import Order
from domain.entities.variant import Variant
from domain.rules.conflict import Conflict, causes, conflict, due, force, pairs_of_one_subject
from domain.sections.context import owed
from domain.sections.deadline_status import DEMANDED
from domain.sections.derivation import Derivation
from domain.sections.export_lists import matches
from domain.sections.feasibility import Review
from domain.sections.orders import orders
from domain.sentences.dates import date_text

LEGAL = frozenset({"legally_binding", "statutory", "court_order"})
"""The forces of law, a contract's left aside."""


@conflict(
    "C4",
    "TikTok, Sep 2020: the US orders the sale; China's export list catches the recommendation algorithm.",
)
def mandates_clash(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """One jurisdiction demands what another forbids without a licence; neither mandate yields to the other.

    Demanded: an open deadline with the force of law rests on an order of the one. Forbidden: a list of the other
    catches an asset that goes along, by some opinion, and no approval of that jurisdiction is granted or withdrawn.
    Where a variant is adopted its assets count, else those of any not dropped; with no variant on record any match.
    """
    if not derivation.open:
        return
    variants = [derivation.variants.base] if derivation.variants.base else derivation.variants.live
    for entity in derivation.context.every(ExportList):
        if entity.prohibition is None or not derivation.context.started(entity.effective):
            continue
        caught = {match.asset_id: match for match in matches(derivation.context, entity)}
        moving = {asset: match for asset, match in caught.items() if _goes_along(asset, variants)}
        if not moving or _licensed(derivation, entity):
            continue
        for found in derivation.open:
            order = derivation.context.one(Order, found.deadline.order_id)
            if (
                order is None
                or found.deadline.force not in LEGAL
                or found.status not in DEMANDED
                or order.jurisdiction in (None, entity.jurisdiction)
            ):
                continue
            forbids = "bans" if entity.prohibition == "banned" else "allows only with a licence"
            other = entity.jurisdiction or entity.issuer
            yield Conflict(
                members=(order.id, entity.id),
                hard=True,
                why=f"{order.jurisdiction} demands by {due(found)} what {other} {forbids}: "
                f"the transfer of {', '.join(sorted(moving))}.",
                because=(
                    *causes(found),
                    *order.origin.because[:1],
                    *owed(order, "jurisdiction"),
                    *owed(entity, "prohibition", "effective", "jurisdiction", "issuer", "entries", "gone"),
                    *(event for match in moving.values() for event in match.origin.because),
                    *derivation.variants.base_because,
                    *(event for variant in variants for event in owed(variant, "assets_in")),
                ),
            )


def _goes_along(asset: str, variants: list[Variant]) -> bool:
    return not variants or any(asset in variant.assets_in for variant in variants)


def _licensed(derivation: Derivation, entity: ExportList) -> bool:
    """Whether an authority of the list's jurisdiction has let the deal pass, or no longer requires anything."""
    statuses = [
        derivation.approvals.status(approval)[0]
        for approval in derivation.approvals.all
        if approval.jurisdiction == entity.jurisdiction and approval.jurisdiction is not None
    ]
    return bool(statuses) and all(status == "withdrawn" or status in GRANTED for status in statuses)


@conflict(
    "C5",
    "Qualcomm/NXP, Jul 2018: China's review needs longer than is left until the outside date of 25 Jul.",
)
def an_approval_comes_too_late(derivation: Derivation, reviews: dict[str, Review]) -> Iterator[Conflict]:
    """An approval that is needed cannot (infeasible, hard) or need not (at risk, soft) come in time: its min_days,
    or its max_days, from its application or from the day asked about, end after the nearest binding date of closing.
    """
    goal = derivation.next_binding
    if goal is None or goal.due is None:
        return
    for found in reviews.values():
        if found.verdict not in ("infeasible", "at_risk"):
            continue
        approval, infeasible = found.approval, found.verdict == "infeasible"
        days = approval.min_days if infeasible else approval.max_days
        unit = (approval.day_kind or "day").replace("_", " ")
        when = f"filed {date_text(found.view['filed'])}" if found.view["filed"] else "not filed in time"
        takes = f"infeasible: {approval.id} takes at least" if infeasible else f"at risk: {approval.id} takes up to"
        yield Conflict(
            members=(approval.id, goal.deadline.id),
            binds=goal.deadline.id,
            hard=infeasible,
            verdict=found.verdict,
            why=f"{takes} {days} {unit}s, {when}, and {goal.deadline.id} is due {due(goal)}.",
            because=found.because,
        )


@conflict(
    "C6",
    "TikTok, 28 Sep 2020: a court enjoins the app-store ban that was to start on the 27th.",
)
def the_order_beneath_does_not_hold(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A deadline rests on an order that is enjoined, revoked, expired or not enforced, or is enjoined itself: its date
    stands on paper. It ends when the order is in force again, or the deadline is met, lapsed or withdrawn by its own
    event; of a revoked or expired order, when the day has passed.
    """
    for found in derivation.deadlines.all.values():
        if found.at is not None:
            continue
        if found.deadline.outcome is not None or found.status not in ("enjoined", "not_enforced", "withdrawn"):
            continue
        if found.status == "withdrawn" and (found.due is None or derivation.context.has_passed(found.due.closes + 1)):
            continue
        order = derivation.legal_statuses.order(found.deadline.order_id)
        direct = found.deadline.id in derivation.legal_statuses.enjoined
        beneath = found.deadline.order_id if order and order[0] in ("enjoined", "not_enforced", *orders.over) else None
        reason = f"{beneath} is {str(order[0]).replace('_', ' ')}" if beneath and order else "a court has stopped it"
        yield Conflict(
            members=(found.deadline.id, beneath) if beneath else (found.deadline.id,),
            why=f"{found.deadline.id}, due {due(found)}, does not hold for now: {reason}"
            + (", and a court has stopped the deadline itself." if beneath and direct else "."),
            because=(*causes(found), *derivation.legal_statuses.enjoined_because.get(found.deadline.id, ())),
        )


@conflict(
    "C8",
    "Two courts set different days for the same sale.",
)
def two_legal_orders_disagree(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """Two legal orders date one subject differently: both have the force of law, and different hands set them. Which
    binds is not for this record to say.
    """
    for one, other in pairs_of_one_subject(derivation):
        both = one.deadline.force in LEGAL and other.deadline.force in LEGAL
        if both and one.deadline.set_by != other.deadline.set_by:
            yield Conflict(
                members=(one.deadline.id, other.deadline.id),
                hard=True,
                why=f"{one.deadline.set_by} set {due(one)} ({force(one)}), {other.deadline.set_by} set {due(other)} "
                f"({force(other)}).",
                because=causes(one, other),
            )


@conflict(
    "C10",
    "Microsoft/Activision: the agreement ends on 18 Jul 2023, the CMA may decide until 29 Aug.",
)
def the_contract_comes_before_the_decision(derivation: Derivation, _reviews: dict[str, Review]) -> Iterator[Conflict]:
    """A contractual deadline is due before an open statutory one whose subject is an approval required or pending: the
    parties may have to decide before the authority does.
    """
    awaited = {approval.id: approval for approval in derivation.outstanding}
    for statutory in derivation.open:
        if statutory.deadline.force != "statutory" or statutory.deadline.subject not in awaited:
            continue
        for contractual in derivation.open:
            if contractual.deadline.force != "contractual" or contractual.due is None or statutory.due is None:
                continue
            if contractual.due.closes < statutory.due.closes:
                yield Conflict(
                    members=(contractual.deadline.id, statutory.deadline.id),
                    binds=contractual.deadline.id,
                    why=f"{contractual.deadline.id} is due {due(contractual)}, before the decision on "
                    f"{statutory.deadline.subject} is ({due(statutory)}).",
                    because=(
                        *causes(contractual, statutory),
                        *(derivation.approvals.outstanding_because(awaited[statutory.deadline.subject])),
                    ),
                )
