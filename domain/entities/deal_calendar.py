"""Calendars of working days that a deal has of its own, as an authority publishes them."""

from dataclasses import dataclass

from domain.entities.base import Entity
from domain.time.edtf import When


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One publication of a calendar: days off, and days of a weekend that are worked, over a span of days."""

    id: str
    days_off: tuple[When, ...]
    working_days: tuple[When, ...]
    base: str | None
    """The country on whose calendar it rests; None: Saturdays and Sundays are off."""
    since: When | None
    """The first day of the span; None: the first of the year of the first day that it names."""
    until: When | None
    """The last day of the span; None: the last of the year of the last day that it names."""


@dataclass(frozen=True, kw_only=True)
class DealCalendar(Entity):
    """A calendar by the name that instruments give it."""

    KIND = "calendar"
    KEY = "calendar"

    publications: tuple[Publication, ...] = ()
    """In fold order; where the spans of two overlap, the later one says which days are worked."""
