"""Values with parts, as they are in events and in states."""

from dataclasses import dataclass
from typing import Literal

from domain.fields.types import (
    AssetRef,
    Currency,
    Decimal,
    Duration,
    EventId,
    Holder,
    Number,
    Offset,
    PartyRef,
    Ref,
    Text,
    Unit,
)
from domain.time.edtf import When


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount as a decimal string, its ISO 4217 currency and, for a rate, the unit it is per."""

    amount: Decimal
    currency: Currency
    per: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consideration:
    """What is paid or conceded: cash or a range of it, shares of `of` at a ratio, a percentage such as a wage rise."""

    cash: Money | None = None
    cash_low: Money | None = None
    cash_high: Money | None = None
    exchange_ratio: Decimal | None = None
    of: AssetRef | None = None
    percent: Decimal | None = None
    per: Text | None = None
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """Who holds how much, in per cent."""

    holder: Holder
    pct: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a controlled-export catalogue."""

    label: Text
    code: Text | None = None
    scheme: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A date that holds on a condition, or otherwise."""

    due: When
    condition: Text | None = None
    approval_id: Ref | None = None
    by: When | None = None
    otherwise: Literal[True] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRule:
    """How far a deadline may move: at most `max_total` units in all, so many times, by whom, on what conditions."""

    max_total: Duration | None = None
    unit: Unit | None = None
    times: int | Literal["unlimited"] | None = None
    by: PartyRef | None = None
    conditions: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A duration worded differently: the same deadline as another count from another day."""

    deadline_id: Ref
    offset: Offset
    unit: Unit
    anchor: When


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a development was read. Reports of one `origin_id` are one origin, however many papers carry them."""

    title: Text | None = None
    publisher: Text | None = None
    url: Text | None = None
    published: When | None = None
    origin_id: EventId | None = None
    quote: Text | None = None


def money_of(value: object) -> Money | None:
    """An amount as a map of changes holds it, or None where it cannot be read as one."""
    if isinstance(value, dict) and isinstance(value.get("amount"), str) and isinstance(value.get("currency"), str):
        per = value.get("per")
        return Money(amount=value["amount"], currency=value["currency"], per=per if isinstance(per, str) else None)
    return None


def money_to_json(money: Money | None) -> dict[str, str] | None:
    """An amount as an entry of a history holds it."""
    if money is None:
        return None
    per = {} if money.per is None else {"per": money.per}
    return {"amount": money.amount, "currency": money.currency, **per}
