"""Fines and other penalties."""

from typing import Any

from domain.entities.penalty import Penalty
from domain.event import Event, FoldStep, event
from domain.fields.types import PartyRef, Ref, Text
from domain.fields.values import Money, money_to_json


def _moved(entity: Penalty, step: FoldStep, status: str, reason: str | None, **changes: Any) -> Penalty:
    """The penalty in another status, with the change in its history. A field that was not given is unchanged."""
    given = {name: value for name, value in changes.items() if value not in (None, ())}
    after = entity.replace(status=status, reason=reason or entity.reason, **given)
    move = {
        "status": status, "amount": money_to_json(after.amount), "reason": reason, "since": step.since, "because": [step.id],
    }  # fmt: skip
    return after.replace(history=(*entity.history, move))


@event(
    "penalty.imposed",
    also_called=("penalty.added", "penalty.set", "fine.imposed", "fine.issued"),
    about=Penalty,
    creates=True,
    example={"penalty_id": "gun-jumping-fine", "by": "eu_commission", "on": ["illumina"], "amount": {"amount": "432000000", "currency": "EUR"}, "reason": "closed before clearance"},
    effect="adds the penalty, status imposed",
    sentence="{by} imposed a penalty[ of {amount}] on {on}[: {reason}]",
)  # fmt: skip
class PenaltyImposed(Event):
    """An authority or court imposed a penalty."""

    penalty_id: Ref
    """Its id in this record."""

    by: PartyRef
    """Who imposed it."""

    on: tuple[PartyRef, ...]
    """Who must bear it."""

    amount: Money | None = None
    """How much."""

    reason: Text | None = None
    """Why."""

    order_id: Ref | None = None
    """The order that was breached, or that imposes it."""

    case_id: Ref | None = None
    """The case in which it was imposed."""

    approval_id: Ref | None = None
    """The approval without which the parties acted."""

    def apply(self, entity: Penalty, step: FoldStep) -> Penalty:
        return _moved(
            entity, step, "imposed", self.reason, by=self.by, on=self.on, amount=self.amount, since=step.since,
            order_id=self.order_id, case_id=self.case_id, approval_id=self.approval_id,
        )  # fmt: skip


@event(
    "penalty.reduced",
    also_called=("penalty.lowered", "fine.reduced"),
    about=Penalty,
    example={"penalty_id": "gun-jumping-fine", "amount": {"amount": "100000000", "currency": "EUR"}, "by": "general_court"},
    effect="the amount changes; the earlier one remains in the history",
    sentence="[{by} reduced {penalty_id}|{penalty_id} was reduced][ from {before.amount}] to {amount}[: {reason}]",
)  # fmt: skip
class PenaltyReduced(Event):
    """A penalty was reduced."""

    penalty_id: Ref
    """The penalty."""

    amount: Money
    """How much it is now."""

    by: PartyRef | None = None
    """Who reduced it."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Penalty, step: FoldStep) -> Penalty:
        return _moved(entity, step, entity.status or "imposed", self.reason, amount=self.amount)


@event(
    "penalty.annulled",
    also_called=("penalty.cancelled", "penalty.overturned", "fine.annulled", "fine.quashed"),
    about=Penalty,
    example={"penalty_id": "gun-jumping-fine", "by": "eu_commission", "reason": "the court denied jurisdiction"},
    effect="status becomes annulled",
    sentence="[{by} annulled {penalty_id}|{penalty_id} was annulled][: {reason}]",
)
class PenaltyAnnulled(Event):
    """A penalty was annulled or withdrawn."""

    penalty_id: Ref
    """The penalty."""

    by: PartyRef | None = None
    """Who annulled it."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Penalty, step: FoldStep) -> Penalty:
        return _moved(entity, step, "annulled", self.reason)


@event(
    "penalty.paid",
    also_called=("penalty.settled", "fine.paid"),
    about=Penalty,
    example={"penalty_id": "gun-jumping-fine", "amount": {"amount": "432000000", "currency": "EUR"}},
    effect="status becomes paid",
    sentence="{penalty_id} was paid[ ({amount})]",
)
class PenaltyPaid(Event):
    """A penalty was paid."""

    penalty_id: Ref
    """The penalty."""

    amount: Money | None = None
    """How much was paid; absent, what was imposed."""

    def apply(self, entity: Penalty, step: FoldStep) -> Penalty:
        return _moved(entity, step, "paid", None, paid=self.amount or entity.amount)
