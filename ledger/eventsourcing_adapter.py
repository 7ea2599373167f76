"""The log as an `eventsourcing` application: its notification log, repository and subscriptions over our table.

    application = LedgerApplication(ledger=ledger)
    application.notification_log["1,10"]
    application.repository.get("tiktok", projector_func=...)

The library's own appending locks the whole table and its own reading knows no tenant; here both are the ledger's. A
recorder is bound to one log, so a notification's id is the position, its topic the event's own name.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

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
from eventsourcing.utils import Environment, EnvType
from psycopg import Connection, Cursor

from domain.errors import Busy, DealExists, DuplicateId, OutcomeUnknown, StaleVersion
from ledger import event_reader
from ledger.encoding.stored_events import Draft, LineMapper, draft_of, notification, stored_event
from ledger.ledger import DEFAULT_TENANT, Ledger, open_ledger
from ledger.models import Request
from ledger.postgres.connection import transaction
from ledger.subscription.listener import CHANNEL

LOOK_SECONDS = 1.0
"""Polling interval of a subscription, beside notifications."""

BEYOND = 2**31 - 1
"""A version beyond that of any deal."""

SCAN_EVENTS = 1_000
"""Read at once where topics are wanted: those of other topics are read too."""

DATABASE = "PARLEY_DATABASE"
"""Where an application finds the URL of the database, if it is given no ledger."""

TENANT = "PARLEY_TENANT"
"""Where it finds the name of the log; without it, the main one."""


class LedgerDatastore(PostgresDatastore):
    """The library's datastore over our one pool: every transaction names the tenant first."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__("", "", "", "", "", originator_id_type="text")
        self.pool = ledger.pool  # type: ignore[assignment]  # the library's subclass only adds passwords that change
        self._tenant = ledger.tenant

    def register_type_adapters(self) -> None:
        """Does nothing: no composite types are used."""

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
        """Append drafts of one deal, all or none. Raises IntegrityError where a version or an id is taken."""
        if not stored_events:
            return []
        drafts = [draft_of(stored) for stored in stored_events]
        _require_one_sequence(drafts)
        taken = self._ledger.events([draft.submission.id for draft in drafts])
        if taken:
            raise IntegrityError(f"these events are recorded already: {', '.join(row.id for row in taken)}")
        request = Request(
            tuple(draft.submission for draft in drafts),
            by=drafts[0].by,
            expected_version=drafts[0].originator_version - 1,
        )
        try:
            receipt = self._ledger.append(request).result()
        except (StaleVersion, DuplicateId, DealExists) as error:
            raise IntegrityError(str(error)) from error
        except (Busy, OutcomeUnknown) as error:
            raise OperationalError(str(error)) from error
        if receipt.replayed:
            raise IntegrityError(f"another writer has just recorded {receipt.events[0].id}")
        return [event.position for event in receipt.events]

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
            last = min(BEYOND if lte is None else lte, self._version(str(originator_id)))
            after = max(after, last - limit)
        rows = self._ledger.read_deal(str(originator_id), after, lte, None if desc else limit)
        stored = [stored_event(row) for row in rows]
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
            page = min(SCAN_EVENTS if topics else limit - len(found), event_reader.LARGEST_PAGE)
            rows = self._ledger.read_log(after, page, stop)
            found += [notification(row) for row in rows if not topics or row.type in topics]
            if len(rows) < page:
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

    What was read once is not read again: the library goes on after the last event of the topics, which may be far back.
    """

    def _loop_on_pull(self) -> None:
        pulled: int | None = None
        try:
            while not self._has_been_stopped:
                head = self._recorder.max_notification_id()
                if head != pulled:
                    self._pull()
                    self._last_notification_id = max(self._last_notification_id or 0, head or 0)
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
        raise NotSupportedError(f"the ledger stores no {purpose} beside its record")

    def tracking_recorder(self, *_: Any) -> TrackingRecorder:
        raise NotSupportedError("projections keep their own position, in projections.batch_update")

    def process_recorder(self) -> ProcessRecorder:
        raise NotSupportedError("a process appends through the ledger")


class LedgerApplication(Application[str]):
    """One log as an application of the library: that of a ledger, or of the database that the environment names.

    The second form is what a `ProjectionRunner` asks for: `LedgerApplication({"PARLEY_DATABASE": "postgresql://..."})`.
    """

    def __init__(self, env: EnvType | None = None, *, ledger: Ledger | None = None) -> None:
        self._owns_ledger = ledger is None
        self.ledger = ledger or _open(self.construct_env(self.name, env))
        super().__init__(env)

    def construct_factory(self, env: Environment) -> InfrastructureFactory[TrackingRecorder]:
        return LedgerFactory(self.ledger, env)

    def close(self) -> None:
        """Close the application, and its ledger if it opened one."""
        super().close()
        if self._owns_ledger:
            self.ledger.close()


def _open(env: Environment) -> Ledger:
    url = env.get(DATABASE)
    if not url:
        raise OSError(f"give the URL of the database as {DATABASE}, in `env` or in the environment, or give a ledger")
    return open_ledger(url, env.get(TENANT) or DEFAULT_TENANT, migrating=False)


def _require_one_sequence(drafts: Sequence[Draft]) -> None:
    """Raises IntegrityError unless these are consecutive versions of one deal: for others no append is all or none."""
    first = drafts[0]
    for number, draft in enumerate(drafts, first.originator_version):
        if (draft.originator_id, draft.originator_version) != (first.originator_id, number):
            raise IntegrityError(
                f"after version {number - 1} of the deal {first.originator_id} came version {draft.originator_version} "
                f"of {draft.originator_id}: append consecutive versions of one deal at a time"
            )


__all__ = [
    "Draft",
    "LedgerApplication",
    "LedgerDatastore",
    "LedgerFactory",
    "LineMapper",
    "LogRecorder",
]
