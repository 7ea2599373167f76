"""Approvals: how each stands, whether it is needed, and when a decision is due."""

from domain.entities.approval import Approval
from domain.entities.deadline import Deadline
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.variant import Variant
from domain.sections.context import Context, Entry, entries_by_id, to_json
from domain.sections.deadlines import Deadlines
from domain.sections.orders import LegalStatuses
from domain.sections.section import section
from domain.sections.variants import Variants


class Approvals:
    """Approvals and how they stand."""

    def __init__(
        self, context: Context, legal_statuses: LegalStatuses, deadlines: Deadlines, variants: Variants
    ) -> None:
        self.context, self.legal_statuses, self.deadlines, self.variants = context, legal_statuses, deadlines, variants
        self.all = context.every(Approval)

    def status(self, approval: Approval) -> tuple[str | None, list[str]]:
        """Its status and why: a ruling that quashed the decision sends it back to pending."""
        mark = approval.status_mark
        quashed = self.legal_statuses.quashed.get(approval.id)
        if quashed is not None and mark is not None and mark.key < quashed[0] and approval.status != "required":
            return "pending", [quashed[1]]
        return approval.status, [mark.id] if mark else []

    def needed(self, approval: Approval) -> bool:
        return self.variants.holds(approval.only_if)

    def due(self, approval: Approval) -> str | None:
        """The day of the open statutory deadline that is about it, else the one that its phase named; none while the
        clock of that deadline stands still."""
        for found in self.deadlines.all.values():
            deadline = found.deadline
            if deadline.subject == approval.id and deadline.force == "statutory" and found.open:
                if found.due is not None:
                    return found.due.text
                if found.tolled:
                    return None
        return to_json(approval.phase_due)  # type: ignore[no-any-return]  # a date as written, or None

    def entry(self, approval: Approval) -> Entry:
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
            "enjoined": list(self.legal_statuses.enjoined.get(approval.id, ())),
            "conditions": list(approval.conditions),
            "scope": approval.scope,
            "applied": approval.applied.since if approval.applied else None,
            "min_days": approval.min_days,
            "max_days": approval.max_days,
            "day_kind": approval.day_kind,
            "views": to_json(approval.views),
            "history": to_json(approval.history),
        }


@section(
    entity=Approval,
    columns=("authority", "status", "phase", "due", "only_if", "min_days", "max_days"),
    named_by="authority",
    depends_on=(Deadline, Order, Case, Variant),
    timed=True,
)
def approvals_by_id(approvals: Approvals) -> dict[str, Entry]:
    """Reviews, licences and consents."""
    return entries_by_id(approvals.all, approvals.entry)
