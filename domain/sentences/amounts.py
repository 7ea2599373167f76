"""Amounts in words: money with its currency and unit, ranges, percentages, counts with their unit, lists of words."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

LARGEST_EXPONENT = 24
"""The power of ten up to which a number is written out."""

UNITS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))


def money(value: Mapping[str, Any] | str | None) -> str:
    """`USD 30 billion`, `USD 28.50 per share`; "[erased]" of an erased one."""
    if isinstance(value, str):
        return value
    if not value or value.get("amount") is None:
        return "no price"
    text = f"{value.get('currency') or ''} {amount(value['amount'])}".strip()
    return f"{text} per {value['per']}" if value.get("per") else text


def amount(text: object) -> str:
    """A decimal number, shortened if that loses nothing: 14500000000 is 14.5 billion. What is no finite number of usual
    size is shown as it is written."""
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return str(text)
    if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT:
        return str(text)
    for size, name in UNITS:
        if abs(number) >= size:
            scaled = (number / size).normalize()
            if scaled == scaled.quantize(Decimal("0.001")):
                return f"{scaled:f} {name}"
            break
    return f"{number:,f}"


def money_range(low: Mapping[str, Any] | None, high: Mapping[str, Any] | None) -> str:
    """`USD 20 to 30 billion per share`, `USD 20 billion or more`, `up to USD 30 billion`."""
    if low is None or high is None:
        return f"up to {money(high)}" if low is None else f"{money(low)} or more"
    if (low.get("currency"), low.get("per")) != (high.get("currency"), high.get("per")):
        return f"{money(low)} to {money(high)}"
    if low["amount"] == high["amount"]:
        return money(high)
    per = f" per {high['per']}" if high.get("per") else ""
    least, most = amount(low["amount"]), amount(high["amount"])
    unit = f" {most.rpartition(' ')[2]}"
    return f"{high.get('currency') or ''} {least.removesuffix(unit) if ' ' in most else least} to {most}{per}".strip()


def consideration(value: Mapping[str, Any]) -> str:
    """What is paid or conceded: `USD 60 per share in cash and 0.5 shares of acme per share`, `25% per year`."""
    cash = value.get("cash")
    low, high = value.get("cash_low"), value.get("cash_high")
    per = f" per {value['per']}" if value.get("per") else ""
    parts = []
    if cash:
        parts.append(f"{_per_of(money(cash), cash, per)} in cash")
    elif low or high:
        parts.append(f"{_per_of(money_range(low, high), high or low, per)} in cash")
    if value.get("exchange_ratio"):
        of = f" of {value['of']}" if value.get("of") else ""
        parts.append(f"{amount(value['exchange_ratio'])} shares{of}{per}")
    if value.get("percent"):
        parts.append(f"{percent(value['percent'])}{per}")
    told = listed(parts)
    return f"{told} ({value['note']})" if told and value.get("note") else told or str(value.get("note") or "")


def _per_of(text: str, value: Mapping[str, Any] | None, per: str) -> str:
    """An amount with the unit of the whole, where it has none of its own."""
    return text if value and value.get("per") else text + per


def percent(number: object) -> str:
    """`19.9%`."""
    return f"{amount(number)}%"


def count(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 day, 2 days."""
    return f"{number:,} {one if abs(number) == 1 else many or one + 's'}"


def days(number: int | str) -> str:
    """A count of days; an erased one as [erased]."""
    return f"{number} days" if isinstance(number, str) else count(number, "day")


def left(number: int | str | None) -> str:
    """Days until a date: `8 days`, `today`, `3 days ago`; nothing where the date is not known, or was erased."""
    if number is None or isinstance(number, str):
        return ""
    return "today" if number == 0 else days(number) if number > 0 else f"{days(-number)} ago"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last
