"""Reviews, licences and consents by an authority."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.entities.approval import Approval
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import Country, Duration, Expr, Ref, Text, Unit
from domain.sentences.wording import Wording
from domain.sentences.words import duration_text
from domain.time.edtf import When


def turned(entity: Approval, step: FoldStep, status: str, **changes: Any) -> Approval:
    """The approval in another status, its move kept."""
    move = {"status": status, "since": step.since, "because": [step.id]}
    mark = step.mark(status)
    return entity.replace(
        status=status, status_mark=mark, marks=(*entity.marks, mark), history=(*entity.history, move), **changes
    )


@event(
    "approval.required",
    also_called=("approval.needed", "clearance.required", "consent.required", "licence.required", "license.required", "review.required", "filing.required"),
    about=Approval,
    creates=True,
    example={"approval_id": "cn-export-licence", "authority": "cn_government", "jurisdiction": "CN", "subject": "transfer of algorithms and AI with TikTok US", "only_if": "assets_in includes recommendation_algorithm", "legal_basis": "revised export control list"},
    effect="the approval is required: a blocker until granted, where its condition holds",
    sentence="the deal needs the approval of {authority} for {subject}[, {condition}][, which takes {duration}][; {bar}][ ({legal_basis})]",
)  # fmt: skip
class ApprovalRequired(Event):
    """An approval is required: the deal needs the consent of an authority."""

    approval_id: Ref
    """Its id in this record."""

    authority: Ref
    """Who must consent."""

    jurisdiction: Country
    """Under whose law."""

    subject: Text
    """To what."""

    legal_basis: Text | None = None
    """By which law."""

    only_if: Expr | None = None
    """The condition on the deal under which it is needed: `assets_in includes recommendation_algorithm`."""

    min_days: Duration | None = None
    """The shortest it can take, counted from the application."""

    max_days: Duration | None = None
    """The longest it may take, counted from the application."""

    day_kind: Unit | None = None
    """What min_days and max_days count; days if absent."""

    suspensory: bool | None = None
    """Whether the law bars closing until it is cleared."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        least, most = self.min_days, self.max_days
        unit = self.day_kind or "day"
        duration = None
        if most is not None:
            duration = (
                f"{least} to {duration_text(most, unit)}" if least not in (None, most) else duration_text(most, unit)
            )
            duration = duration if least is not None else f"at most {duration}"
        elif least is not None:
            duration = f"at least {duration_text(least, unit)}"
        return {
            "condition": self.only_if and say.names.condition(self.only_if),
            "duration": duration,
            "bar": "closing must wait for it" if self.suspensory else None,
        }

    def check(self) -> Iterator[Problem]:
        if self.min_days is not None and self.max_days is not None and self.min_days > self.max_days:
            detail = f"min_days {self.min_days} is greater than max_days {self.max_days}: swap or correct them."
            yield Problem("/data/max_days", "reversed-range", detail)

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        after = entity.replace(
            authority=self.authority,
            jurisdiction=self.jurisdiction,
            subject=self.subject,
            legal_basis=self.legal_basis or entity.legal_basis,
            only_if=self.only_if or entity.only_if,
            min_days=entity.min_days if self.min_days is None else self.min_days,
            max_days=entity.max_days if self.max_days is None else self.max_days,
            day_kind=self.day_kind or entity.day_kind,
            suspensory=entity.suspensory if self.suspensory is None else self.suspensory,
        )
        return turned(after, step, "required") if entity.status in (None, "withdrawn") else after


@event(
    "approval.applied",
    also_called=("approval.filed", "approval.submitted", "approval.requested", "application.filed", "notification.filed", "merger.notified", "filing.made", "hsr.filed"),
    about=Approval,
    example={"approval_id": "cfius-2020", "by": "bytedance"},
    effect="the approval is pending; its clock runs",
    sentence="{by} applied for {approval_id}",
)  # fmt: skip
class ApprovalApplied(Event):
    """An application for approval was filed."""

    approval_id: Ref
    """The approval."""

    by: Ref
    """Who asked."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        mark = step.mark(self.by)
        return turned(entity, step, "pending", applied=mark, clock=mark)


@event(
    "approval.phase_opened",
    also_called=("approval.phase_started", "review.opened", "review.started", "investigation.opened", "second_request.issued"),
    about=Approval,
    example={"approval_id": "eu-merger", "phase": "phase 2", "due": "2023-05-22"},
    effect="the approval is pending, in that phase; makes no deadline",
    sentence="{approval_id} entered {phase}[, due {due}]",
)  # fmt: skip
class ApprovalPhaseOpened(Event):
    """The authority opened a phase of its review."""

    approval_id: Ref
    """The approval."""

    phase: Text
    """Which phase."""

    due: When | None = None
    """When the authority means to be done with it."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        return turned(entity, step, "pending", phase=self.phase, phase_due=self.due)


@event(
    "approval.provisional_view",
    also_called=("approval.preliminary_view", "provisional_findings.published", "statement_of_objections.issued"),
    about=Approval,
    example={"approval_id": "uk-merger", "view": "competition is lessened in cloud gaming", "theories": ["cloud_gaming"], "dropped": ["consoles"]},
    effect="a signal that is kept; no decision",
    sentence="the provisional view on {approval_id}: {view}[; pursued: {theories}][; dropped: {dropped}]",
)  # fmt: skip
class ProvisionalView(Event):
    """The authority published provisional findings."""

    approval_id: Ref
    """The approval."""

    view: Text
    """What it thinks for now."""

    theories: tuple[Text, ...] = ()
    """Theories of harm that it pursues."""

    dropped: tuple[Text, ...] = ()
    """Theories of harm that it has given up."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        view = {
            "view": self.view, "theories": list(self.theories), "dropped": list(self.dropped),
            "on": step.since, "because": [step.id],
        }  # fmt: skip
        return entity.replace(views=(*entity.views, view))


@event(
    "approval.granted",
    also_called=("approval.approved", "approval.cleared", "approval.given", "clearance.granted", "consent.granted", "licence.granted", "license.granted", "merger.cleared"),
    about=Approval,
    example={"approval_id": "eu-merger", "scope": "the whole transaction"},
    effect="the blocker is cleared",
    sentence="{approval_id} was granted[ for {scope}]",
)  # fmt: skip
class ApprovalGranted(Event):
    """The approval was granted."""

    approval_id: Ref
    """The approval."""

    scope: Text | None = None
    """To what exactly."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        return turned(entity, step, "granted", scope=self.scope or entity.scope)


@event(
    "approval.conditioned",
    also_called=("approval.conditionally_granted", "approval.granted_with_conditions", "clearance.conditional"),
    about=Approval,
    example={"approval_id": "eu-merger", "conditions": ["ten-year licences for cloud gaming"]},
    effect="cleared with conditions, which are obligations from now on",
    sentence="{approval_id} was granted on conditions: {conditions}",
)
class ApprovalConditioned(Event):
    """The approval was granted subject to conditions."""

    approval_id: Ref
    """The approval."""

    conditions: tuple[Text, ...]
    """The conditions."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        return turned(entity, step, "conditioned", conditions=self.conditions)


@event(
    "approval.denied",
    also_called=("approval.refused", "approval.rejected", "approval.blocked", "licence.denied", "license.denied", "merger.blocked", "merger.prohibited"),
    about=Approval,
    example={"approval_id": "uk-merger", "reason": "cloud gaming"},
    effect="a hard blocker",
    sentence="{approval_id} was denied[: {reason}]",
)  # fmt: skip
class ApprovalDenied(Event):
    """The approval was denied."""

    approval_id: Ref
    """The approval."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        return turned(entity, step, "denied")


@event(
    "approval.withdrawn",
    also_called=("application.withdrawn", "filing.withdrawn", "notification.withdrawn", "filing.pulled"),
    about=Approval,
    example={"approval_id": "cfius-2020", "by": "bytedance", "reason": "the plan was shelved"},
    effect="no longer needed, or the application taken back: no blocker; with refiling it is required until it is refiled",
    sentence="[{by} withdrew the application for {approval_id}|{approval_id} was withdrawn][ {refile}][: {reason}]",
)
class ApprovalWithdrawn(Event):
    """An approval is no longer required, or its application was withdrawn."""

    approval_id: Ref
    """The approval."""

    by: Ref | None = None
    """Who took it back."""

    reason: Text | None = None
    """Why."""

    refiling: bool | None = None
    """Whether the application was withdrawn to be filed again: the approval stays required."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"refile": "in order to refile it" if self.refiling else None}

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        return turned(entity, step, "required" if self.refiling else "withdrawn")


@event(
    "approval.reopened",
    also_called=("approval.revoked", "approval.annulled", "approval.rescinded", "approval.remanded", "review.reopened"),
    about=Approval,
    example={"approval_id": "uk-merger", "reason": "the transaction was restructured"},
    effect="the approval is pending again",
    sentence="the review for {approval_id} was reopened[: {reason}]",
)
class ApprovalReopened(Event):
    """The authority reopened a decided case."""

    approval_id: Ref
    """The approval."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        return turned(entity, step, "pending", phase=None, phase_due=None, clock=step.mark())


@event(
    "approval.refiled",
    also_called=("approval.resubmitted", "application.refiled", "filing.refiled", "notification.refiled"),
    about=Approval,
    example={"approval_id": "cfius-2020", "by": "bytedance", "reason": "the review period ran out"},
    effect="the approval is pending again with a new clock; the phase and due date of the earlier filing go",
    sentence="[{by} refiled the application for {approval_id}|the application for {approval_id} was refiled][: {reason}]",
)  # fmt: skip
class ApprovalRefiled(Event):
    """The application was filed again."""

    approval_id: Ref
    """The approval."""

    by: Ref | None = None
    """Who filed it."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        mark = step.mark(self.by)
        applied = mark if self.by else entity.applied or mark
        return turned(entity, step, "pending", phase=None, phase_due=None, applied=applied, clock=mark)


@event(
    "approval.waiting_period_expired",
    also_called=("approval.expired", "waiting_period.expired", "waiting_period.ended", "waiting_period.terminated", "early_termination.granted", "hsr.expired"),
    about=Approval,
    example={"approval_id": "hsr", "early": False},
    effect="status becomes cleared: no decision was taken, and closing is free",
    sentence="the waiting period for {approval_id} {ended}",
)  # fmt: skip
class WaitingPeriodExpired(Event):
    """A waiting period ended without a decision."""

    approval_id: Ref
    """The approval."""

    early: bool | None = None
    """Whether the authority ended it early."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"ended": "was ended early" if self.early else "expired"}

    def apply(self, entity: Approval, step: FoldStep) -> Approval:
        return turned(entity, step, "cleared")
