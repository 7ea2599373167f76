"""Everything that is derived of a deal at one moment, as the rules that compare its parts are handed it."""

from dataclasses import dataclass
from functools import cached_property

from domain.bitemporal import EffectiveEvents
from domain.entities.approval import Approval
from domain.sections.approvals import Approvals
from domain.sections.bids import Bids
from domain.sections.context import Context
from domain.sections.deadlines import Deadlines
from domain.sections.due_date import DueDate
from domain.sections.orders import LegalStatuses
from domain.sections.variants import Variants


@dataclass
class Derivation:
    """One deal at one moment, its parts derived."""

    context: Context
    legal_statuses: LegalStatuses
    deadlines: Deadlines
    variants: Variants
    approvals: Approvals
    bids: Bids
    chosen: EffectiveEvents
    facts: "Derivation | None" = None
    """The deal by its facts alone, where reports bear on this reading too."""

    @property
    def deciding(self) -> "Derivation":
        """The reading that says which dates bind: that of the facts."""
        return self.facts or self

    @cached_property
    def open(self) -> list[DueDate]:
        """The open deadlines that have a date, by id; none once the deal has ended."""
        if self.context.ended_at is not None:
            return []
        return [found for found in self.deadlines.all.values() if found.open and found.due is not None]

    @cached_property
    def outstanding(self) -> list[Approval]:
        """The approvals that are required or pending, and needed; none once the deal has ended."""
        if self.context.ended_at is not None:
            return []
        return [
            approval
            for approval in self.approvals.all
            if self.approvals.status(approval)[0] in ("required", "pending") and self.approvals.needed(approval)
        ]

    @cached_property
    def next_binding(self) -> DueDate | None:
        """The nearest binding deadline of the deal that is not past due; facts decide which.

        A day by which an authority must decide is that authority's own, and bounds no other approval.
        """
        if self.facts is not None:
            return self.facts.next_binding
        reviews = {approval.id for approval in self.approvals.all}
        ahead = [
            (found.due.closes, found.deadline.id, found)
            for found in self.open
            if found.binding and found.due is not None and found.deadline.subject not in reviews
        ]
        return next((each for closes, _id, each in sorted(ahead) if not self.context.has_passed(closes + 1)), None)
