"""Whose clock dates the record: the database server's, unless it runs ahead of every other clock that is seen.

What is recorded under a clock that runs ahead is dated so for ever, and whatever comes after it as well; and a question
about today would not show it. So nothing is recorded, and nothing signed, until the clock is set right. A clock that
lies behind harms less: the record goes on a microsecond after its last event.
"""

from time import time_ns

from domain.errors import Busy
from domain.time.instants import SECOND, Moment, iso

AHEAD: Moment = 300 * SECOND
"""How far the database's clock may run ahead of this machine's and of the last event."""


class ClockAhead(Busy):
    """The database's clock runs ahead of all others."""

    code = "clock-ahead"


def seconds_ahead(database: Moment, recorded: Moment) -> float:
    """How far the database's clock runs ahead of this machine's, and of the last event."""
    return (database - max(time_ns() // 1_000, recorded)) / SECOND


def check(database: Moment, recorded: Moment) -> None:
    """Raises ClockAhead where the database's clock is not to be believed; `recorded` is when the last event was."""
    ahead = seconds_ahead(database, recorded)
    if ahead * SECOND > AHEAD:
        raise ClockAhead(
            f"The database's clock says {iso(database)}, {ahead:.0f} s ahead of this machine's and of the last event; "
            "nothing is recorded or signed until the two agree. Set the clock that is wrong, and send this again.",
            extra={"retry_after": 60},
        )
