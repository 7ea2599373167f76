"""What the deal's assets were said to be worth."""

from decimal import Decimal
from typing import Any

from domain.entities.valuation import Valuation
from domain.entities.variant import Variant
from domain.sections.context import Context, Entry, newest_shown, to_json
from domain.sections.section import section
from domain.sections.variants import Variants
from domain.sections.wording import Group, Member, Wording, sentence_member


def _bound(which: str) -> Member:
    """The words for the lowest or the highest value on record."""
    return sentence_member(
        f"The {which} value on record is {{now}}", f"The {which} value on record is now {{now}} (before: {{was}})",
        f"There is no longer a {which} value on record (before: {{was}})",
    )  # fmt: skip


@section(
    depends_on=(Valuation, Variant),
    wording=Wording(
        group=Group.ECONOMICS,
        rank=2,
        it=("the valuation",),
        members={
            "low": _bound("lowest"),
            "high": _bound("highest"),
            "observations": sentence_member(
                "Values on record: {now}",
                "Values on record: {difference}",
                "There is no longer a value on record (before: {was})",
                item=("{qualifier}", "{currency}", "[{point}|{low} to {high}|{low}|{high}]", "for {asset}", "of {on}"),
                follows=("low", "high"),
            ),
            "why": sentence_member(
                "The values do not compare: {now}",
                "The values do not compare: {now} (before: {was})",
                "The values compare again (before: {was})",
            ),
            "by_variant.*": sentence_member(
                "Value on record for {key}: {now}",
                "Value on record for {key}: {now} (before: {was})",
                "There is no longer a value on record for {key} (before: {was})",
                item=("[{low} to {high}|{low}|{high}|{why}]",),
                follows=("low", "high"),
            ),
        },
        repeated=frozenset({"count"}),
    ),
)
def valuation(context: Context, variants: Variants) -> Entry:
    """The spread of what was said it is worth; dropped variants do not count, currencies are never mixed."""
    dropped = frozenset(variant.id for variant in variants.all if variant.status == "dropped")
    entity = context.one(Valuation, "") or Valuation(id="")
    standing = [each for each in entity.spread.values() if each["variant_id"] not in dropped]
    by_variant: dict[str, Entry] = {}
    for variant_id in sorted({each["variant_id"] for each in standing if each["variant_id"]}):
        by_variant[variant_id] = _spread([each for each in standing if each["variant_id"] == variant_id])
    entry = _spread(standing)
    observations = [each for each in entity.observations if each["variant_id"] not in dropped]
    entry["observations"] = to_json(observations)
    entry["count"] = len(observations)
    entry["by_variant"] = by_variant
    entry["because"] = [event for each in observations for event in each["because"]]
    bounds = (each.get(name) for each in standing for name in ("low_because", "high_because"))
    return newest_shown(entry, (event for event in bounds if event is not None))


def _spread(observed: list[Any]) -> Entry:
    currencies = sorted({each["currency"] for each in observed})
    if len(currencies) > 1:
        return {"low": None, "high": None, "why": f"not comparable: amounts in {', '.join(currencies)}"}
    lows = [each["low"] for each in observed if each.get("low") is not None]
    highs = [each["high"] for each in observed if each.get("high") is not None]
    currency = currencies[0] if currencies else None
    return {
        "low": {"amount": min(lows, key=Decimal), "currency": currency} if lows else None,
        "high": {"amount": max(highs, key=Decimal), "currency": currency} if highs else None,
    }
