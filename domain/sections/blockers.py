"""What must clear before closing: outstanding approvals, relief, orders in force and cases against the deal."""

from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.rulebook import register_rule
from domain.sections.approvals import Approvals
from domain.sections.context import Context, Entry, newest_shown
from domain.sections.litigation import seeks_to_block
from domain.sections.orders import LegalStatuses
from domain.sections.section import section

BLOCKS = {
    "approval": register_rule(
        "approval-blocks",
        "blockers",
        "An approval that is needed blocks closing: hard where it is denied, soft where it is required or pending.",
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
        "A case that has not ended seeks to block, if a party named by deal.opened is a defendant and none is a "
        "plaintiff: soft. A case that went up with an id of its own passes this on.",
        "FTC v. Microsoft, from 8 Dec 2022.",
    ),
}
"""The rules of blocking, by what blocks. One blocker for an id: the hardest wins."""


@section(
    noun="blocker",
    title="Outstanding conditions and bars to closing",
    columns=("severity", "kind", "id", "clears_when"),
)
def blockers(context: Context, legal_statuses: LegalStatuses, approvals: Approvals) -> list[Entry]:
    """What must clear before closing: one for each id, the hardest wins."""
    if context.ended_at is not None:
        return []
    found: dict[str, Entry] = {}
    for entry in (
        *_approvals(approvals),
        *_reliefs(legal_statuses),
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
        if status not in ("required", "pending", "denied") or not approvals.needed(approval):
            continue
        clears = f"{approval.authority or 'the authority'} grants {approval.id}"
        if approval.only_if:
            clears += f", or the deal is built so that {approval.only_if} does not hold"
        entry: Entry = {
            "kind": "approval",
            "id": approval.id,
            "severity": "hard" if status == "denied" else "soft",
            "status": status,
            "only_if": approval.only_if,
            "clears_when": clears,
            "rule": BLOCKS["approval"],
            "because": because or list(approval.origin.because),
        }
        if not approval.origin.facts:
            entry["layer"] = "reported"
        blocking.append(entry)
    return blocking


def _reliefs(legal_statuses: LegalStatuses) -> list[Entry]:
    return [
        _blocker(
            "relief",
            case.id,
            "hard",
            f"the {relief.relief.replace('_', ' ')} in {case.id} ends",
            [relief.id],
            case.origin.facts,
        )
        for case, relief in legal_statuses.live
        if "closing" in legal_statuses.targets(case, relief.targets)
    ]


def _orders(context: Context, legal_statuses: LegalStatuses) -> list[Entry]:
    blocking = []
    for order in context.every(Order):
        status = legal_statuses.statuses[order.id]
        if "closing" in order.bars and status[0] == "in_force":
            clears = f"{order.id} is revoked, stayed or no longer enforced"
            blocking.append(_blocker("order", order.id, "hard", clears, status[1], order.origin.facts))
    return blocking


def _cases(context: Context, legal_statuses: LegalStatuses) -> list[Entry]:
    return [
        _blocker("case", case.id, "soft", f"{case.id} ends", list(case.origin.because), case.origin.facts)
        for case in context.every(Case)
        if seeks_to_block(context, legal_statuses, case)
    ]


def _blocker(kind: str, entity_id: str, severity: str, clears: str, because: list[str], facts: bool) -> Entry:
    entry: Entry = {
        "kind": kind, "id": entity_id, "severity": severity, "clears_when": clears,
        "rule": BLOCKS[kind], "because": because,
    }  # fmt: skip
    return entry if facts else {**entry, "layer": "reported"}
