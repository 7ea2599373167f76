"""Values of a state in words: ids, conditions, counts with their unit, money."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.fields.conditions import parse

SAID = frozenset({"political", "self_imposed", "market_expectation"})
"""Forces of dates that a party states and no instrument sets."""


UNITS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))


def plain(name: str | None) -> str:
    """`legally_binding` as `legally binding`."""
    return "" if name is None else name.replace("_", " ")


def days(number: int | str) -> str:
    """A count with its unit; an erased one as [erased]."""
    if isinstance(number, str):
        return f"{number} days"
    return f"{number} day" if abs(number) == 1 else f"{number} days"


def left(number: int | str | None) -> str:
    """Days until a date: `8 days`, `today`, `3 days ago`; nothing where the date is not known, or was erased."""
    if number is None or isinstance(number, str):
        return ""
    return "today" if number == 0 else days(number) if number > 0 else f"{days(-number)} ago"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def named(names: Mapping[str, Any], party: str | None) -> str:
    """A party by its name, where the record knows one, else by its id."""
    if party is None:
        return "an unnamed party"
    return str((names.get(party) or {}).get("name") or party)


def condition(text: str | None) -> str:
    """`assets_in includes recommendation_algorithm` as `only if the recommendation algorithm is included`."""
    if not text:
        return ""
    try:
        read = parse(text)
    except ValueError:
        return f"only if {text}"
    what = plain(read.ref)
    return {
        "assets_in": f"only if the {what} is included",
        "assets_out": f"only if the {what} is excluded",
        "territories": f"only if the territories include {read.ref}",
    }[read.section]


def money(value: Mapping[str, Any] | str | None) -> str:
    """`USD 30 billion`, from an amount and a currency; "[erased]" of an erased one."""
    if isinstance(value, str):
        return value
    if not value or value.get("amount") is None:
        return "no price"
    text = f"{value.get('currency') or ''} {amount(value['amount'])}".strip()
    return f"{text} per {value['per']}" if value.get("per") else text


def amount(text: object) -> str:
    """A decimal number, shortened if that loses nothing: 14500000000 is 14.5 billion."""
    try:
        number = Decimal(str(text))
    except InvalidOperation:
        return str(text)
    for size, name in UNITS:
        if abs(number) >= size:
            scaled = (number / size).normalize()
            if scaled == scaled.quantize(Decimal("0.001")):
                return f"{scaled:f} {name}"
            break
    return f"{number:,f}"


def weekend(due: str | None) -> str | None:
    """`Sunday`, for a date that falls on one."""
    try:
        day = date.fromisoformat((due or "")[:10])
    except ValueError:
        return None
    return {5: "Saturday", 6: "Sunday"}.get(day.weekday())


def minute_of(moment: str | None) -> str:
    """A day as it is; of an instant the day and the minute."""
    return "" if moment is None else moment if len(moment) <= 10 else f"{moment[:10]} {moment[11:16]}Z"


def day_of(moment: str | None) -> str:
    """The day of an instant as the API writes it."""
    return "" if moment is None else moment[:10]
