"""The record as an `eventsourcing` application: its notification log, repository and subscriptions over our table.

    application = LedgerApplication(ledger)
    application.notification_log["1,10"]
    application.repository.get("tiktok", projector_func=...)

The library's own appending locks the whole table and its own reading knows no tenant; here both are the ledger's. A
recorder is bound to one log, so a notification's id is the position, its topic the event's own name.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import orjson
from eventsourcing.application import Application
from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    IntegrityError,
    Mapper,
    Notification,
    NotSupportedError,
    OperationalError,
    ProcessRecorder,
    StoredEvent,
    TrackingRecorder,
)
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore, PostgresSubscription
from eventsourcing.utils import Environment
from psycopg import Connection, Cursor

from domain.envelope import RecordedEvent, Submission
from domain.errors import Busy, DealExists, DuplicateId, OutcomeUnknown, StaleVersion
from domain.time.edtf import When
from ledger.encoding.event_codec import line, payload
from ledger.ledger import Ledger
from ledger.models import Recorded, Request
from ledger.postgres.connection import transaction
from ledger.subscription.listener import CHANNEL

LOOK_SECONDS = 1.0
"""How often a subscription looks for events of which it was not notified."""

BEYOND = 2**31 - 1
"""A version that no deal reaches."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A development about to become version `originator_version` of its deal, recorded by `by`."""

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
    """Between rows of the record and domain lines. A draft goes in, a `RecordedEvent` comes out."""

    def __init__(self) -> None:
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


class LedgerDatastore(PostgresDatastore):
    """The library's datastore over our one pool: every transaction names the tenant first."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text")
        self.pool = ledger.pool  # type: ignore[assignment]  # the library's subclass only adds passwords that change
        self._tenant = ledger.tenant

    def register_type_adapters(self) -> None:
        """Nothing to register: no composite types are used."""

    @contextmanager
    def get_connection(self) -> Iterator[Connection[Any]]:
        """A connection outside any transaction, for LISTEN."""
        with self.pool.connection() as connection:
            yield connection

    @contextmanager
    def transaction(self, *, commit: bool = False) -> Iterator[Cursor[Any]]:
        try:
            with transaction(self.pool, self._tenant) as connection:
                yield connection.cursor()
        except Busy as error:
            raise OperationalError(str(error)) from error

    def close(self) -> None:
        """The pool is the ledger's, and stays open."""


class LogRecorder(PostgresApplicationRecorder):
    """One log as the library's application recorder."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(LedgerDatastore(ledger), events_table_name="events")
        self.channel_name = CHANNEL
        self._ledger = ledger

    def create_table(self) -> None:
        """The tables are made by the ledger's migrations."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int] | None:
        """Append drafts, all or none. Raises IntegrityError where a version or an id is taken."""
        if not stored_events:
            return []
        drafts = [(stored, orjson.loads(stored.state)) for stored in stored_events]
        request = Request(
            tuple(_submission(stored, draft["event"]) for stored, draft in drafts),
            by=drafts[0][1]["by"],
            expected_version=stored_events[0].originator_version - 1,
        )
        try:
            return [event.position for event in self._ledger.append(request).result().events]
        except (StaleVersion, DuplicateId, DealExists) as error:
            raise IntegrityError(str(error)) from error
        except (Busy, OutcomeUnknown) as error:
            raise OperationalError(str(error)) from error

    def select_events(
        self,
        originator_id: Any,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        after = gt or 0
        if desc and limit is not None:
            last = min(lte or BEYOND, self._version(str(originator_id)))
            after = max(after, last - limit)
        rows = self._ledger.read_deal(str(originator_id), after, lte, None if desc else limit)
        stored = [StoredEvent(row.deal_id, row.version, row.type, _state(row)) for row in rows]
        return stored[::-1] if desc else stored

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = 0 if start is None else start - int(inclusive_of_start)
        found: list[Notification] = []
        while len(found) < limit:
            rows = self._ledger.read_log(after, limit, stop)
            found += [_notification(row) for row in rows if not topics or row.type in topics]
            if len(rows) < limit:
                break
            after = rows[-1].position
        return found[:limit]

    def max_notification_id(self) -> int | None:
        return self._ledger.head().position or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> "LogSubscription":
        return LogSubscription(recorder=self, gt=gt, topics=topics)

    def _version(self, deal_id: str) -> int:
        head = self._ledger.deal_head(deal_id)
        return 0 if head is None else head.version


class LogSubscription(PostgresSubscription):
    """The library's subscription, which also looks once a second without being notified.

    The library selects what is recorded, and listens from another thread: a notification sent between the two is lost,
    and with it the wake-up for an event that nothing follows.
    """

    def _loop_on_pull(self) -> None:
        pulled: int | None = None
        try:
            while not self._has_been_stopped:
                head = self._recorder.max_notification_id()
                if head != pulled:
                    self._pull()
                    pulled = head
                self._has_been_notified.wait(LOOK_SECONDS)
                self._has_been_notified.clear()
        except Exception as error:  # noqa: BLE001 - raised again in the thread that iterates
            self._thread_error = self._thread_error or error
            self.stop()


class LedgerFactory(InfrastructureFactory[TrackingRecorder]):
    """Hands the library the recorder and the mapper of one log; it has no others."""

    def __init__(self, ledger: Ledger, env: Environment) -> None:
        super().__init__(env)
        self._ledger = ledger

    def mapper(self, *_: Any, **__: Any) -> Mapper[Any]:
        return LineMapper()

    def application_recorder(self) -> ApplicationRecorder:
        return LogRecorder(self._ledger)

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        raise NotSupportedError(f"the ledger keeps no {purpose} beside its record")

    def tracking_recorder(self, *_: Any) -> TrackingRecorder:
        raise NotSupportedError("projections keep their own position, in projections.runner")

    def process_recorder(self) -> ProcessRecorder:
        raise NotSupportedError("a process appends through the ledger")


class LedgerApplication(Application[str]):
    """One log as an application of the library."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        super().__init__()

    def construct_factory(self, env: Environment) -> InfrastructureFactory[TrackingRecorder]:
        return LedgerFactory(self.ledger, env)


def _state(row: Recorded) -> bytes:
    sealed = b"null" if row.payload is None else row.payload
    return b'{"position":%d,"recorded_at":%d,"leaf_hash":"%s","leaf":%s,"payload":%s}' % (
        row.position,
        row.recorded_at,
        row.leaf_hash.hex().encode(),
        row.leaf,
        sealed,
    )


def _notification(row: Recorded) -> Notification:
    return Notification(row.deal_id, row.version, row.type, _state(row), row.position)


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


__all__ = [
    "Draft",
    "LedgerApplication",
    "LedgerDatastore",
    "LedgerFactory",
    "LineMapper",
    "LogRecorder",
    "RecordedEvent",
]
