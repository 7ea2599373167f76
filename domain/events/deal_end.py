"""The end of a deal: closed, terminated, unwound; and what is taken up again after it."""

from collections.abc import Mapping

from domain.entities.base import Entity
from domain.entities.deal import DealEntity
from domain.event import Event, FoldStep, event
from domain.fields.types import PartyRef, Ref, Reference, Text
from domain.fields.values import Money, Stake
from domain.sentences.wording import Wording
from domain.time.edtf import When

STRUCTURE = Reference(("variant", "party"))
"""What may have come of a deal."""


@event(
    "deal.closed",
    also_called=("deal.completed", "deal.consummated", "deal.done", "closing.completed", "closing.held", "merger.closed", "merger.completed", "transaction.closed"),
    about=DealEntity,
    example={"effective": "2026-01-22", "structure": "TikTok USDS Joint Venture LLC", "agreement_id": "agr-jv"},
    effect="status and phase become closed until the deal is reopened; open deadlines freeze",
    sentence="the deal closed, effective {effective}[, under {agreement_id}][: {structure_name}][ (stakes: {stakes})]",
)  # fmt: skip
class DealClosed(Event):
    """The deal closed: the agreement took effect."""

    effective: When
    """The day from which it is done."""

    structure: Text | None = None
    """What came of it; where it names a variant, that variant is adopted."""

    stakes: tuple[Stake, ...] = ()
    """Who holds how much."""

    agreement_id: Ref | None = None
    """The agreement that was carried out."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        return {"structure_name": self.structure and say.names.of(self.structure, STRUCTURE)}

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        return ((DealEntity, ""),)

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        if entity.closed is not None:
            return entity.replace(later_ends=(*entity.later_ends, step.mark("closed")))
        return entity.replace(
            closed=step.mark(), closed_by=step.actor, structure=self.structure, stakes=self.stakes,
            agreement_id=self.agreement_id,
        )  # fmt: skip


@event(
    "deal.terminated",
    also_called=("deal.abandoned", "deal.called_off", "deal.cancelled", "deal.canceled", "deal.collapsed", "deal.failed", "deal.withdrawn", "agreement.terminated", "merger.terminated"),
    about=DealEntity,
    example={"reason": "the outside date passed without clearance", "by": "qualcomm", "fee": {"amount": "2000000000", "currency": "USD"}},
    effect="status and phase become terminated until the deal is reopened; open deadlines freeze",
    sentence="[{by} terminated the deal|the deal was terminated]: {reason}[ (fee of {fee})]",
)  # fmt: skip
class DealTerminated(Event):
    """The deal was terminated."""

    reason: Text
    """Why."""

    by: PartyRef | None = None
    """Who ended it."""

    fee: Money | None = None
    """What it cost them."""

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        if entity.terminated is not None:
            return entity.replace(later_ends=(*entity.later_ends, step.mark("terminated")))
        return entity.replace(
            terminated=step.mark(), termination={"reason": self.reason, "by": self.by or step.actor, "fee": self.fee}
        )


@event(
    "deal.unwound",
    also_called=("deal.reversed", "deal.rescinded", "deal.undone", "merger.unwound"),
    about=DealEntity,
    example={"reason": "the authority ordered the acquisition to be undone", "by": "eu_commission", "effective": "2024-06-24"},
    effect="status becomes unwound: a closing is undone, and the record goes on",
    sentence="the deal was unwound[ by {by}][, effective {effective}]: {reason}",
)  # fmt: skip
class DealUnwound(Event):
    """A closing was undone."""

    reason: Text
    """Why."""

    by: PartyRef | None = None
    """Who undid it, or ordered it."""

    effective: When | None = None
    """The day from which it is undone, if not at once."""

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        return entity.replace(unwound=step.mark(), unwinding={"reason": self.reason, "by": self.by or step.actor})


@event(
    "deal.reopened",
    also_called=("deal.restarted", "deal.revived"),
    about=DealEntity,
    example={"reason": "the parties signed a new agreement after the termination", "by": "us_steel"},
    effect="open again after a closing, termination or unwinding: what was frozen is open again, the phase is that before the end",
    sentence="[{by} reopened the deal|the deal was reopened]: {reason}",
)  # fmt: skip
class DealReopened(Event):
    """The deal was taken up again after its end."""

    reason: Text
    """Why."""

    by: PartyRef | None = None
    """Who took it up again."""

    def apply(self, entity: DealEntity, step: FoldStep) -> DealEntity:
        return entity.replace(
            reopened=step.mark(), closed=None, closed_by=None, terminated=None, unwound=None, termination=None, unwinding=None,
            structure=None, stakes=(), agreement_id=None, later_ends=(),
        )  # fmt: skip
