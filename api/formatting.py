"""Parts of a state on the command line: the forces of dates, weekdays, moments."""

from datetime import date

SAID = frozenset({"political", "self_imposed", "market_expectation"})
"""Forces of dates that a party states and no instrument sets."""


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
