"""Dates in words: `15 Mar 2025`, `15 Mar to 18 Jun 2025`, `about Aug 2020`, `20 Sep 2020, 23:59 UTC-04:00`."""

import re
from functools import lru_cache

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
QUALIFIED = {"~": "about {}", "?": "{}, uncertain", "%": "about {}, uncertain", "": "{}"}

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([~?%]?)")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)


def date_text(written: object) -> str:
    """A date as written, in words: `2020-09-20` 20 Sep 2020, `2020-08~` about Aug 2020, `[a..b]` between a and b."""
    return _text(str(written))


@lru_cache(maxsize=16_384)
def _text(text: str) -> str:
    instant = _INSTANT.fullmatch(text)
    if instant:
        zone = "UTC" if instant[4] in ("Z", "+00:00") else f"UTC{instant[4]}"
        return f"{_part(instant[1])}, {instant[2]}{(instant[3] or '')[:3]} {zone}"
    if text[:1] == "[" and text[-1:] == "]":
        parts = text[1:-1].split(",")
        if len(parts) == 1:
            first, dots, last = parts[0].partition("..")
            return f"between {_shared(first, last)} and {_part(last)}" if dots else text
        return " or ".join(
            (*(_shared(part.strip(), parts[-1].strip()) for part in parts[:-1]), _part(parts[-1].strip()))
        )
    if "/" in text:
        first, last = text.split("/", 1)
        if first in ("", ".."):
            return f"until {_part(last)}"
        return f"from {_part(first)}" if last in ("", "..") else f"{_part(first)} to {_part(last)}"
    return _part(text)


def dated_text(written: object) -> str:
    """A date with its preposition: `on 20 Sep 2020`, `in Aug 2020`, `about Aug 2020`, `at 23:59 UTC on 20 Sep 2020`."""
    text = str(written)
    instant = _INSTANT.fullmatch(text)
    if instant:
        day, time = date_text(text).split(", ", 1)
        return f"at {time} on {day}"
    if _DATE.fullmatch(text) and text[-1] not in "~%":
        return f"{'on' if len(text.rstrip('?')) == 10 else 'in'} {date_text(text)}"
    told = date_text(text)
    return told if told.startswith(("about", "between", "until", "from", "[")) else f"on {told}"


def range_text(first: object, last: object) -> str:
    """Two days, the year said once where both share it: `15 Mar to 18 Jun 2025`."""
    start, end = str(first), str(last)
    told = date_text(start)
    if _DAY.fullmatch(start) and _DAY.fullmatch(end) and start[:4] == end[:4]:
        told = told.removesuffix(f" {start[:4]}")
    return f"{told} to {date_text(end)}"


def imprecise(written: object) -> bool:
    """Whether a date as written is a window rather than one day or instant."""
    text = str(written)
    return not (_INSTANT.fullmatch(text) or _DAY.fullmatch(text))


def is_date(text: str) -> bool:
    """Whether a text is written as a day, a month or an instant; a bare year is taken for a number."""
    found = _DATE.fullmatch(text)
    return bool(found and found[2]) or _INSTANT.fullmatch(text) is not None


def _shared(text: str, last: str) -> str:
    """A day without the month and year that it shares with the one named last."""
    if len(text) == len(last) == 10 and text[:4] == last[:4]:
        words = _part(text).split()
        return words[0] if text[:7] == last[:7] else " ".join(words[:2])
    return _part(text)


def _part(text: str) -> str:
    found = _DATE.fullmatch(text)
    if found is None:
        return text
    year, month, day, qualifier = found.groups()
    try:
        words = " ".join(
            each for each in ((day or "").lstrip("0"), MONTHS[int(month) - 1] if month else "", year) if each
        )
    except IndexError:
        return text
    return QUALIFIED[qualifier].format(words)
