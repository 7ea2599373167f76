"""Commitments offered to an authority."""

from collections.abc import Iterator, Mapping

from domain.entities.remedy import Remedy
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import Number, PartyRef, Ref, RemedyOutcome, Text
from domain.sentences.amounts import amount
from domain.sentences.wording import Wording


@event(
    "remedy.offered",
    also_called=("remedy.proposed", "commitment.offered", "concession.offered", "divestiture.offered", "mitigation.offered", "undertaking.offered"),
    about=Remedy,
    creates=True,
    example={"remedy_id": "rem-cloud", "by": "microsoft", "to": "eu_commission", "summary": "ten-year licences for cloud gaming", "duration_years": 10},
    effect="a mitigant on an approval",
    sentence="{by} offered {to} a remedy: {summary}[ ({years})]",
)  # fmt: skip
class RemedyOffered(Event):
    """A party offered an authority a commitment."""

    remedy_id: Ref
    """Its id in this record."""

    by: PartyRef
    """Who offered it."""

    to: PartyRef
    """To which authority."""

    summary: Text
    """What was offered."""

    duration_years: Number | None = None
    """For how many years."""

    approval_id: Ref | None = None
    """The approval for which it was offered."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"years": None if self.duration_years is None else f"{amount(self.duration_years)} years"}

    def check(self) -> Iterator[Problem]:
        if self.duration_years is not None and self.duration_years < 0:
            detail = f"duration_years is {self.duration_years}: give 0 or more, or leave it out."
            yield Problem("/data/duration_years", "out-of-range", detail)

    def apply(self, entity: Remedy, step: FoldStep) -> Remedy:
        return entity.replace(
            by=self.by,
            to=self.to,
            summary=self.summary,
            duration_years=entity.duration_years if self.duration_years is None else self.duration_years,
            approval_id=self.approval_id or entity.approval_id,
            status="offered",
        )


@event(
    "remedy.decided",
    also_called=("remedy.accepted", "remedy.rejected", "commitment.accepted", "undertaking.accepted"),
    about=Remedy,
    example={"remedy_id": "rem-cloud", "by": "eu_commission", "outcome": "accepted"},
    effect="the mitigant is accepted, rejected or withdrawn",
    sentence="{by} {decided} {remedy_id}[: {reason}]",
)
class RemedyDecided(Event):
    """An authority answered an offer, or it was taken back."""

    remedy_id: Ref
    """The remedy."""

    by: PartyRef
    """Who decided."""

    outcome: RemedyOutcome
    """How."""

    reason: Text | None = None
    """Why."""

    approval_id: Ref | None = None
    """The approval for which it was decided."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"decided": {"withdrawn": "withdrew"}.get(self.outcome, self.outcome)}

    def apply(self, entity: Remedy, step: FoldStep) -> Remedy:
        return entity.replace(
            status=self.outcome,
            decided_by=self.by,
            reason=self.reason,
            approval_id=self.approval_id or entity.approval_id,
        )
