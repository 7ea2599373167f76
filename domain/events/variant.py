"""Variants of the deal: what is in, what is out."""

from collections.abc import Mapping

from domain.entities.variant import Variant
from domain.event import Event, FoldStep, event
from domain.fields.types import AssetRef, Country, Direction, PartyRef, Ref, Text
from domain.fields.values import Stake
from domain.sentences.wording import Wording


@event(
    "structure.proposed",
    also_called=("structure.added", "structure.suggested", "variant.proposed"),
    about=Variant,
    creates=True,
    example={"variant_id": "v-carveout", "label": "complete carve-out of algorithms", "assets_in": ["us_user_base", "brand"], "assets_out": ["recommendation_algorithm"], "price_effect": "down"},
    effect="adds a variant of the deal",
    sentence="[{proposed_by} proposed the variant “{label}”|the variant “{label}” was proposed][, including {assets_in}][, excluding {assets_out}][, for {territories}][ (stakes: {stakes})][, {effect_on_price}]",
)  # fmt: skip
class StructureProposed(Event):
    """Someone put forward a way to build the deal."""

    variant_id: Ref
    """Its id in this record."""

    label: Text
    """What people call it."""

    assets_in: tuple[AssetRef, ...] = ()
    """What goes along."""

    assets_out: tuple[AssetRef, ...] = ()
    """What stays."""

    territories: tuple[Country, ...] = ()
    """For which countries."""

    proposed_by: PartyRef | None = None
    """Who put it forward."""

    price_effect: Direction | None = None
    """What it does to the price."""

    stakes: tuple[Stake, ...] = ()
    """Who would hold how much."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        told = {"up": "raising the price", "down": "lowering the price", "none": "leaving the price as it is"}
        return {"effect_on_price": told.get(self.price_effect or "")}

    def apply(self, entity: Variant, step: FoldStep) -> Variant:
        return entity.replace(
            label=self.label,
            assets_in=self.assets_in or entity.assets_in,
            assets_out=self.assets_out or entity.assets_out,
            territories=self.territories or entity.territories,
            proposed_by=self.proposed_by or entity.proposed_by,
            price_effect=self.price_effect or entity.price_effect,
            stakes=self.stakes or entity.stakes,
            status=entity.status or "proposed",
        )


@event(
    "structure.adopted",
    also_called=("structure.agreed", "structure.chosen", "variant.adopted"),
    about=Variant,
    example={"variant_id": "v-carveout", "by": "bytedance"},
    effect="the variant becomes the base case, on which conditions of approvals are read",
    sentence="[{by} adopted {variant_id}|{variant_id} was adopted]",
)
class StructureAdopted(Event):
    """The parties settled on one way to build the deal."""

    variant_id: Ref
    """The variant."""

    by: PartyRef | None = None
    """Who settled on it."""

    def apply(self, entity: Variant, step: FoldStep) -> Variant:
        return entity.replace(status="adopted", adopted=step.mark())


@event(
    "structure.dropped",
    also_called=("structure.abandoned", "structure.rejected", "variant.dropped"),
    about=Variant,
    example={"variant_id": "v-partial", "by": "bytedance", "reason": "Beijing would not license a part"},
    effect="the variant is dropped",
    sentence="[{by} dropped {variant_id}|{variant_id} was dropped][: {reason}]",
)
class StructureDropped(Event):
    """One way to build the deal was given up."""

    variant_id: Ref
    """The variant."""

    by: PartyRef | None = None
    """Who gave it up."""

    reason: Text | None = None
    """Why."""

    def apply(self, entity: Variant, step: FoldStep) -> Variant:
        return entity.replace(status="dropped", adopted=None)
