"""Everything that is derived of a deal at one moment, as the rules that compare its parts are handed it."""

import re
from dataclasses import dataclass
from functools import cached_property

from domain.bitemporal import EffectiveEvents
from domain.entities.approval import OUTSTANDING, Approval
from domain.entities.deadline import Deadline
from domain.rulebook import register_rule
from domain.sections.approvals import Approvals
from domain.sections.bars_at_closing import Bar, bars_at_closing
from domain.sections.bids import Bids
from domain.sections.context import Context
from domain.sections.deadline_dates import DueDate
from domain.sections.deadlines import Deadlines
from domain.sections.orders import LegalStatuses
from domain.sections.variants import Variants

CLOSING_WORDS = (
    "close", "closes", "closed", "closing", "complet*", "consummat*", "divest*", "sell", "sale", "sold", "dispos*",
    "unload*", "transfer*", "merg*", "acqui*", "transaction", "transactions", "outside date", "drop-dead", "long-stop",
    "withdraw*", "leave", "leaves", "leaving", "exit*", "ratif*", "enter* into force",
)  # fmt: skip
"""Words of an obligation that is the deal's own closing, divestiture or, for a treaty, entry into force or end; `*`
stands for any ending."""

STEP_WORDS = (
    "file", "files", "filed", "filing", "submi*", "apply", "applies", "application", "respon*", "answer*", "reply",
    "replies", "report*", "notif*", "notice", "vote*", "meeting", "comment*", "heard", "hearing", "appeal*", "brief*",
    "decid*", "decision", "decree", "review*", "phase",
)  # fmt: skip
"""Words of an obligation that is a step on the way there."""


def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    patterns = (re.escape(each).replace(r"\*", r"\w*") for each in words)
    return re.compile(rf"\b({'|'.join(patterns)})\b", re.IGNORECASE)


OF_CLOSING, STEP_TO_CLOSING = _any_of(CLOSING_WORDS), _any_of(STEP_WORDS)

register_rule(
    "date-of-closing",
    "feasibility",
    "A deadline bounds the closing itself where its subject is closing. Where its subject is an approval it does not. "
    "Else its obligation decides, whatever the case of its letters (* is any ending): it has one of the words "
    f"{', '.join(CLOSING_WORDS)}; and none of the words of a step on the way, {', '.join(STEP_WORDS)}.",
    "`divest TikTok US assets` bounds the closing; `file the divestiture plan` and `vote on the merger` do not.",
)


@dataclass
class Derivation:
    """One deal at one moment, its parts derived."""

    context: Context
    legal_statuses: LegalStatuses
    deadlines: Deadlines
    variants: Variants
    approvals: Approvals
    chosen: EffectiveEvents
    facts: "Derivation | None" = None
    """The deal by its facts alone, where reports bear on this reading too."""

    @cached_property
    def bids(self) -> Bids:
        """The bids with their statuses. Made where they are asked for: the silence of a bid is a change by time."""
        return Bids(self.context)

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

    @property
    def has_deal(self) -> bool:
        """Whether there is a deal to close or to carry out: opened, and neither terminated nor unwound."""
        deal = self.context.deal_entity
        return deal.opened is not None and deal.terminated is None and deal.unwound is None

    @cached_property
    def outstanding(self) -> list[Approval]:
        """The approvals that are required or pending, and needed; after the end, those that were required or filed
        since."""
        return [
            approval
            for approval in self.approvals.all
            if self.approvals.status(approval)[0] in OUTSTANDING
            and self.approvals.needed(approval)
            and self.context.after_the_end(mark.key[0] for mark in approval.marks)
        ]

    def is_of_closing(self, deadline: Deadline) -> bool:
        """Whether a deadline bounds the closing itself: its subject says so, or its obligation is the deal's own
        closing or divestiture. A day by which an authority must decide bounds no other approval."""
        if deadline.subject == "closing":
            return True
        if self.context.one(Approval, deadline.subject) is not None:
            return False
        words = deadline.obligation or ""
        return OF_CLOSING.search(words) is not None and STEP_TO_CLOSING.search(words) is None

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
