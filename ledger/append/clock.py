"""The clock of the record: the database server's, unless it runs ahead of this machine's and of the last event.

Events recorded under a clock that runs ahead keep that date for ever, and so do all later ones; and a query
about today would not show them. So nothing is recorded or signed until the clock is corrected. A clock that
is behind harms less: the next event is recorded a microsecond after the last one.
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


def latest(recorded: Moment) -> Moment:
    """The latest plausible reading of the database's clock; `recorded` is the time of the last event."""
    return max(time_ns() // 1_000, recorded) + AHEAD


def check(database: Moment, recorded: Moment) -> None:
    """Raises ClockAhead if the database's clock is implausible; `recorded` is the time of the last event."""
    ahead = seconds_ahead(database, recorded)
    if ahead * SECOND > AHEAD:
        raise ClockAhead(
            f"The database's clock says {iso(database)}, {ahead:.0f} s ahead of this machine's and of the last event; "
            "nothing is recorded or signed until the two agree. Set the clock that is wrong, and send this again.",
            extra={"retry_after": 60},
        )
