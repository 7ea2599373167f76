"""How a date that is written in another form is written here: quarters, halves, weeks, day-first dates, months by name.

Asked only about a text that was refused, so nothing here is fast, and nothing is guessed: where a form can mean two
days, both are named.
"""

import re
from collections.abc import Callable
from datetime import date

ACCEPTED_FORMS = (
    "a year, month or day such as 2020-09-15, a span such as 2025-10/2025-12 for a quarter, "
    "or an instant with its offset such as 2020-09-15T23:59:00-04:00"
)
"""What may be written."""

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_NAME = r"([A-Za-z]{3,9})\.?"
_PARTS = {"Q": ("a quarter", 3), "H": ("a half year", 6)}
_EDTF_PARTS = {33: "Q1", 34: "Q2", 35: "Q3", 36: "Q4", 40: "H1", 41: "H2"}


def form_hint(text: str) -> str | None:
    """A sentence that says how this text is written, or None where it is no form that is known."""
    for form, explain in _FORMS:
        found = form.fullmatch(text.strip())
        if found and (sentence := explain(*found.groups())):
            return f"{text!r} {sentence}"
    return None


def _part(kind: str, number: str, year: str) -> str | None:
    name, months = _PARTS[kind.upper()]
    last = int(number) * months
    if not 1 <= last <= 12:
        return None
    return f"is {name}: write {_year(year)}-{last - months + 1:02}/{_year(year)}-{last:02}."


def _edtf_part(year: str, code: str) -> str | None:
    part = _EDTF_PARTS.get(int(code))
    return _part(part[0], part[1], year) if part else None


def _week(year: str, number: str, weekday: str | None) -> str | None:
    try:
        first, last = (date.fromisocalendar(int(year), int(number), day) for day in (1, 7))
        if weekday:
            return f"is a day of a week: write {date.fromisocalendar(int(year), int(number), int(weekday))}."
    except ValueError:
        return None
    return f"is a week: write {first}/{last}."


def _numeric(first: str, second: str, year: str) -> str | None:
    """A day and a month before the year, in whichever order."""
    readings = {_day(year, month, day) for day, month in ((first, second), (second, first))} - {None}
    if not readings:
        return None
    which = " or ".join(sorted(str(each) for each in readings))
    return f"is read in two ways: write {which}." if len(readings) > 1 else f"has its year last: write {which}."


def _short_year(first: str, second: str, third: str) -> str | None:
    """A day, a month and a year of two digits, in whichever order."""
    orders = [(third, second, first), (third, first, second)]
    if len(first) == 2:
        orders.append((first, second, third))
    readings = {_day(year, month, day) for year, month, day in orders} - {None}
    if not readings:
        return None
    which = " or ".join(sorted(str(each) for each in readings))
    return f"has a year of two digits: write {which}."


def _with_time(day: str, time: str) -> str | None:
    """A day in another form with a time of day after it."""
    for form, explain in _DAYS:
        found = form.fullmatch(day)
        if found and (sentence := explain(*found.groups())):
            first = sentence.removesuffix(".")
            return f"is a day and a time: its day {first}, then T{time} and its offset, as in -04:00."
    return None


def _year_first(year: str, month: str, day: str) -> str | None:
    found = _day(year, month, day)
    return f"is a day in another form: write {found}." if found else None


def _day_month(day: str, name: str, year: str) -> str | None:
    month = _month(name)
    found = _day(year, str(month), day) if month else None
    return f"has its month in words: write {found}." if found else None


def _month_day(name: str, day: str, year: str) -> str | None:
    return _day_month(day, name, year)


def _named_month(name: str, year: str) -> str | None:
    month = _month(name)
    return f"has its month in words: write {_year(year)}-{month:02}." if month else None


def _year_named(year: str, name: str) -> str | None:
    return _named_month(name, year)


def _relative(word: str) -> str:
    return f"is no date: write the day itself, such as {date(2020, 9, 15)}."


def _spaced(day: str, time: str, offset: str | None) -> str:
    end = (offset or "").strip() or "-04:00"
    return (
        f"is an instant with a blank inside: write T instead, and the offset at once after it, as in {day}T{time}{end}."
    )


def _seconds(text: str) -> str:
    return "counts seconds or days since some day: write the day itself, such as 2020-09-15."


def _month(name: str) -> int | None:
    found = [at for at, each in enumerate(_MONTHS, 1) if each.startswith(name.lower().removesuffix("t") or "?")]
    return found[0] if len(found) == 1 else None


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(_year(year)), int(month), int(day))
    except ValueError:
        return None


def _year(text: str) -> str:
    return text if len(text) == 4 else f"20{text}"


_DAY = r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_SEPARATOR = r"[ \-/.,']*"
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., str | None]], ...] = tuple(
    (re.compile(form, re.IGNORECASE), explain)
    for form, explain in (
        (rf"([QH])([1-4]){_SEPARATOR}([0-9]{{4}}|[0-9]{{2}})", _part),
        (rf"([0-9]{{4}}){_SEPARATOR}([QH])([1-4])", lambda year, kind, number: _part(kind, number, year)),
        (rf"([1-4])([QH]){_SEPARATOR}([0-9]{{4}}|[0-9]{{2}})", lambda number, kind, year: _part(kind, number, year)),
        (r"([0-9]{4})-(3[3-6]|4[01])", _edtf_part),
        (r"([0-9]{4})-?W([0-9]{2})(?:-?([1-7]))?", _week),
        (r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})", _numeric),
        (r"([0-9]{4})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{1,2})", _year_first),
        (r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{2})", _short_year),
        (rf"([0-9]{{1,2}})(?:st|nd|rd|th|\.)?{_SEPARATOR}(?:of )?{_NAME}{_SEPARATOR}([0-9]{{4}})", _day_month),
        (rf"{_NAME}{_SEPARATOR}([0-9]{{1,2}})(?:st|nd|rd|th)?{_SEPARATOR} {_SEPARATOR}([0-9]{{4}})", _month_day),
        (rf"{_NAME}{_SEPARATOR}([0-9]{{4}})", _named_month),
        (rf"([0-9]{{4}}){_SEPARATOR}{_NAME}", _year_named),
        (r"(today|now|yesterday|tomorrow|tbd|tba|n/?a|none|unknown)", _relative),
        (rf"(?=.* ){_DAY} *T? *({_TIME}) *(Z|[+-][0-9]{{2}}:[0-9]{{2}})?", _spaced),
        (r"([0-9]{5}|[0-9]{9,13})", _seconds),
        (rf"(?![0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})(.*[^ ,])[ ,]+({_TIME})", _with_time),
    )
)

_DAYS = tuple(each for each in _FORMS if each[1] in (_numeric, _short_year, _year_first, _day_month, _month_day))
"""The forms of a single day."""


def not_a_date(part: str, whole: str) -> str:
    """Why a part of a date is none, and what to write."""
    inside = "" if part == whole else f" in '{whole}'"
    if part[:1] in "~?%" and part:
        return f"'{part}'{inside} starts with a qualifier: write it at the end, as in 2020-08~."
    if "X" in part:
        return (
            f"'{part}'{inside} has unspecified digits, which are not read here: write a set such as [2020-01..2020-09]."
        )
    if re.fullmatch(r"[0-9]{8}", part):
        return f"'{part}'{inside} lacks its hyphens: write {part[:4]}-{part[4:6]}-{part[6:]}."
    return f"'{part}'{inside} is no date that is read here: write {ACCEPTED_FORMS}."
