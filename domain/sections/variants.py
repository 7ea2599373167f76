"""The variants of the deal's structure, which of them is the base case, and the scope that it gives the deal."""

from domain.entities.approval import Approval
from domain.entities.base import Occurrence
from domain.entities.variant import Variant
from domain.fields import conditions
from domain.sections.context import Context, Entry, entries_by_id, newest, owed, to_json
from domain.sections.section import section
from domain.sections.wording import Group, Wording, list_member, sentence_member, stakes, status_member, value_member

ASSETS = ("assets_in", "assets_out", "territories")
"""The fields of a variant that say what goes along."""


class Variants:
    """The variants of the deal, and which of them is the base case."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.all = context.every(Variant)
        self.closing = self._closing()
        adopted = [(each.adopted, each) for each in self.all if each.adopted and each.status == "adopted"]
        # A report of another choice does not undo the one that is a fact.
        chosen = [(mark, each) for mark, each in adopted if not mark.reported] or adopted
        self.base = self.closing or newest((mark.key, each) for mark, each in chosen)
        self.live = [each for each in self.all if each.status != "dropped"]

    def _closing(self) -> Variant | None:
        """The variant that deal.closed names."""
        deal_entity = self.context.deal_entity
        if deal_entity.closed is None or not deal_entity.structure:
            return None
        labelled = (each for each in self.all if each.label == deal_entity.structure)
        return self.context.one(Variant, deal_entity.structure) or next(labelled, None)

    def holds(self, only_if: str | None) -> bool:
        """Whether a condition holds: on the base variant, else on any that is not dropped; without one, always."""
        if only_if is None:
            return True
        condition = conditions.parse(only_if)
        return any(condition.holds(each) for each in ([self.base] if self.base else self.live))

    def causes(self, only_if: str | None) -> tuple[str, ...]:
        """The events by which a condition holds or, of the base variant, does not."""
        if only_if is None:
            return ()
        if self.base is not None:
            return (*self.base_because, *owed(self.base, *ASSETS))
        condition = conditions.parse(only_if)
        return next((owed(each, *ASSETS) for each in self.live if condition.holds(each)), ())

    @property
    def base_because(self) -> tuple[str, ...]:
        """The event by which the base variant was chosen."""
        if self.base is None:
            return ()
        if self.base is self.closing:
            closed = self.context.deal_entity.closed
            return (closed.id,) if closed else ()
        return (self.base.adopted.id,) if self.base.adopted else ()

    def entry(self, variant: Variant) -> Entry:
        needing = [
            approval
            for approval in self.context.every(Approval)
            if approval.only_if is None or conditions.parse(approval.only_if).holds(variant)
        ]
        adopted: Occurrence | None = self.context.deal_entity.closed if variant is self.closing else variant.adopted
        return {
            "label": variant.label,
            "status": "adopted" if variant is self.closing else variant.status,
            "assets_in": list(variant.assets_in),
            "assets_out": list(variant.assets_out),
            "territories": list(variant.territories),
            "proposed_by": variant.proposed_by,
            "price_effect": variant.price_effect,
            "stakes": to_json(variant.stakes),
            "adopted_since": adopted.since if adopted else None,
            "approvals": [approval.id for approval in needing],
            "approvals_because": list(
                dict.fromkeys(event for each in needing for event in owed(each, "only_if") or each.origin.because[:1])
            ),
            "because": list(self.base_because) if variant is self.closing else [],
        }


@section(
    entity=Variant,
    columns=("label", "status", "assets_in", "assets_out", "approvals"),
    named_by="label",
    depends_on=(Approval,),
    wording=Wording(
        group=Group.ECONOMICS,
        rank=2,
        new="New: {it}",
        shown=("{status}", "with {assets_in}", "without {assets_out}", "in {territories}"),
        gone="{it} is no longer on record",
        members={
            "status": status_member({}),
            "label": value_member("the name"),
            "assets_in": list_member("the assets included"),
            "assets_out": list_member("the assets left out"),
            "territories": list_member("the territories"),
            "stakes": stakes(),
            "price_effect": value_member("the effect on the price"),
            "approvals": sentence_member(
                "{it} needs {now}",
                "What {it} needs: {difference}",
                "{it} no longer needs an approval (before: {was})",
                group=Group.CONDITIONS,
            ),
            "proposed_by": value_member("the proposer", follows=("status",)),
            "adopted_since": value_member("the day of adoption", follows=("status",)),
        },
    ),
    statuses=("proposed", "adopted", "dropped"),
    over=("dropped",),
)
def variants_by_id(variants: Variants) -> dict[str, Entry]:
    """Structures of the deal that were proposed, and which of them is adopted."""
    return entries_by_id(variants.all, variants.entry)


@section(
    depends_on=(Variant,),
    in_digest=False,
    wording=Wording(
        group=Group.ECONOMICS,
        rank=2,
        it=("the deal as adopted",),
        members={
            "base_variant": sentence_member(
                "The deal is built on {now}",
                "The deal is now built on {now} (before: {was})",
                "The deal is no longer built on an adopted structure (before: {was})",
            ),
            "territories": list_member("the territories", follows=("base_variant",)),
            "assets_in": list_member("the assets included", follows=("base_variant",)),
            "assets_out": list_member("the assets left out", follows=("base_variant",)),
        },
    ),
)
def scope(variants: Variants) -> Entry:
    """What the adopted variant gives the deal."""
    base = variants.base
    return {
        "base_variant": base.id if base else None,
        "territories": list(base.territories) if base else [],
        "assets_in": list(base.assets_in) if base else [],
        "assets_out": list(base.assets_out) if base else [],
        "because": list(dict.fromkeys((*variants.base_because, *owed(base, *ASSETS)))) if base else [],
    }
