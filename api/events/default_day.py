"""Days in parameters, and the default of `occurred`."""

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import BeforeValidator

from domain.time.edtf import parse_day_or_moment
from domain.time.instants import Moment, civil_day, moment_of, zone


def default_day(tz: object, now: Moment | None = None) -> date:
    """Today in the time zone `tz` of the deal; in UTC if it has none or an unknown one."""
    at = moment_of(datetime.now(UTC)) if now is None else now
    try:
        here = zone(tz if isinstance(tz, str) else "UTC")
    except ValueError:
        here = UTC
    return civil_day(at, here)


def exact_day(text: str) -> date:
    """One exact day. Raises ValueError with a sentence that says what to write instead."""
    day = parse_day_or_moment(text)
    if not isinstance(day, date):
        raise ValueError(f"'{text}' is an instant: write a day such as 2020-09-15")
    return day


Day = Annotated[date, BeforeValidator(exact_day)]
