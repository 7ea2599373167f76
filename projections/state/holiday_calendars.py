"""Working-day calendars by name, built from the `holidays` library.

A name is a country (`CN`, `USA`), a country and one of its subdivisions (`US-NY`, `DE-BY`), or a market (`NYSE`,
`XNYS`, `ECB` for TARGET2). Public holidays and the weekends of the place are days off; weekend days that a government
declares working, as China does each year, are worked.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from importlib.metadata import version

import holidays
from holidays import HolidayBase

from domain.nearest_names import nearest
from domain.time.calendars import Calendar
from projections.state.answers import CalendarName

FIRST_YEAR, LAST_YEAR = 1950, 2100

ANNOUNCED_YEARLY = frozenset({"BY", "CN", "HU", "LV", "RU", "UZ", "VN"})
"""Countries whose government exchanges working days each year: after the last year announced nothing is known."""

SHORTER_YEARS = {"IN": (2001, 2035), "LK": (2003, 2026)}
"""Countries whose movable feasts the library holds for these years only."""

SAMPLED_YEARS = range(2021, 2026)
"""Years over which the holidays of a country's parts are compared; a movable feast differs in one of them."""

VERSION = f"holidays {version('holidays')}"
"""The library and its version, which every calendar's version starts with."""


@lru_cache(maxsize=512)
def calendar(name: str) -> Calendar | None:
    """The calendar of that name, case aside; None for `none` and for an unknown name."""
    code = name.upper()
    source = _source(code)
    if source is None:
        return None
    first, last = date(min(source.years), 1, 1), date(max(source.years), 12, 31)
    if _country(source) in ANNOUNCED_YEARLY:
        last = date(max(source.weekend_workdays).year, 12, 31)
    weekend = frozenset(source.weekend)
    days_off: set[date] = set()
    make_up_days: set[date] = set()
    for day in _days_to_look_at(source, first, last):
        if source.is_working_day(day) != (day.weekday() not in weekend):
            (days_off if day.weekday() not in weekend else make_up_days).add(day)
    return Calendar(
        name, f"{VERSION} {code}", frozenset(days_off), frozenset(make_up_days), weekend, first, last, _parts(code)
    )


def _days_to_look_at(source: HolidayBase, first: date, last: date) -> Iterable[date]:
    """The days that may be worked otherwise than their weekday says: all, where the weekend itself was once another."""
    if type(source)._get_weekend is not HolidayBase._get_weekend:
        return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    return (day for day in {*source, *source.weekend_workdays} if first <= day <= last)


@lru_cache(maxsize=128)
def _parts(code: str) -> tuple[str, ...]:
    """The calendars of a country's parts, where any of them has other public holidays than the country as a whole."""
    parts = _countries().get(code, ())
    whole = set(_sample(code)) if parts else set()
    own = tuple(f"{code}-{part.upper()}" for part in parts)
    return own if any(set(_sample(code, part)) != whole for part in parts) else ()


def _sample(place: str, part: str | None = None) -> HolidayBase:
    return holidays.country_holidays(place, subdiv=part, years=SAMPLED_YEARS, expand=False)


@lru_cache(maxsize=1)
def list_calendars() -> list[CalendarName]:
    """Every calendar: its name, what kind of place it is of, and of a country the names of its parts."""
    found: list[CalendarName] = []
    for country, parts in sorted(_countries().items()):
        own = [f"{country}-{part.upper()}" for part in parts]
        found.append({"name": country, "kind": "country", "parts": own})
        found.extend({"name": name, "kind": "part", "of": country} for name in own)
    found.extend({"name": market, "kind": "market"} for market in sorted(_markets()))
    return found


def nearest_names(name: str) -> tuple[str, ...]:
    """Known names that are spelt most like `name`, best first; at most three."""
    known = [*_countries(), *_markets()]
    return nearest(name.upper(), known, cutoff=0.5)


def _source(code: str) -> HolidayBase | None:
    place, dash, part = code.partition("-")
    if place in _countries():
        subdivisions = {each.upper(): each for each in _countries()[place]}
        if dash and part not in subdivisions:
            return None
        plain = holidays.country_holidays(place, expand=False)
        return holidays.country_holidays(place, subdiv=subdivisions.get(part), years=_years(plain), expand=False)
    if code in _markets():
        plain = holidays.financial_holidays(code, expand=False)
        return holidays.financial_holidays(code, years=_years(plain), expand=False)
    return None


def _years(source: HolidayBase) -> range:
    first, last = SHORTER_YEARS.get(_country(source), (FIRST_YEAR, LAST_YEAR))
    return range(max(first, source.start_year), min(last, source.end_year) + 1)


def _country(source: HolidayBase) -> str:
    return str(getattr(source, "country", ""))


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=True)


@lru_cache(maxsize=1)
def _markets() -> dict[str, list[str]]:
    return holidays.list_supported_financial(include_aliases=True)
