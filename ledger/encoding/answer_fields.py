"""Types of the members that answers share: each says what it is when encoded, and what is published of it."""

from typing import Annotated, Literal

from msgspec import Meta

from domain.time.instants import Moment, iso

Instant = Annotated[str, Meta(description="UTC, six decimals, Z.", extra_json_schema={"format": "date-time"})]
Seal = Literal["recorded", "signed", "witnessed", "timestamped"]
Version = Annotated[int, Meta(description="Place in the deal: 1, 2, 3 ...")]
Position = Annotated[int, Meta(description="Place in the log: 1, 2, 3 ...")]
LeafHash = Annotated[str, Meta(description="SHA-256 of the leaf (RFC 6962), in hex.")]


def instant_or_none(moment: Moment | None) -> str | None:
    """The member of a moment that may not have come."""
    return None if moment is None else iso(moment)
