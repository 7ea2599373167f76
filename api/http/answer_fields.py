"""Types of the fields that answers share."""

from typing import Annotated

from msgspec import Meta

from domain.time.instants import Moment, iso

Instant = Annotated[str, Meta(description="UTC, six decimals, Z.", extra_json_schema={"format": "date-time"})]


def instant_or_none(moment: Moment | None) -> str | None:
    """The field of a moment that may not have come."""
    return None if moment is None else iso(moment)
