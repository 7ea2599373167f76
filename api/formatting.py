"""Parts of a state on the command line and the page: the forces of dates, weekdays, moments, days left."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from domain.sections.deadline_status import overdue_words
from domain.sentences import amounts

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


def time_left(deadline: Mapping[str, Any]) -> str:
    """Days until a deadline: `8 days`, `today`, `overdue 3 days` without an outcome, else `3 days ago`."""
    return overdue_words(deadline) or amounts.left(deadline.get("days_left"))
