"""Dates as people give them, kept to the letter, with the earliest and the latest reading of where each starts.

What may be written is a strict subset of EDTF (ISO 8601-2), or an instant with its offset:

    2020  2020-09  2020-09-15      a year, a month, a day
    2020-08~  2020-09-15?  2020%   the same, qualified: kept and shown, the window is not widened
    2019/2020  ../2020-09  2020/.. a span: it acts from its start
    [2020-09-04,2020-09-11]        one of these; [2020-09-04..2020-09-11]: one of all between
    2020-09-15T23:59:00-04:00      an instant
"""

import re
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Literal

from domain.quotation import quoted
from domain.time.date_forms import ACCEPTED_FORMS, form_hint, not_a_date
from domain.time.instants import (
    DAY,
    EPOCH_ORDINAL,
    FIRST,
    FUTURE,
    LAST,
    PAST,
    SECOND,
    Moment,
    civil_day,
    end_of_day,
    start_of_day,
)

Bound = date | int | None
"""Where a reading lies: a civil day, a `Moment`, or nowhere (unbounded)."""

Reading = Literal["earliest", "latest"]

LONGEST_TEXT = 256
"""Characters; a set of a dozen qualified days fits."""

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([~?%]?)")
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?"
    r"(Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_NAIVE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.,]*")


class When:
    """A date as written, and the window in which it starts. Equal where the text is equal; never changed.

    A plain class and no dataclass: in JSON it is its text, and decoders take a dataclass for an object with members.
    """

    __slots__ = ("earliest", "end", "latest", "qualifier", "text")

    text: str
    """Exactly as written."""

    earliest: Bound
    """The earliest reading of its start; None where the start is open (`../2020-09`)."""

    latest: Bound
    """The latest reading of its start."""

    end: Bound
    """Its last day: equal to `latest`, except for a span, which ends elsewhere than it starts. None is open."""

    qualifier: str
    """`~` about, `?` uncertain, `%` both, or nothing."""

    def __init__(self, text: str, earliest: Bound, latest: Bound, end: Bound, qualifier: str = "") -> None:
        for name, value in zip(
            ("text", "earliest", "latest", "end", "qualifier"), (text, earliest, latest, end, qualifier), strict=True
        ):
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a date as written is never changed: parse another instead of setting {name}")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a date as written is never changed: {name} stays")

    def __eq__(self, other: object) -> bool:
        return self.text == other.text if isinstance(other, When) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"When({self.text!r})"

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _parse, (self.text,)

    @staticmethod
    def parse(text: str) -> "When":
        """Read a date as written. Raises ValueError, with a sentence that says what to write instead."""
        if not isinstance(text, str):
            raise ValueError(f"A date is a text, and {quoted(text)} is none: write {ACCEPTED_FORMS}.")
        return _parse(text)

    def opens(self, zone: tzinfo, reading: Reading = "earliest") -> Moment:
        """The moment from which it acts: the first of the day that the reading picks, or the instant itself."""
        return _first_of(self.earliest if reading == "earliest" else self.latest, zone, PAST)

    def closes(self, zone: tzinfo) -> Moment:
        """The last moment that it covers: the end of its latest day, or the instant itself."""
        if isinstance(self.end, date):
            return end_of_day(self.end, zone)
        return FUTURE if self.end is None else self.end

    def day(self, zone: tzinfo, reading: Reading = "earliest") -> date | None:
        """The civil day on which it starts, by this reading; None where that is open."""
        return _day_of(self.earliest if reading == "earliest" else self.latest, zone)

    def last_day(self, zone: tzinfo) -> date | None:
        """The last civil day that it covers (where a deadline falls); None where that is open."""
        return _day_of(self.end, zone)

    @property
    def is_instant(self) -> bool:
        """Written with a time of day and an offset."""
        return isinstance(self.earliest, int)

    @property
    def precise(self) -> bool:
        """One day or one instant, stated without doubt."""
        return self.earliest is not None and self.earliest == self.latest == self.end and not self.qualifier

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=65_536)
def closing(text: str | None, zone: tzinfo) -> Moment:
    """By which dates are put in order: the last moment that one covers in a zone; of none, after all others."""
    try:
        return When.parse(text or "").closes(zone)
    except ValueError:  # no date, or one that was erased
        return FUTURE


def parse_moment(text: str) -> Moment:
    """Read an instant with an offset. Raises ValueError for anything else."""
    try:
        _refuse_strange(text)
        return _instant(text)
    except ValueError as fault:
        raise ValueError(form_hint(text[:LONGEST_TEXT]) or str(fault)) from None


def parse_day_or_moment(text: str) -> date | Moment:
    """Read one exact day or one instant, as a question asks for it. Raises ValueError for an imprecise date."""
    when = When.parse(text)
    if not when.precise or when.earliest is None or "/" in text or "[" in text:
        raise ValueError(
            f"'{text}' is not one moment: write one day such as 2020-09-15, or an instant with its offset."
        )
    return when.earliest


def _first_of(bound: Bound, zone: tzinfo, unbounded: Moment) -> Moment:
    if isinstance(bound, date):
        return start_of_day(bound, zone)
    return unbounded if bound is None else bound


def _day_of(bound: Bound, zone: tzinfo) -> date | None:
    return civil_day(bound, zone) if isinstance(bound, int) else bound


@lru_cache(maxsize=65_536)
def _parse(text: str) -> When:
    try:
        return _read(text)
    except ValueError as fault:
        raise ValueError(form_hint(text[:LONGEST_TEXT]) or str(fault)) from None


def _read(text: str) -> When:
    _refuse_strange(text)
    if "T" in text:
        at = _instant(text)
        return When(text, at, at, at)
    if text.startswith("["):
        return _set(text)
    if "/" in text:
        return _span(text)
    first, last, qualifier = _window(text, text)
    return When(text, first, last, last, qualifier)


def _span(text: str) -> When:
    parts = text.split("/")
    if len(parts) != 2:
        raise ValueError(f"'{text}' has {len(parts) - 1} slashes: a span has one, as in 2020-08/2020-09.")
    if "" in parts:
        raise ValueError(f"'{text}' leaves one end of the span empty: write .. for an open end, as in 2020-09/...")
    if parts == ["..", ".."]:
        raise ValueError(f"'{text}' is open at both ends and says nothing: leave the date out, or give one end.")
    if parts[0] == "..":
        _, last, qualifier = _window(parts[1], text)
        return When(text, None, last, last, qualifier)
    first, latest_start, qualifier = _window(parts[0], text)
    if parts[1] == "..":
        return When(text, first, latest_start, None, qualifier)
    _, last, end_qualifier = _window(parts[1], text)
    if first > last:
        raise ValueError(f"'{text}' is reversed: it ends before it starts. Write {parts[1]}/{parts[0]}.")
    return When(text, first, min(latest_start, last), last, qualifier or end_qualifier)


def _set(text: str) -> When:
    if not text.endswith("]") or ("," not in text and ".." not in text):
        raise ValueError(f"'{text}' is no set of dates: write [2020-09-04,2020-09-11] or [2020-09-04..2020-09-11].")
    firsts, lasts, qualifiers = [], [], []
    for member in text[1:-1].split(","):
        ends = member.split("..")
        if len(ends) > 2 or "" in ends:
            raise ValueError(
                f"'{text}' has the member '{member}': give a date, or two joined by .. as in 2020-09-04..2020-09-11; "
                "an open end is written ../2020-09 or 2020-09/..."
            )
        windows = [_window(end, text) for end in ends]
        if windows[0][0] > windows[-1][1]:
            raise ValueError(f"'{text}' is reversed: write {ends[1]} after {ends[0]} the other way round.")
        firsts += [window[0] for window in windows]
        lasts += [window[1] for window in windows]
        qualifiers += [window[2] for window in windows]
    return When(text, min(firsts), max(lasts), max(lasts), next(filter(None, qualifiers), ""))


def _window(part: str, whole: str) -> tuple[date, date, str]:
    """First day, last day and qualifier of a year, month or day."""
    match = _DATE.fullmatch(part)
    if match is None:
        raise ValueError(not_a_date(part, whole))
    year, month, day, qualifier = match.groups()
    if year == "0000":
        raise ValueError(f"'{whole}' has the year 0000: years run from 0001 to 9999.")
    if month is None:
        return date(int(year), 1, 1), date(int(year), 12, 31), qualifier
    if not 1 <= int(month) <= 12:
        season = " (write a season as a span of months, such as 2025-03/2025-05)" if 21 <= int(month) <= 41 else ""
        raise ValueError(f"'{whole}' has the month {month}{season}: months run from 01 to 12.")
    last = _last_of_month(int(year), int(month))
    if day is None:
        return last.replace(day=1), last, qualifier
    if not 1 <= int(day) <= last.day:
        raise ValueError(f"'{whole}' is no day: {year}-{month} has the days 01 to {last.day}.")
    one = date(int(year), int(month), int(day))
    return one, one, qualifier


def _last_of_month(year: int, month: int) -> date:
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(days=1)


def _instant(text: str) -> Moment:
    match = _INSTANT.fullmatch(text)
    if match is None:
        if _NAIVE.fullmatch(text):
            raise ValueError(f"'{text}' is an instant without an offset: end it with Z or an offset such as -04:00.")
        raise ValueError(
            f"'{text}' is no instant: write one such as 2020-09-15T23:59:00-04:00 or 2020-09-16T03:59:00Z."
        )
    civil, hour, minute, second, fraction, offset, sign, ahead_hours, ahead_minutes = match.groups()
    day, _, _ = _window(civil, text)
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59:
        raise ValueError(f"'{text}' has an impossible time of day: it runs from 00:00:00 to 23:59:59.999999.")
    at = (int(hour) * 3600 + int(minute) * 60 + int(second or 0)) * SECOND + int((fraction or "")[:6].ljust(6, "0"))
    if offset != "Z":
        if int(ahead_hours) > 23 or int(ahead_minutes) > 59:
            raise ValueError(f"'{text}' has an impossible offset: it runs from -23:59 to +23:59.")
        ahead = (int(ahead_hours) * 60 + int(ahead_minutes)) * 60 * SECOND
        at += ahead if sign == "-" else -ahead
    moment = (day.toordinal() - EPOCH_ORDINAL) * DAY + at
    if not FIRST <= moment <= LAST:
        raise ValueError(f"'{text}' lies outside the years 0001 to 9999 in UTC.")
    return moment


def _refuse_strange(text: str) -> None:
    if text == "":
        raise ValueError(f"The date is empty: write {ACCEPTED_FORMS}.")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"'{text[:32]}...' has {len(text)} characters: a date has at most {LONGEST_TEXT}.")
    if not text.isascii() or not text.isprintable() or " " in text:
        plus = " (in a URL, + is written %2B)" if re.fullmatch(r"\S+T\S+ \d\d:\d\d", text) else ""
        raise ValueError(f"{text!r} has characters that no date has{plus}: write {ACCEPTED_FORMS}.")
