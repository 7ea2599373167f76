"""What is wrong with the calendar of working days that an instrument names."""

from domain.rulebook import register_rule
from domain.time.calendars import Calendars

UNKNOWN = register_rule(
    "unknown-calendar",
    "unknowns",
    "A deadline names a calendar of working days that is not known. A day that is named outright applies.",
    "Due on 1 June 2020, by the calendar XQ.",
)
OF_PARTS = register_rule(
    "calendar-of-parts",
    "unknowns",
    "A deadline names the calendar of a country whose parts have holidays of their own. Only those of the country as a "
    "whole are days off; the trace names the calendars of its parts.",
    "One working day after 23 August 2024: by the calendar GB the 26th, a bank holiday in England (GB-ENG).",
)


def calendar_faults(name: str | None, calendars: Calendars) -> list[tuple[str, str]]:
    """Each fault of the calendar of that name: the rule that says so, and a sentence."""
    if not name or name == "none":
        return []
    calendar = calendars(name)
    if calendar is None:
        return [(UNKNOWN, f"No calendar is known by the name {name}: its holidays are not, and none is counted with.")]
    return [(OF_PARTS, calendar.warning)] if calendar.warning else []
