"""What must clear before closing: outstanding approvals, relief, orders in force and cases against the deal."""

from domain.entities.approval import OUTSTANDING, Approval
from domain.entities.deadline import Deadline
from domain.entities.deal_calendar import DealCalendar
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.party import Party
from domain.entities.variant import Variant
from domain.rulebook import register_rule
from domain.sections.approvals import Approvals
from domain.sections.context import Context, Entry, newest_shown, owed
from domain.sections.litigation import seeks_to_block
from domain.sections.orders import LegalStatuses
from domain.sections.section import section
from domain.sections.wording import Group, Wording, sentence_member

BLOCKING = OUTSTANDING | {"denied"}
"""The statuses in which an approval that is needed blocks closing."""

BLOCKS = {
    "approval": register_rule(
        "approval-blocks",
        "blockers",
        "An approval that is needed blocks closing: hard where it is denied, or suspensory and not cleared; soft where "
        "it is required or pending. What clears it on an imprecise day counts at the latest moment of it; until then "
        "the blocker stays and says what may have cleared it.",
        "The CMA prohibits Microsoft/Activision on 26 Apr 2023: hard.",
    ),
    "relief": register_rule(
        "relief-blocks",
        "blockers",
        "Relief whose targets hold the word closing bars it: hard, until it ends or its last day is over. The case "
        "names it.",
        "A temporary restraining order against closing, 13 Jun 2023.",
    ),
    "order": register_rule(
        "order-blocks",
        "blockers",
        "An order whose bars hold the word closing forbids it while in force: hard.",
        "A presidential order that prohibits an acquisition.",
    ),
    "case": register_rule(
        "case-blocks",
        "blockers",
        "A case that has not ended seeks to block: soft, if an authority is a plaintiff (role regulator, government, "
        "legislature or court, or the forum is an authority) or its relief or targets name the closing, and a "
        "defendant is a party of the deal. A case that went up with an id of its own passes this on. A final ruling "
        "ends a case; an appeal of it without an id of its own takes the case up again.",
        "FTC v. Microsoft, from 8 Dec 2022.",
    ),
}
"""The rules of blocking, by what blocks. One blocker for an id: the hardest wins."""


@section(
    noun="blocker",
    title="Outstanding conditions and bars to closing",
    columns=("severity", "kind", "id", "clears_when"),
    wording=Wording(
        group=Group.CONDITIONS,
        rank=3,
        it=("{id}",),
        new="{it} {severity}",
        shown=("until {clears_when}",),
        gone="{it} no longer stands in the way of closing",
        members={
            "severity": sentence_member(
                "{it} {now}",
                "{it} now {now}",
                "{it} no longer stands in the way of closing",
                meanings={"hard": "bars closing", "soft": "is an outstanding condition of closing"},
            ),
            "clears_when": sentence_member(
                "{it} stands in the way of closing until {now}",
                "{it} stands in the way of closing until {now} (before: until {was})",
                "What clears {it} is no longer on record (before: {was})",
            ),
            "possibly_cleared_by": sentence_member(
                "{it} may have been cleared already",
                "{it} may have been cleared already",
                "It is settled whether {it} was cleared",
            ),
        },
        repeated=frozenset({"id", "status", "kind", "only_if", "rule", "clears_alone"}),
    ),
    depends_on=(Approval, Case, Deadline, DealCalendar, Order, Party, Variant),
)
def blockers(context: Context, legal_statuses: LegalStatuses, approvals: Approvals) -> list[Entry]:
    """What must clear before closing: one for each id, the hardest wins."""
    if context.ended_at is not None:
        return []
    found: dict[str, Entry] = {}
    for entry in (
        *_approvals(approvals),
        *_reliefs(context, legal_statuses),
        *_orders(context, legal_statuses),
        *_cases(context, legal_statuses),
    ):
        known = found.get(entry["id"])
        if known is None or (known["severity"] == "soft" and entry["severity"] == "hard"):
            found[entry["id"]] = entry
    for entry in found.values():
        newest_shown(entry)["clears_alone"] = len(found) == 1
    return sorted(found.values(), key=lambda entry: (entry["severity"] != "hard", entry["kind"], entry["id"]))


def _approvals(approvals: Approvals) -> list[Entry]:
    blocking = []
    for approval in approvals.all:
        status, because = approvals.status(approval)
        clearing = approvals.possibly_cleared_by(approval)
        if clearing is not None:
            before = [mark for mark in approval.marks if mark.key < clearing.key]
            status, because = (str(before[-1].value), [before[-1].id]) if before else ("required", [clearing.id])
        if status not in BLOCKING or not approvals.needed(approval):
            continue
        clears = f"{approval.id} is granted"
        if approval.only_if:
            clears += f", or the deal takes a form in which it is not true that {approval.only_if}"
        entry: Entry = {
            "kind": "approval",
            "id": approval.id,
            "severity": "hard" if status == "denied" or approval.suspensory else "soft",
            "status": status,
            "only_if": approval.only_if,
            "clears_when": clears,
            "possibly_cleared_by": [clearing.id] if clearing is not None else [],
            "rule": BLOCKS["approval"],
            "because": list(
                dict.fromkeys(
                    (
                        *because,
                        *owed(approval, "authority", "only_if", "suspensory"),
                        *approvals.variants.causes(approval.only_if),
                        *([clearing.id] if clearing is not None else []),
                    )
                )
            ),
        }
        if not approval.origin.facts:
            entry["layer"] = "reported"
        blocking.append(entry)
    return blocking


def _reliefs(context: Context, legal_statuses: LegalStatuses) -> list[Entry]:
    blocking = []
    for case in legal_statuses.cases.values():
        for relief in case.reliefs:
            if "closing" not in legal_statuses.targets(case, relief.targets):
                continue
            clears = f"the {relief.relief.replace('_', ' ')} in {case.id} ends"
            end = None if legal_statuses.is_live(relief) else relief.end
            possibly = end is not None and not context.over(relief.until) and not context.surely(end.since)
            if legal_statuses.is_live(relief) or possibly:
                cleared = [end.id] if end is not None else []
                made = [*legal_statuses.relief_because(case, relief)]
                blocking.append(_blocker("relief", case.id, "hard", clears, made, case.origin.facts, cleared))
    return blocking


def _orders(context: Context, legal_statuses: LegalStatuses) -> list[Entry]:
    blocking = []
    for order in context.every(Order):
        status, because = legal_statuses.statuses[order.id]
        cleared = _possibly_lifted(context, order, status, because)
        barring = "closing" in order.bars and status == "in_force"
        if barring or cleared:
            clears = f"{order.id} is revoked, stayed or no longer enforced"
            made = [*(because if barring or order.signed is None else [order.signed.id]), *owed(order, "bars")]
            blocking.append(_blocker("order", order.id, "hard", clears, made, order.origin.facts, cleared))
    return blocking


def _possibly_lifted(context: Context, order: Order, status: str | None, because: list[str]) -> list[str]:
    """The event that lifted a bar on closing on an imprecise day, which may still lie ahead."""
    if order.signed is None:
        return []
    if "closing" not in order.bars:
        lifted = order.unbarred
        open_still = lifted is not None and status == "in_force" and not context.surely(lifted.since)
        return [lifted.id] if lifted is not None and open_still else []
    if status == "revoked" and order.revoked is not None and because == [order.revoked.id]:
        return [] if context.surely(order.revoked.since) else [order.revoked.id]
    if status == "not_enforced":
        running = [pause for pause in order.pauses if pause.id in because]
        return [] if any(context.surely(pause.since) for pause in running) else [pause.id for pause in running]
    return []


def _cases(context: Context, legal_statuses: LegalStatuses) -> list[Entry]:
    blocking = []
    for case in context.every(Case):
        if seeks_to_block(context, legal_statuses, case):
            end = case.ended or case.decided
            cleared = [end.id] if end is not None else []
            because = [
                *case.origin.because,
                *legal_statuses.inherited_because(case),
                *_roles(context, legal_statuses, case),
            ]
            blocking.append(_blocker("case", case.id, "soft", f"{case.id} ends", because, case.origin.facts, cleared))
    return blocking


def _roles(context: Context, legal_statuses: LegalStatuses, case: Case) -> list[str]:
    """The events that gave the sides of a case their roles."""
    sides = legal_statuses.sides(case)
    parties = (context.one(Party, each) for each in (*sides.plaintiffs, *sides.defendants))
    return [event for party in parties if party is not None for event in owed(party, "roles")]


def _blocker(
    kind: str, entity_id: str, severity: str, clears: str, because: list[str], facts: bool, cleared_by: list[str]
) -> Entry:
    entry: Entry = {
        "kind": kind, "id": entity_id, "severity": severity, "clears_when": clears, "possibly_cleared_by": cleared_by,
        "rule": BLOCKS[kind], "because": list(dict.fromkeys((*because, *cleared_by))),
    }  # fmt: skip
    return entry if facts else {**entry, "layer": "reported"}
