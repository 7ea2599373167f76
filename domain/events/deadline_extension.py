"""More time for a deadline: requested, given or refused."""

from collections.abc import Mapping
from dataclasses import replace

from domain.entities.deadline import Deadline, ExtensionRequest, Shift
from domain.event import Event, FoldStep, event
from domain.fields.types import AnchorRef, Offset, PartyRef, Ref, Text
from domain.fields.values import Branch
from domain.sentences.amounts import days
from domain.sentences.dates import date_text
from domain.sentences.wording import Wording
from domain.time.edtf import When


@event(
    "deadline.extension_requested",
    also_called=("deadline.extension_asked", "extension.asked", "extension.requested", "extension.sought"),
    about=Deadline,
    example={"deadline_id": "dl-article-50", "by": "uk_government", "requested_due": "2019-06-30", "reason": "the agreement needs more time in Parliament"},
    effect="a pending request in the extension ledger",
    sentence="{by} asked to extend {deadline_id}[ to {requested_due}][: {reason}]",
)  # fmt: skip
class ExtensionRequested(Event):
    """An extension was requested."""

    deadline_id: Ref
    """The deadline."""

    by: PartyRef
    """Who asked."""

    requested_due: When | None = None
    """The day they asked for."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        request = ExtensionRequest(
            by=self.by, requested_due=self.requested_due, status="pending", since=step.since, id=step.id
        )
        return entity.replace(requests=(*entity.requests, request))


@event(
    "deadline.extended",
    also_called=("deadline.moved", "deadline.changed", "deadline.deferred", "deadline.delayed", "deadline.postponed", "deadline.prolonged", "deadline.pushed_back", "extension.granted"),
    about=Deadline,
    example={"deadline_id": "dl-divest", "by": "cfius", "new_due": "2020-11-27", "by_days": 15},
    effect="the due date moves and the extension budget is used; beyond the cap it is flagged",
    sentence="{by} extended {deadline_id}[ {move}[ ({days})][, or {branches}]| by {days}[, or {branches}]| to {branches}][ under {order_id}][: {reason}]",
)  # fmt: skip
class DeadlineExtended(Event):
    """A deadline was extended."""

    deadline_id: Ref
    """The deadline that moves."""

    by: PartyRef
    """Who moved it; whether they had the power is for the reader of the state to judge."""

    new_due: When | None = None
    """The new day, where one was named. It takes precedence over the count."""

    by_days: Offset | None = None
    """Days added, where they were counted."""

    counted_from: AnchorRef | None = None
    """The day they are counted from: `prior_due` (the default), `event date`, or a date."""

    reason: Text | None = None
    """Why."""

    order_id: Ref | None = None
    """The order that moved it."""

    alternatives: tuple[Branch, ...] = ()
    """Days that hold on conditions."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        counted = None
        if self.by_days is not None:
            start = self.counted_from in (None, "prior_due")
            day = (
                ""
                if start or self.counted_from in ("event date", "event_date")
                else f" from {date_text(self.counted_from)}"
            )
            counted = f"{days(self.by_days)}{day}"
        new = self.new_due or (say.before("next_due") if self.by_days is not None else None)
        move = say.moved("due", new)
        branches = [_branch_text(each) for each in self.alternatives]
        return {
            "move": move, "days": counted or say.days_between("due", new), "branches": "; ".join(branches),
        }  # fmt: skip

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        counted_from = self.counted_from
        if counted_from in ("event date", "event_date"):
            counted_from = step.since
        shift = Shift(
            id=step.id, since=step.since, start=step.start, by=self.by, new_due=self.new_due, days=self.by_days,
            counted_from=counted_from, reason=self.reason, order_id=self.order_id,
            prior=entity.shifts[-1].new_due if entity.shifts else None,
            after=entity.outcome.value if entity.outcome else None,
            branches=self.alternatives,
        )  # fmt: skip
        move = {
            "kind": "extended", "due": self.new_due.text if self.new_due else None, "by_days": self.by_days,
            "counted_from": counted_from, "by": self.by, "since": step.since, "because": [step.id],
        }  # fmt: skip
        return entity.replace(
            shifts=(*entity.shifts, shift),
            times=entity.times + 1,
            refusal=None,
            requests=tuple(answered(request, self.new_due, step.id) for request in entity.requests),
            # What was said of the date before it moved was said of another date.
            restated=() if self.new_due or self.by_days is not None or self.alternatives else entity.restated,
            history=(*entity.history, move),
        )


def answered(request: ExtensionRequest, new_due: When | None, by: str) -> ExtensionRequest:
    """An open request after an extension: granted, or refused where another day was named than asked.

    Where the extension names no day, the section of deadlines compares the computed one.
    """
    if request.status != "pending":
        return request
    if request.requested_due is None or new_due is None or request.requested_due == new_due:
        return replace(request, status="granted", answered_by=by)
    return replace(request, status="refused", answered_by=by, granted_due=new_due.text)


@event(
    "deadline.extension_refused",
    also_called=("deadline.extension_denied", "extension.denied", "extension.refused", "extension.rejected"),
    about=Deadline,
    example={"deadline_id": "dl-sale-political", "by": "us_president", "reason": "no more time"},
    effect="closes open requests; the date does not move",
    sentence="{by} refused to extend {deadline_id}[: {reason}]",
)
class ExtensionRefused(Event):
    """An extension was refused."""

    deadline_id: Ref
    """The deadline."""

    by: PartyRef
    """Who declined."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        requests = tuple(
            replace(each, status="refused", answered_by=step.id) if each.status == "pending" else each
            for each in entity.requests
        )
        move = {"kind": "extension_refused", "due": None, "by": self.by, "since": step.since, "because": [step.id]}
        return entity.replace(requests=requests, refusal=step.mark(), history=(*entity.history, move))


@event(
    "deadline.advanced",
    also_called=("deadline.accelerated", "deadline.brought_forward", "deadline.moved_up", "deadline.shortened"),
    about=Deadline,
    example={"deadline_id": "dl-divest", "by": "us_president", "new_due": "2020-11-01", "reason": "the talks are done"},
    effect="the due date moves to an earlier day; no extension budget is used",
    sentence="{by} brought {deadline_id} forward {move}[ under {order_id}][: {reason}]",
)
class DeadlineAdvanced(Event):
    """Someone moved a deadline to an earlier day."""

    deadline_id: Ref
    """The deadline that moves."""

    by: PartyRef
    """Who moved it."""

    new_due: When
    """The new day."""

    reason: Text | None = None
    """Why."""

    order_id: Ref | None = None
    """The order by which it was moved."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"move": say.moved("due", self.new_due)}

    def apply(self, entity: Deadline, step: FoldStep) -> Deadline:
        shift = Shift(
            id=step.id, since=step.since, start=step.start, by=self.by, new_due=self.new_due, reason=self.reason,
            order_id=self.order_id, advanced=True,
            after=None if entity.outcome is None else str(entity.outcome.value),
        )  # fmt: skip
        move = {
            "kind": "advanced", "due": self.new_due.text, "by": self.by, "since": step.since, "because": [step.id],
        }  # fmt: skip
        return entity.replace(shifts=(*entity.shifts, shift), restated=(), history=(*entity.history, move))


def _branch_text(branch: Branch) -> str:
    """A day that holds on a condition: `23 Jan 2026 if the court agrees`, `otherwise 16 Dec 2025`."""
    due = date_text(branch.due)
    if branch.otherwise:
        return f"otherwise {due}"
    by = f" by {date_text(branch.by)}" if branch.by else ""
    return f"{due} if {branch.condition or 'it is approved'}{by}" if branch.condition or by else due
