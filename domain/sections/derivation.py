"""Everything that is derived of a deal at one moment, as the rules that compare its parts are handed it."""

import re
from dataclasses import dataclass
from functools import cached_property

from domain.bitemporal import EffectiveEvents
from domain.entities.approval import OUTSTANDING, Approval
from domain.entities.deadline import Deadline
from domain.sections.approvals import Approvals
from domain.sections.bids import Bids
from domain.sections.closing_bars import Bar, bars_at_closing
from domain.sections.context import Context
from domain.sections.deadline_dates import DueDate
from domain.sections.deadlines import Deadlines
from domain.sections.orders import LegalStatuses
from domain.sections.variants import Variants

OF_CLOSING = re.compile(
    r"\b(clos(e|es|ed|ing)|complet\w+|consummat\w+|divest\w*|sell|sale|sold|dispos\w+|unload\w*|transfer\w*"
    r"|merg\w+|acqui\w+|transactions?|outside date|drop-dead|long-stop"
    r"|withdraw\w*|leav(e|es|ing)|exit\w*|ratif\w+|enter\w* into force)\b",
    re.IGNORECASE,
)
"""Words of an obligation that is the deal's own closing, divestiture or, for a treaty, entry into force or end."""

NOT_OF_CLOSING = re.compile(
    r"\b(fil(e|es|ed|ing)|submi\w+|appl(y|ies|ication)|respon\w+|answer\w*|repl(y|ies)|report\w*|notif\w+|notice"
    r"|vote\w*|meeting|comment\w*|hear(d|ing)|appeal\w*|brief\w*|decid\w+|decision|decree|review\w*|phase)\b",
    re.IGNORECASE,
)
"""Words of an obligation that is a step on the way there."""


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
        """The open deadlines that have a date, by id; none that the end of the deal froze."""
        return [each for each in self.deadlines.all.values() if each.open and each.at is None and each.due is not None]

    @cached_property
    def bars_at_closing(self) -> tuple[Bar, ...]:
        """What barred the closing, where the deal was closed all the same."""
        return tuple(bars_at_closing(self.context, self.deadlines.at_end, self.approvals))

    @cached_property
    def outstanding(self) -> list[Approval]:
        """The approvals that are required or pending, and needed; after the end, those that were required or filed
        since."""
        return [
            approval
            for approval in self.approvals.all
            if self.approvals.status(approval)[0] in OUTSTANDING
            and self.approvals.needed(approval)
            and self.context.after_the_end(*(mark.key[0] for mark in approval.marks))
        ]

    def is_of_closing(self, deadline: Deadline) -> bool:
        """Whether a deadline bounds the closing itself: its subject says so, or its obligation is the deal's own
        closing or divestiture. A day by which an authority must decide bounds no other approval."""
        if deadline.subject == "closing":
            return True
        if any(deadline.subject == approval.id for approval in self.approvals.all):
            return False
        words = deadline.obligation or ""
        return OF_CLOSING.search(words) is not None and NOT_OF_CLOSING.search(words) is None

    @cached_property
    def next_binding(self) -> DueDate | None:
        """The nearest binding date of closing that is not past due; facts decide which."""
        if self.facts is not None:
            return self.facts.next_binding
        ahead = [
            (found.due.closes, found.deadline.id, found)
            for found in self.open
            if found.binding and found.due is not None and self.is_of_closing(found.deadline)
        ]
        return next((each for closes, _id, each in sorted(ahead) if not self.context.has_passed(closes + 1)), None)
