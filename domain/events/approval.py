"""Reviews, licences and consents by an authority: required, applied for, and in review."""

from collections.abc import Iterator, Mapping
from typing import Any

from domain.entities.approval import Approval
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import Country, Duration, Expr, PartyRef, Ref, Text, Unit
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

    authority: PartyRef
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

    by: PartyRef
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
