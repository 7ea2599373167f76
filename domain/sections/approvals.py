"""Approvals, the variants on which their conditions are read, and what blocks closing."""

from collections.abc import Callable

from domain.entities.approval import Approval
from domain.entities.base import Occurrence
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.variant import Variant
from domain.fields import conditions
from domain.rules import entered
from domain.sections.context import Context, Entry, keyed, newest, newest_shown, plain
from domain.sections.deadlines import Deadlines
from domain.sections.orders import LegalStatuses, seeks_to_block

BLOCKS = {
    "approval": entered(
        "approval-blocks",
        "blockers",
        "An approval that is needed blocks closing: hard where it is denied, soft where it is required or pending.",
        "The CMA prohibits Microsoft/Activision on 26 Apr 2023: hard.",
    ),
    "relief": entered(
        "relief-blocks",
        "blockers",
        "Relief whose targets hold the word closing bars it: hard, until it ends or its last day is over. The case "
        "names it.",
        "A temporary restraining order against closing, 13 Jun 2023.",
    ),
    "order": entered(
        "order-blocks",
        "blockers",
        "An order whose bars hold the word closing forbids it while in force: hard.",
        "A presidential order that prohibits an acquisition.",
    ),
    "case": entered(
        "case-blocks",
        "blockers",
        "A case that has not ended seeks to block, if a party named by deal.opened is a defendant and none is a "
        "plaintiff: soft. A case that went up with an id of its own passes this on.",
        "FTC v. Microsoft, from 8 Dec 2022.",
    ),
}
"""The rules of blocking, by what blocks. One blocker for an id: the hardest wins."""


class Variants:
    """The variants of the deal, and which of them is the base case."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.variants = context.every(Variant)
        self.closing = self._closing()
        adopted = [(each.adopted, each) for each in self.variants if each.adopted and each.status == "adopted"]
        # A report of another choice does not undo the one that is a fact.
        chosen = [(mark, each) for mark, each in adopted if not mark.reported] or adopted
        self.base = self.closing or newest((mark.key, each) for mark, each in chosen)
        self.live = [each for each in self.variants if each.status != "dropped"]

    def _closing(self) -> Variant | None:
        """The variant that deal.closed names."""
        matter = self.context.matter
        if matter.closed is None or not matter.structure:
            return None
        labelled = (each for each in self.variants if each.label == matter.structure)
        return self.context.one(Variant, matter.structure) or next(labelled, None)

    def holds(self, only_if: str | None) -> bool:
        """Whether a condition holds: on the base variant, else on any that is not dropped; without one, always."""
        if only_if is None:
            return True
        condition = conditions.parse(only_if)
        return any(condition.holds(each) for each in ([self.base] if self.base else self.live))

    def view(self) -> dict[str, Entry]:
        return keyed(self.variants, self._variant)

    def _variant(self, variant: Variant) -> Entry:
        adopted: Occurrence | None = self.context.matter.closed if variant is self.closing else variant.adopted
        return {
            "label": variant.label,
            "status": "adopted" if variant is self.closing else variant.status,
            "assets_in": list(variant.assets_in),
            "assets_out": list(variant.assets_out),
            "territories": list(variant.territories),
            "proposed_by": variant.proposed_by,
            "price_effect": variant.price_effect,
            "stakes": plain(variant.stakes),
            "adopted_since": adopted.since if adopted else None,
            "approvals": [
                approval.id
                for approval in self.context.every(Approval)
                if approval.only_if is None or conditions.parse(approval.only_if).holds(variant)
            ],
        }

    def scope(self) -> Entry:
        base = self.base
        return {
            "base_variant": base.id if base else None,
            "territories": list(base.territories) if base else [],
            "assets_in": list(base.assets_in) if base else [],
            "assets_out": list(base.assets_out) if base else [],
            "because": [base.adopted.id] if base and base.adopted else [],
        }


class Approvals:
    """Approvals and how they stand."""

    def __init__(self, context: Context, law: LegalStatuses, docket: Deadlines, structure: Variants) -> None:
        self.context, self.law, self.docket, self.structure = context, law, docket, structure
        self.all = context.every(Approval)

    def status(self, approval: Approval) -> tuple[str | None, list[str]]:
        """Its status and why: a ruling that quashed the decision sends it back to pending."""
        mark = approval.status_mark
        quashed = self.law.quashed.get(approval.id)
        if quashed is not None and mark is not None and mark.key < quashed[0] and approval.status != "required":
            return "pending", [quashed[1]]
        return approval.status, [mark.id] if mark else []

    def needed(self, approval: Approval) -> bool:
        return self.structure.holds(approval.only_if)

    def due(self, approval: Approval) -> str | None:
        """The day of the open statutory deadline that is about it, else the one that its phase named; none while the
        clock of that deadline stands still."""
        for found in self.docket.all.values():
            deadline = found.deadline
            if deadline.subject == approval.id and deadline.force == "statutory" and found.open:
                if found.due is not None:
                    return found.due.text
                if found.tolled:
                    return None
        return plain(approval.phase_due)  # type: ignore[no-any-return]  # a date as written, or None

    def view(self) -> dict[str, Entry]:
        return keyed(self.all, self._view)

    def _view(self, approval: Approval) -> Entry:
        status, because = self.status(approval)
        return {
            "authority": approval.authority,
            "jurisdiction": approval.jurisdiction,
            "subject": approval.subject,
            "legal_basis": approval.legal_basis,
            "status": status,
            "status_because": because,
            "phase": approval.phase,
            "due": self.due(approval),
            "only_if": approval.only_if,
            "needed": self.needed(approval),
            "enjoined": list(self.law.enjoined.get(approval.id, ())),
            "conditions": list(approval.conditions),
            "scope": approval.scope,
            "applied": approval.applied.since if approval.applied else None,
            "min_days": approval.min_days,
            "max_days": approval.max_days,
            "day_kind": approval.day_kind,
            "views": plain(approval.views),
            "history": plain(approval.history),
        }

    def blockers(self) -> list[Entry]:
        """What must clear before closing: one for each id, the hardest wins."""
        if self.context.ended_at is not None:
            return []
        found: dict[str, Entry] = {}
        finders: tuple[Callable[[], list[Entry]], ...] = (self._approvals, self._reliefs, self._orders, self._cases)
        for finder in finders:
            for entry in finder():
                held = found.get(entry["id"])
                if held is None or (held["severity"] == "soft" and entry["severity"] == "hard"):
                    found[entry["id"]] = entry
        for entry in found.values():
            newest_shown(entry)["clears_alone"] = len(found) == 1
        return sorted(found.values(), key=lambda entry: (entry["severity"] != "hard", entry["kind"], entry["id"]))

    def _approvals(self) -> list[Entry]:
        blocking = []
        for approval in self.all:
            status, because = self.status(approval)
            if status not in ("required", "pending", "denied") or not self.needed(approval):
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

    def _reliefs(self) -> list[Entry]:
        return [
            _blocker(
                "relief",
                case.id,
                "hard",
                f"the {relief.relief.replace('_', ' ')} in {case.id} ends",
                [relief.id],
                case.origin.facts,
            )
            for case, relief in self.law.live
            if "closing" in self.law.targets(case, relief.targets)
        ]

    def _orders(self) -> list[Entry]:
        blocking = []
        for order in self.context.every(Order):
            status = self.law.statuses[order.id]
            if "closing" in order.bars and status[0] == "in_force":
                clears = f"{order.id} is revoked, stayed or no longer enforced"
                blocking.append(_blocker("order", order.id, "hard", clears, status[1], order.origin.facts))
        return blocking

    def _cases(self) -> list[Entry]:
        return [
            _blocker("case", case.id, "soft", f"{case.id} ends", list(case.origin.because), case.origin.facts)
            for case in self.context.every(Case)
            if seeks_to_block(self.context, self.law, case)
        ]


def _blocker(kind: str, thing_id: str, severity: str, clears: str, because: list[str], facts: bool) -> Entry:
    entry: Entry = {
        "kind": kind, "id": thing_id, "severity": severity, "clears_when": clears,
        "rule": BLOCKS[kind], "because": because,
    }  # fmt: skip
    return entry if facts else {**entry, "layer": "reported"}
