"""Conversion between rows of the log and stored events of the `eventsourcing` library."""

from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from eventsourcing.persistence import JSONTranscoder, Mapper, Notification, StoredEvent

from domain.envelope import Submission
from domain.time.edtf import When
from ledger.encoding.event_codec import line, payload
from ledger.models import Recorded


@dataclass(frozen=True, slots=True)
class Draft:
    """An event about to become version `originator_version` of its deal, recorded by `by`."""

    submission: Submission
    originator_version: int
    by: str

    @property
    def originator_id(self) -> str:
        return self.submission.deal_id


class _Row(msgspec.Struct, frozen=True):
    """The state of a stored event: the bytes of the table, in one JSON object."""

    position: int
    recorded_at: int
    leaf_hash: str
    leaf: msgspec.Raw
    payload: msgspec.Raw


class LineMapper(Mapper[str]):
    """A mapper between rows and domain events: from a draft, to a `RecordedEvent`."""

    def __init__(self) -> None:
        super().__init__(JSONTranscoder())
        self._decode = msgspec.json.Decoder(_Row).decode

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The stored form of a `Draft`."""
        draft: Draft = domain_event
        sent = draft.submission
        event = {
            **sent.sent,
            "id": sent.id,
            "schema_version": sent.schema_version,
            "occurred": sent.occurred.text,
            "published": None if sent.published is None else sent.published.text,
        }
        return StoredEvent(
            originator_id=draft.originator_id,
            originator_version=draft.originator_version,
            topic=sent.type,
            state=orjson.dumps({"by": draft.by, "event": event}),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The `RecordedEvent` of a stored event."""
        return line(self.to_recorded(stored_event))

    def to_recorded(self, stored_event: StoredEvent) -> Recorded:
        """The row that a stored event was made of, without its salt."""
        row = self._decode(stored_event.state)
        sealed = bytes(row.payload)
        return Recorded(
            row.position,
            str(stored_event.originator_id),
            stored_event.originator_version,
            "",
            stored_event.topic,
            row.recorded_at,
            "",
            bytes(row.leaf),
            bytes.fromhex(row.leaf_hash),
            None if sealed == b"null" else sealed,
            None,
        )


def stored_event(row: Recorded) -> StoredEvent:
    """A row as the library reads one deal."""
    return StoredEvent(row.deal_id, row.version, row.type, _state(row))


def notification(row: Recorded) -> Notification:
    """A row as the library reads the whole log."""
    return Notification(row.deal_id, row.version, row.type, _state(row), row.position)


def _state(row: Recorded) -> bytes:
    sealed = b"null" if row.payload is None else row.payload
    return b'{"position":%d,"recorded_at":%d,"leaf_hash":"%s","leaf":%s,"payload":%s}' % (
        row.position,
        row.recorded_at,
        row.leaf_hash.hex().encode(),
        row.leaf,
        sealed,
    )


def draft_of(stored: StoredEvent) -> Draft:
    """The draft of which `LineMapper` made a stored event."""
    sent = orjson.loads(stored.state)
    return Draft(_submission(stored, sent["event"]), stored.originator_version, sent["by"])


def _submission(stored: StoredEvent, event: dict[str, Any]) -> Submission:
    sent = {
        name: value for name, value in event.items() if name not in ("id", "schema_version", "occurred", "published")
    }
    return Submission(
        deal_id=str(stored.originator_id),
        id=event["id"],
        type=stored.topic,
        schema_version=event["schema_version"],
        occurred=When.parse(event["occurred"]),
        published=None if event["published"] is None else When.parse(event["published"]),
        payload=payload(stored.topic, orjson.dumps(sent)),
        sent=sent,
    )
