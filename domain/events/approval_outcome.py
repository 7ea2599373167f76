"""How an approval ends: granted, conditioned, denied, withdrawn or by the end of a waiting period; and begins again."""

from collections.abc import Mapping

from domain.entities.approval import Approval
from domain.event import Event, FoldStep, event
from domain.events.approval import turned
from domain.fields.types import PartyRef, Ref, Text
from domain.sentences.wording import Wording


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

    by: PartyRef | None = None
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

    by: PartyRef | None = None
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
