"""The envelope of an event: when, who, which source; and the two forms of a whole event, sent and recorded.

Every member is either in the leaf, which every holder of the log can read, or in the payload, which is sealed by
a salted commitment and can be erased. `LEAF_MEMBERS` and `PAYLOAD_MEMBERS` say which.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.entities.base import Key
from domain.event import Event, FoldStep
from domain.fields.types import Attribution, EventId, Grade, PartyRef, Ref, Text
from domain.fields.values import Source
from domain.time.edtf import When
from domain.time.instants import Moment


@dataclass(slots=True, kw_only=True, unsafe_hash=True)
class Payload:
    """The sealed part of an event: what happened, who did it, who says so.

    It is not changed after it is made; a frozen dataclass would say so, and takes three times as long to make.
    """

    data: Event
    """The development itself."""

    effective: When | None = None
    """When it takes effect, if on another day than it occurred."""

    rank: int | None = None
    """Order among developments of one moment: smaller first; absent counts as 0."""

    actor: PartyRef | None = None
    """Who made it happen."""

    summary: Text | None = None
    """One sentence for a timeline."""

    sources: tuple[Source, ...] = ()
    """Where it was read."""

    attribution: Attribution | None = None
    """Who is accountable for it; absent, official_document and on_record make facts, the others reports."""

    grade: Grade | None = None
    """Admiralty grade: reliability of the source A-F, credibility of the information 1-6."""

    quote: Text | None = None
    """The decisive words, verbatim."""

    note: Text | None = None
    """What the recorder wants the reader to know."""

    causation_id: EventId | None = None
    """The event that led to this one."""

    correlation_id: EventId | None = None
    """What this event belongs together with."""


LEAF_MEMBERS = ("deal_id", "id", "type", "schema_version", "occurred", "published")
PAYLOAD_MEMBERS = (
    "data", "effective", "rank", "actor", "summary", "sources", "attribution",
    "grade", "quote", "note", "causation_id", "correlation_id",
)  # fmt: skip
LEDGER_MEMBERS = ("version", "position", "recorded_at", "recorded_by", "leaf_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One development as a client sent it: decoded, checked, not yet recorded."""

    deal_id: Ref
    id: EventId
    type: str
    schema_version: int
    occurred: When
    published: When | None
    payload: Payload
    sent: Mapping[str, Any] = field(compare=False)
    """The payload members as the client sent them, JSON values, no defaults: what is committed to."""

    def recorded(
        self, *, version: int, position: int, recorded_at: Moment, by: str = "", erased: bool = False
    ) -> "RecordedEvent":
        """The event as it is, or would be, in the record."""
        return RecordedEvent(
            deal_id=self.deal_id, id=self.id, type=self.type, schema_version=self.schema_version,
            occurred=self.occurred, published=self.published, payload=self.payload, version=version,
            position=position, recorded_at=recorded_at, recorded_by=by, erased=erased,
        )  # fmt: skip


@dataclass(slots=True, kw_only=True, unsafe_hash=True)
class RecordedEvent:
    """One development as recorded: a line in the record of its deal. Not frozen, for the reason given for `Payload`."""

    deal_id: str
    id: str
    type: str
    schema_version: int
    occurred: When
    published: When | None
    payload: Payload
    version: int
    position: int
    recorded_at: Moment
    recorded_by: str
    erased: bool = False
    """True when the payload was destroyed: type and dates remain, `payload.data` has no meaning."""

    @property
    def event(self) -> Event:
        return self.payload.data

    def submission(self, sent: Mapping[str, Any]) -> Submission:
        """The event as it was sent, with the payload members that were sent."""
        return Submission(
            deal_id=self.deal_id, id=self.id, type=self.type, schema_version=self.schema_version,
            occurred=self.occurred, published=self.published, payload=self.payload, sent=sent,
        )  # fmt: skip

    @property
    def effective(self) -> When | None:
        """When it takes effect, where that is said: in the envelope or in the event's own `effective`."""
        return self.payload.effective or getattr(self.payload.data, "effective", None)

    def step(self, key: Key, reported: bool) -> FoldStep:
        """The event in its place in fold order."""
        payload = self.payload
        return FoldStep(
            self.id, payload.data, key, reported, self.occurred, self.effective,
            payload.grade, payload.actor, payload.attribution, payload.sources, self.published, self.recorded_at,
        )  # fmt: skip
