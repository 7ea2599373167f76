"""Agreements of a deal: reached and amended."""

from collections.abc import Mapping

from domain.entities.agreement import Agreement
from domain.event import Event, FoldStep, event
from domain.fields.types import AgreementLevel, AssetRef, Map, PartyRef, Ref, Text
from domain.fields.values import Consideration, Money, Stake
from domain.sentences.wording import Wording
from domain.sentences.words import article, shortened, word
from domain.time.edtf import When


@event(
    "deal.agreement_reached",
    also_called=("deal.signed", "deal.agreed", "deal.reached", "deal.struck", "agreement.executed", "agreement.signed", "contract.signed", "merger.signed", "merger_agreement.signed", "treaty.signed"),
    about=Agreement,
    creates=True,
    example={"level": "definitive", "parties": ["bytedance", "oracle", "silver_lake", "mgx"], "binding": True, "agreement_id": "agr-jv", "stakes": [{"holder": "bytedance", "pct": 19.9}]},
    effect="where it covers the whole deal, the phase moves forward to signed (definitive) or agreed_in_principle (any other level)",
    sentence="{parties} {agreement}[ on {covers}][ at {price}][ for {consideration}][ (stakes: {stakes})][: {summary}]",
)  # fmt: skip
class AgreementReached(Event):
    """Parties reached an agreement, in principle or definitive."""

    level: AgreementLevel
    """How far it goes; only a definitive one signs the deal."""

    parties: tuple[PartyRef, ...]
    """Who agreed."""

    binding: bool | None = None
    """Whether it binds, where that is known."""

    agreement_id: Ref | None = None
    """Its id; absent, the id of this event."""

    summary: Text | None = None
    """What was agreed, in a sentence."""

    price: Money | None = None
    """The price agreed."""

    stakes: tuple[Stake, ...] = ()
    """Who will hold how much."""

    variant_id: Ref | None = None
    """The variant of the deal it follows."""

    covers: tuple[AssetRef, ...] = ()
    """The parts of the deal that it covers; absent, the whole. Only an agreement on the whole moves the phase."""

    consideration: Consideration | None = None
    """What is paid or conceded: cash, shares at a ratio, a percentage."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        kind = word("agreement", self.level)
        binding = {True: "binding ", False: "non-binding ", None: ""}[self.binding]
        verb = "agreed on" if self.level == "term_sheet" else "reached"
        return {"agreement": f"{verb} {article(binding + kind)}"}

    def apply(self, entity: Agreement, step: FoldStep) -> Agreement:
        return entity.replace(
            level=self.level,
            binding=entity.binding if self.binding is None else self.binding,
            parties=self.parties,
            summary=self.summary or entity.summary,
            price=self.price or entity.price,
            stakes=self.stakes or entity.stakes,
            variant_id=self.variant_id or entity.variant_id,
            covers=self.covers or entity.covers,
            consideration=self.consideration or entity.consideration,
            reached=step.mark(self.level),
            versions=(
                *entity.versions,
                {"version": len(entity.versions) + 1, "since": step.since, "because": [step.id]},
            ),
        )


@event(
    "deal.agreement_amended",
    also_called=("deal.amended", "deal.price_changed", "agreement.amended", "agreement.changed", "agreement.revised", "contract.amended"),
    about=Agreement,
    example={"agreement_id": "agr-jv", "changes": {"summary": "closing moved by a week"}, "new_outside_date": "2026-01-30"},
    effect="a new version of the agreement, its terms set key by key; moves no deadline",
    sentence="{agreement_id} was amended[, with {new_outside_date} as the new outside date][: {amended}]",
)  # fmt: skip
class AgreementAmended(Event):
    """An agreement was amended."""

    agreement_id: Ref
    """The agreement that changes."""

    changes: Map
    """Its terms as amended so far, key by key; empty where the other fields say all."""

    new_outside_date: When | None = None
    """The new last day for closing. A deadline moves only by an event of its own."""

    MAY_BE_EMPTY = ("changes",)

    def words(self, say: Wording) -> Mapping[str, str | None]:
        told = {**self.changes}
        summary = told.pop("summary", None)
        parts = (summary and shortened(str(summary)), say.changes(told))
        return {"amended": "; ".join(part for part in parts if part)}

    def apply(self, entity: Agreement, step: FoldStep) -> Agreement:
        version = {
            "version": len(entity.versions) + 1, "since": step.since, "changes": self.changes, "because": [step.id],
        }  # fmt: skip
        return entity.replace(
            other={**entity.other, **self.changes},
            outside_date=self.new_outside_date or entity.outside_date,
            versions=(*entity.versions, version),
        )
