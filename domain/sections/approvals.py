"""Approvals: the status of each, whether it is required, and when a decision is due."""

from domain.entities.approval import GRANTED, Approval
from domain.entities.base import Occurrence
from domain.entities.deadline import Deadline
from domain.entities.deal_calendar import DealCalendar
from domain.entities.litigation import Case
from domain.entities.order import Order
from domain.entities.variant import Variant
from domain.fields.types import FORCES
from domain.sections.context import Context, Entry, entries_by_id, owed, to_json
from domain.sections.deadline_dates import DueDate
from domain.sections.deadlines import Deadlines
from domain.sections.orders import LegalStatuses
from domain.sections.section import section
from domain.sections.variants import Variants
from domain.sections.wording import (
    Group,
    Wording,
    flag_member,
    list_member,
    sentence_member,
    status_member,
    value_member,
)


class Approvals:
    """Approvals and their statuses."""

    def __init__(
        self, context: Context, legal_statuses: LegalStatuses, deadlines: Deadlines, variants: Variants
    ) -> None:
        self.context, self.legal_statuses, self.deadlines, self.variants = context, legal_statuses, deadlines, variants
        self.all = context.every(Approval)

    def status(self, approval: Approval) -> tuple[str | None, list[str]]:
        """Its status and why: a ruling that quashed the decision sends it back to pending."""
        mark = approval.status_mark
        quashed = self.quashed_by(approval)
        if quashed is not None and mark is not None:
            return "pending", [quashed, mark.id]
        withdrawn = approval.marks[-2:-1] if approval.status == "required" else ()
        # Being required changes nothing but the status of what was withdrawn.
        before = [each.id for each in withdrawn if each.value == "withdrawn"]
        return approval.status, [mark.id, *before] if mark else []

    def quashed_by(self, approval: Approval) -> str | None:
        """The ruling that quashed its decision, where one did and no step of the review came after it."""
        return quashed_by(self.legal_statuses, approval, approval.status_mark)

    def phase_runs(self, approval: Approval) -> bool:
        """Whether the phase that was opened last still runs: a decision, a withdrawal or a ruling that quashed the
        decision ends it."""
        return approval.status == "pending" and self.quashed_by(approval) is None

    def outstanding_because(self, approval: Approval) -> tuple[str, ...]:
        """The events by which it stands as it does, is whose it is, and is needed."""
        told = owed(approval, "authority", "jurisdiction", "only_if", "suspensory")
        return tuple(dict.fromkeys((*self.status(approval)[1], *told, *self.variants.causes(approval.only_if))))

    def needed(self, approval: Approval) -> bool:
        return self.variants.holds(approval.only_if)

    def due(self, approval: Approval) -> str | None:
        """Rule 18: the day of the open deadline that is about it and has the greatest force, else the one that its
        running phase named; none while the clock of that deadline is stopped."""
        found = self.deadline(approval)
        if found is not None:
            return found.due.text if found.due else None
        running = approval.phase_due if self.phase_runs(approval) else None
        return to_json(running)  # type: ignore[no-any-return]  # a date as written, or None

    def due_because(self, approval: Approval) -> list[str]:
        """The events that made its due date: those of the open deadline, or the one that opened its phase."""
        found = self.deadline(approval)
        if found is not None:
            return list(dict.fromkeys((*found.causes, *found.because, *found.frozen_by)))
        running = approval.phase_due is not None and self.phase_runs(approval)
        return list(approval.origin.causes.get("phase_due", ())) if running else []

    def deadline(self, approval: Approval) -> DueDate | None:
        """The open deadline that is about it, with a date or a stopped clock; of several the one of greatest force,
        then the nearest."""
        about = [
            found
            for found in self.deadlines.by_subject.get(approval.id, ())
            if found.open and (found.due is not None or found.tolled)
        ]
        return min(about, key=_precedence, default=None)

    def possibly_cleared_by(self, approval: Approval) -> Occurrence | None:
        """What cleared it on an imprecise day that may lie ahead (rule 17); None where it is not cleared, or surely."""
        mark = approval.status_mark
        if mark is None or self.status(approval)[0] not in GRANTED or self.context.surely(mark.since):
            return None
        return mark

    def entry(self, approval: Approval) -> Entry:
        status, because = self.status(approval)
        enjoined = self.legal_statuses.enjoined.get(approval.id, ())
        return {
            "authority": approval.authority,
            "jurisdiction": approval.jurisdiction,
            "subject": approval.subject,
            "legal_basis": approval.legal_basis,
            "status": status,
            "status_because": because,
            "phase": None if self.quashed_by(approval) else approval.phase,
            "due": self.due(approval),
            "due_because": self.due_because(approval),
            "suspensory": approval.suspensory,
            "only_if": approval.only_if,
            "needed": self.needed(approval),
            "needed_because": list(
                dict.fromkeys((*owed(approval, "only_if"), *self.variants.causes(approval.only_if)))
            ),
            "enjoined": list(enjoined),
            "conditions": list(approval.conditions),
            "scope": approval.scope,
            "applied": approval.applied.since if approval.applied else None,
            "min_days": approval.min_days,
            "max_days": approval.max_days,
            "day_kind": approval.day_kind,
            "views": to_json(approval.views),
            "history": to_json(approval.history),
            "because": list(self.legal_statuses.enjoined_because.get(approval.id, ())),
        }


@section(
    entity=Approval,
    columns=("authority", "status", "phase", "due", "only_if", "min_days", "max_days"),
    named_by="authority",
    depends_on=(Deadline, Order, Case, Variant, DealCalendar),
    timed=True,
    wording=Wording(
        group=Group.CONDITIONS,
        new="New: {it}",
        shown=("{status}", "on {subject}", "due {due}", "needed only if {only_if}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member(
                {
                    "required": "required and not yet decided",
                    "pending": "under review",
                    "conditioned": "granted on conditions",
                    "cleared": "cleared, its waiting period having run out",
                }
            ),
            "due": sentence_member(
                "The decision on {it} is due on {now}",
                "The decision on {it} is now due on {now} (before: {was})",
                "The decision on {it} no longer has a date (before: {was})",
                group=Group.DATES,
                follows=("status",),
                follows_as=frozenset({None}),
            ),
            "needed": flag_member("is needed", "is not needed"),
            "suspensory": flag_member("must be cleared before closing", "need not be cleared before closing"),
            "phase": value_member("the phase"),
            "conditions": list_member("the conditions"),
            "enjoined": sentence_member(
                "A court suspended {it}", "Another court order bears on {it}", "{it} is no longer suspended by a court"
            ),
            "scope": value_member("the scope"),
            "applied": sentence_member(
                "{it} was applied for on {now}",
                "{it} was applied for on {now} (before: {was})",
                "{it} was not applied for, as far as is on record (before: on {was})",
                follows=("status",),
            ),
            "only_if": sentence_member(
                "{it} is needed only if {now}",
                "{it} is needed only if {now} (before: {was})",
                "{it} is needed without a condition (before: only if {was})",
            ),
            "min_days": sentence_member(
                "{it} takes at least {now} days",
                "{it} takes at least {now} days (before: {was})",
                "The shortest time that {it} takes is no longer on record (before: {was} days)",
            ),
            "max_days": sentence_member(
                "{it} takes at most {now} days",
                "{it} takes at most {now} days (before: {was})",
                "The longest time that {it} takes is no longer on record (before: {was} days)",
            ),
            "day_kind": value_member("the kind of days in the review", follows=("min_days", "max_days")),
            "views": list_member("the views", item=("{view}", "on {theories}", "without {dropped}")),
            "authority": value_member("the authority"),
            "jurisdiction": value_member("the jurisdiction"),
            "subject": value_member("the subject"),
            "legal_basis": value_member("the legal basis"),
        },
        repeated=frozenset({"history"}),
    ),
    statuses=("required", "pending", "conditioned", "granted", "cleared", "denied", "withdrawn"),
    over=(*GRANTED, "withdrawn"),
)
def approvals_by_id(approvals: Approvals) -> dict[str, Entry]:
    """Reviews, licences and consents."""
    return entries_by_id(approvals.all, approvals.entry)


def quashed_by(legal_statuses: LegalStatuses, approval: Approval, mark: Occurrence | None) -> str | None:
    """The ruling that quashed what a step of a review had decided; None for one that came before the step."""
    quashed = legal_statuses.quashed.get(approval.id)
    if quashed is None or mark is None or quashed[0] < mark.key or mark.value == "required":
        return None
    return quashed[1]


def _precedence(found: DueDate) -> tuple[int, bool, int, str]:
    force = found.deadline.force
    rank = FORCES.index(force) if force in FORCES else len(FORCES)
    return rank, found.due is None, found.due.closes if found.due else 0, found.deadline.id
