"""Prices and estimates reported."""

from collections.abc import Iterator, Mapping
from decimal import Decimal as Exact
from itertools import pairwise
from typing import Any

from domain.entities.valuation import Valuation
from domain.errors import Problem
from domain.event import Event, FoldStep, event
from domain.fields.types import AssetRef, Currency, Decimal, Qualifier, Ref, Text
from domain.sentences.amounts import money, money_range
from domain.sentences.wording import Wording

QUALIFIERS = {"about": "about ", "up_to": "up to ", "at_least": "no less than "}
"""How to read a number, in words."""


@event(
    "valuation.reported",
    also_called=("price.reported", "valuation.estimated", "valuation.given", "valuation.made"),
    about=Valuation,
    creates=True,
    example={"currency": "USD", "basis": "sale price estimate", "high": "30000000000", "qualifier": "up_to", "asset": "tiktok_us"},
    effect="one more observation; the range is the spread of all that are in effect",
    sentence="[{asset}|the deal] was valued at {value}[ under {variant_id}] ({basis})",
)  # fmt: skip
class ValuationReported(Event):
    """Someone put a number on the deal."""

    currency: Currency
    """Of all amounts here."""

    basis: Text
    """What the number means and where it comes from."""

    point: Decimal | None = None
    """The number itself."""

    low: Decimal | None = None
    """The lower end of a range."""

    high: Decimal | None = None
    """The upper end of a range."""

    qualifier: Qualifier | None = None
    """How to read the number: up_to gives no lower end, at_least no upper one."""

    asset: AssetRef | None = None
    """What is valued."""

    variant_id: Ref | None = None
    """For which variant of the deal."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        low, point, high = (
            each and {"amount": each, "currency": self.currency} for each in (self.low, self.point, self.high)
        )
        if point:
            told = f"{QUALIFIERS.get(self.qualifier or '', '')}{money(point)}"
            return {"value": f"{told} (in a range of {money_range(low, high)})" if low and high else told}
        if low and high:
            return {"value": money_range(low, high)}
        qualifier = QUALIFIERS.get(self.qualifier or "") or ("up to " if high else "no less than ")
        return {"value": f"{qualifier}{money(high or low)}"}

    def check(self) -> Iterator[Problem]:
        if self.point is None and self.low is None and self.high is None:
            yield Problem(
                "/data/point", "missing-field", "A valuation needs a point, a low or a high: give one of them."
            )
        ends = [("low", self.low), ("point", self.point), ("high", self.high)]
        given = [(name, value) for name, value in ends if value is not None]
        for (less, value), (greater, other) in pairwise(given):
            if _exact(value) > _exact(other):
                detail = f"{less} {value} is greater than {greater} {other}: swap or correct them."
                yield Problem(f"/data/{greater}", "reversed-range", detail)

    def apply(self, entity: Valuation, step: FoldStep) -> Valuation:
        observation = {
            "point": self.point, "low": self.low, "high": self.high, "qualifier": self.qualifier,
            "currency": self.currency, "basis": self.basis, "asset": self.asset, "variant_id": self.variant_id,
            "on": step.since, "layer": "reported" if step.reported else "facts", "grade": step.grade, "because": [step.id],
        }  # fmt: skip
        low = None if self.qualifier == "up_to" else (self.low or self.point)
        high = None if self.qualifier == "at_least" else (self.high or self.point)
        key = f"{self.variant_id or ''}|{self.currency}"
        was: Mapping[str, Any] = entity.spread.get(key) or {"variant_id": self.variant_id, "currency": self.currency}
        spread = dict(was)
        if low is not None and (was.get("low") is None or _exact(low) < _exact(was["low"])):
            spread.update(low=low, low_because=step.id)
        if high is not None and (was.get("high") is None or _exact(high) > _exact(was["high"])):
            spread.update(high=high, high_because=step.id)
        return entity.replace(
            observations=(*entity.observations, observation),
            count=entity.count + 1,
            spread={**entity.spread, key: spread},
        )


def _exact(text: str) -> Exact:
    return Exact(text)
