"""The public JSON of an event: the envelope as it was sent, with the members that the ledger added."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import orjson
from msgspec import Meta

from domain.time.instants import iso
from ledger.encoding.answer_fields import Instant, LeafHash, Position, Seal, Version
from ledger.encoding.leaf import read_leaf
from ledger.models import Recorded


class SentMembers(TypedDict):
    """The sealed members of an event as they were sent."""

    effective: NotRequired[str | None]
    rank: NotRequired[int | None]
    actor: NotRequired[str | None]
    summary: NotRequired[str | None]
    sources: NotRequired[list[dict[str, Any]] | None]
    attribution: NotRequired[str | None]
    grade: NotRequired[str | None]
    quote: NotRequired[str | None]
    note: NotRequired[str | None]
    causation_id: NotRequired[str | None]
    correlation_id: NotRequired[str | None]
    erased: NotRequired[bool]
    unreadable: NotRequired[bool]


class EventStatus(TypedDict, total=False):
    """What the record says about one of its events."""

    text: Annotated[str, Meta(description="What happened, in a sentence.")]
    layer: Annotated[Literal["reported"], Meta(description="Of a report; a fact has none.")]
    voided_by: str
    corrected_by: list[str]
    seal: Seal


class EventMembers(SentMembers, EventStatus):
    """The members of an event beside its data."""

    deal_id: str
    id: str
    type: str
    schema_version: int
    occurred: str
    published: str | None
    version: Version
    position: Position
    recorded_at: Instant
    recorded_by: str
    leaf_hash: LeafHash


class RecordedEvent(EventMembers):
    """An event as it was sent, with the members that the ledger added and its status; its data, unless erased."""

    data: dict[str, Any] | None


class _Sent(SentMembers):
    data: dict[str, Any] | None


_UNMARKED: EventStatus = {}


def event_to_json(row: Recorded) -> RecordedEvent:
    """An event as recorded; without data if it is erased or its stored bytes are not valid JSON."""
    leaf = read_leaf(row.leaf)
    return {
        "deal_id": leaf.deal,
        "id": leaf.id,
        "type": leaf.type,
        "schema_version": leaf.schema_version,
        "occurred": leaf.occurred,
        "published": leaf.published,
        **_sent(row),
        **_UNMARKED,
        "version": row.version,
        "position": row.position,
        "recorded_at": iso(row.recorded_at),
        "recorded_by": leaf.recorded_by,
        "leaf_hash": row.leaf_hash.hex(),
    }


def _sent(row: Recorded) -> _Sent:
    if row.payload is None:
        return {"data": None, "erased": True}
    try:
        sent: _Sent | None = orjson.loads(row.payload)
    except ValueError:
        sent = None
    # Damage to one event in the database must not stop the reading of the whole log.
    return sent if isinstance(sent, dict) else {"data": None, "unreadable": True}
