"""The day on which an event occurred that does not say so itself."""

from datetime import UTC, date, datetime

from domain.dates import Moment, civil_day, moment_of, zone


def default_day(tz: object, now: Moment | None = None) -> date:
    """Today in the deal's own time zone: that of its `tz`, UTC where it has none or one that is not known."""
    at = moment_of(datetime.now(UTC)) if now is None else now
    try:
        here = zone(tz if isinstance(tz, str) else "UTC")
    except ValueError:
        here = UTC
    return civil_day(at, here)
