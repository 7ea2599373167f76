"""The calendars that a deal has of its own, before those of countries (rule 22)."""

import json
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date
from hashlib import sha256

from domain.entities.deal_calendar import DealCalendar, Publication
from domain.folded_deal import FoldedDeal
from domain.time.calendars import Calendar, Calendars
from domain.time.edtf import When

WEEKEND = frozenset({5, 6})


def with_own_calendars(deal: FoldedDeal, calendars: Calendars) -> Calendars:
    """Finds the deal's own calendar of a name first, then those of `calendars`."""
    own = {name: each for (kind, name), each in deal.entities.items() if kind == DealCalendar.KIND}
    if not own:
        return calendars
    built: dict[str, Calendar | None] = {}

    def find(name: str) -> Calendar | None:
        published = own.get(name)
        if not isinstance(published, DealCalendar) or not published.publications:
            return calendars(name)
        if name not in built:
            built[name] = build(published, calendars)
        return built[name]

    return find


def build(published: DealCalendar, calendars: Calendars) -> Calendar | None:
    """The calendar that the publications make; None where they name no day at all."""
    spans = [(each, *span) for each in published.publications if (span := _span(each)) is not None]
    if not spans:
        return None
    base_name = spans[-1][0].base
    base = calendars(base_name) if base_name else None
    days_off, worked = set(base.days_off if base else ()), set(base.make_up_days if base else ())
    for each, first, last in spans:
        days_off = {day for day in days_off if not first <= day <= last or (base and day in base.days_off)}
        worked = {day for day in worked if not first <= day <= last or (base and day in base.make_up_days)}
        off, on = set(_days(each.days_off)), set(_days(each.working_days))
        days_off = (days_off | off) - on
        worked = (worked - off) | on
    ids = ", ".join(each.id for each, _first, _last in spans)
    first, last = min(first for _each, first, _last in spans), max(last for _each, _first, last in spans)
    days = f"{sorted(days_off)} {sorted(worked)} {first} {last}"
    return Calendar(
        name=published.id,
        version=f"published by {ids}" + (f", on {base.version}" if base else ""),
        days_off=frozenset(days_off),
        make_up_days=frozenset(worked),
        weekend=base.weekend if base else WEEKEND,
        first=min(first, base.first) if base else first,
        last=max(last, base.last) if base else last,
        because=tuple(each.id for each, _first, _last in spans),
        digest=sha256(days.encode()).hexdigest(),
    )


def publications_to_json(published: DealCalendar) -> bytes:
    """What makes a calendar, for storing it beside what is counted by it."""
    written = [{each.name: _written(getattr(one, each.name)) for each in fields(one)} for one in published.publications]
    return json.dumps(written).encode()


def publications_from_json(name: str, content: bytes) -> DealCalendar:
    """The calendar of that name that was written by `publications_to_json`."""
    publications = (
        Publication(
            id=each["id"],
            days_off=tuple(map(When.parse, each["days_off"])),
            working_days=tuple(map(When.parse, each["working_days"])),
            base=each["base"],
            since=When.parse(each["since"]) if each["since"] else None,
            until=When.parse(each["until"]) if each["until"] else None,
        )
        for each in json.loads(content)
    )
    return DealCalendar(id=name, publications=tuple(publications))


def _written(value: object) -> object:
    if isinstance(value, tuple):
        return [_written(each) for each in value]
    return value.text if isinstance(value, When) else value


def _span(published: Publication) -> tuple[date, date] | None:
    """The first and the last day of which a publication speaks."""
    named = [*_days(published.days_off), *_days(published.working_days)]
    first = published.since.day(UTC) if published.since else date(min(named).year, 1, 1) if named else None
    last = published.until.last_day(UTC) if published.until else date(max(named).year, 12, 31) if named else None
    return (first, last) if first is not None and last is not None else None


def _days(named: tuple[When, ...]) -> Iterator[date]:
    return (day for when in named if (day := when.day(UTC)) is not None)
