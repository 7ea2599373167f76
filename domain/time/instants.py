"""Moments, and the civil days they fall on.

A `Moment` is a whole number of microseconds since 1970-01-01T00:00Z: one line for the world and for the record, exact
and quick to compare.

A civil day belongs to a zone. Its first moment is the first on which the calendar of that zone shows the day or a later
one, and its last moment the last on which it shows the day or an earlier one; so a clock change at midnight moves
neither into another day. (A day that a zone skipped altogether, such as 2011-12-30 in Pacific/Apia, has no moment.)
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from domain.nearest_names import nearest

Moment = int
"""Microseconds since 1970-01-01T00:00Z."""

PAST: Moment = -(2**62)
"""Before every instant that can be written."""

FUTURE: Moment = 2**62
"""After every instant that can be written."""

SECOND: Moment = 1_000_000
DAY: Moment = 86_400 * SECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_IN_UTC = _EPOCH.replace(tzinfo=None)
EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
FIRST: Moment = (date.min.toordinal() - EPOCH_ORDINAL) * DAY
LAST: Moment = (date.max.toordinal() + 1 - EPOCH_ORDINAL) * DAY - 1


def start_of_day(day: date, zone: tzinfo) -> Moment:
    """The first moment of a civil day in a zone."""
    if zone is UTC:
        return (day.toordinal() - EPOCH_ORDINAL) * DAY
    return _day_break(day, zone)[0]


def end_of_day(day: date, zone: tzinfo) -> Moment:
    """The last moment of a civil day in a zone."""
    if zone is UTC or day == date.max:
        return (day.toordinal() + 1 - EPOCH_ORDINAL) * DAY - 1
    return _day_break(date.fromordinal(day.toordinal() + 1), zone)[1] - 1


def civil_day(moment: Moment, zone: tzinfo) -> date:
    """The day that the calendar of a zone shows at a moment; the first or last of all days if it lies beyond."""
    if not FIRST <= moment <= LAST:
        return date.min if moment < FIRST else date.max
    if zone is UTC:
        return date.fromordinal(moment // DAY + EPOCH_ORDINAL)
    try:
        return (_EPOCH + timedelta(microseconds=moment)).astimezone(zone).date()
    except OverflowError:  # the zone's local time is in the year 0 or 10000
        return date.min if moment < 0 else date.max


def moment_of(instant: datetime) -> Moment:
    """The moment of an aware datetime. Raises ValueError for a naive one."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no zone: give an aware datetime.")
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def iso(moment: Moment) -> str:
    """ISO 8601 in UTC with six decimals and Z; what lies beyond the years 0001 to 9999 is shown at their edge."""
    inside = min(max(moment, FIRST), LAST)
    return (_EPOCH_IN_UTC + timedelta(microseconds=inside)).isoformat(timespec="microseconds") + "Z"


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The zone of an IANA name. Raises ValueError with the names spelt most like an unknown one."""
    if name in ("UTC", "Etc/UTC"):
        return UTC
    known = _zone_names()
    if name in known:
        return ZoneInfo(name)
    near = nearest(name, known, cutoff=0.5)
    hint = f"the nearest are {', '.join(near)}" if near else "write one such as America/New_York"
    raise ValueError(f"'{name[:64]}' is no time zone of the IANA database: {hint}.")


@lru_cache(maxsize=1)
def _zone_names() -> tuple[str, ...]:
    # These three name no place: what they mean depends on the machine.
    return tuple(sorted(available_timezones() - {"localtime", "posixrules", "Factory"}))


@lru_cache(maxsize=65_536)
def _day_break(day: date, zone: tzinfo) -> tuple[Moment, Moment]:
    """The first moment that shows `day` or later, and the first after the last moment that shows an earlier day."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
    before, after = _offset(midnight), _offset(midnight.replace(fold=1))
    line = (day.toordinal() - EPOCH_ORDINAL) * DAY
    if before == after:
        return line - before, line - before
    if (
        before > after
    ):  # midnight comes twice; the earlier day comes back between only if it ends just before the second
        back = civil_day(line - after - 1, zone) < day
        return line - before, line - (after if back else before)
    # The clock jumps over midnight: the day breaks at the jump, which lies between the two readings of the offset.
    low, high = line - after, line - before
    while low < high:
        middle = (low + high) // 2
        if civil_day(middle, zone) >= day:
            high = middle
        else:
            low = middle + 1
    return low, low


def _offset(instant: datetime) -> Moment:
    ahead = instant.utcoffset() or timedelta()
    return (ahead.days * 86_400 + ahead.seconds) * SECOND + ahead.microseconds
