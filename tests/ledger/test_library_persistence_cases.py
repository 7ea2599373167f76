"""The persistence test cases that the `eventsourcing` library ships, run against the recorder of a log.

What the cases assert about order, conflicts, atomicity, limits, filters and subscriptions is the library's. They use
topics and states of their own; a log takes registered event types only, and only in a deal that is open. `CaseRecorder`
is between the two: it maps topics and states to events of open deals and back, and asserts nothing.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar
from unittest import TestCase
from unittest.mock import patch

import eventsourcing.cryptography
import orjson
import pytest
from eventsourcing.persistence import IntegrityError, Notification, NotSupportedError, StoredEvent
from eventsourcing.utils import Environment

from domain.event import REGISTRY
from ledger.eventsourcing_adapter import LedgerFactory, LogRecorder, LogSubscription
from ledger.ledger import Ledger
from ledger.models import Request
from tests.submissions import make_submission

# The cases import the cipher over pycryptodome, which nothing here uses; the library's other one has the same name.
with patch.dict(sys.modules, {"eventsourcing.cipher": eventsourcing.cryptography}):
    from eventsourcing.tests import persistence as cases

TYPES = {
    "topic": "context.noted",
    "non-interleaving-test-event": "context.noted",
    "topic1": "position.stated",
    "topic2": "party.added",
    "topic3": "deadline.set",
    "topic4": "valuation.reported",
}
"""The event type of each topic of the cases."""

NO_ASSERTION = "it measures the time of an insert and asserts nothing"
NO_CIPHER = "payloads are committed to as canonical JSON, so a mapper neither compresses nor encrypts them"
NO_SNAPSHOTS = "a log has no snapshots by version: states are folded by date, see docs/decisions/long-deals.md"
NO_TRACKING = "a log is followed, it follows nothing: positions are recorded beside the view that they belong to"
NO_PROCESS = "a process records through Ledger.append, which decides on the whole record"

Stored = TypeVar("Stored", bound=StoredEvent)

DEALS = [f"deal-{number}" for number in range(120)]
"""Open before a case begins: as many as the largest case asks for."""


class CaseRecorder(LogRecorder):
    """A recorder to which the log begins after the openings, and each deal after its own."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        ids = super().insert_events([_sent(stored) for stored in stored_events], **kwargs)
        return ids and [position - len(DEALS) for position in ids]

    def select_events(
        self, originator_id: Any, *, gt: int | None = None, lte: int | None = None, **kwargs: Any
    ) -> Sequence[StoredEvent]:
        after, upto = 1 if gt is None else gt + 2, None if lte is None else lte + 2
        return [_received(each) for each in super().select_events(originator_id, gt=after, lte=upto, **kwargs)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        found = super().select_notifications(
            len(DEALS) + (1 if start is None else start),
            limit,
            None if stop is None else stop + len(DEALS),
            [TYPES[topic] for topic in topics],
            inclusive_of_start=inclusive_of_start or start is None,
        )
        return [replace(_received(each), id=each.id - len(DEALS)) for each in found]

    def max_notification_id(self) -> int | None:
        last = super().max_notification_id()
        return None if last in (None, len(DEALS)) else last - len(DEALS)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> LogSubscription:
        return super().subscribe(gt or 0, topics)


def _sent(stored: StoredEvent) -> StoredEvent:
    type_name = TYPES[stored.topic]
    event = {
        "id": f"{stored.originator_id}-{stored.originator_version}",
        "schema_version": 1,
        "occurred": "2020-08-20",
        "published": None,
        "data": dict(REGISTRY[type_name].EXAMPLE),
        "summary": stored.state.decode(),
        "note": stored.topic,
    }
    state = orjson.dumps({"by": "case", "event": event})
    return replace(stored, originator_version=stored.originator_version + 2, topic=type_name, state=state)


def _received(stored: Stored) -> Stored:
    payload = orjson.loads(stored.state)["payload"]
    version, state = stored.originator_version - 2, payload["summary"].encode()
    return replace(stored, originator_version=version, topic=payload["note"], state=state)


class OverALog:
    """A case gets a recorder of a log of its own, in which the deals are open."""

    INITIAL_VERSION = 0
    ledger: Ledger

    @pytest.fixture(autouse=True)
    def _open_deals(self, ledger: Ledger) -> None:
        openings = tuple(make_submission(deal, f"{deal}-opening", "deal.opened") for deal in DEALS)
        ledger.append(Request(openings, by="case")).result(timeout=60)
        self.ledger = ledger
        self.unused = iter(DEALS)

    def create_recorder(self) -> Any:
        return CaseRecorder(self.ledger)

    def new_originator_id(self) -> str:
        return next(self.unused)


class TestApplicationRecorder(OverALog, cases.ApplicationRecorderTestCase[LogRecorder]):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()

    @pytest.mark.skip(reason=NO_ASSERTION)
    def test_performance(self) -> None: ...


class WithoutIds(CaseRecorder):
    """The recorder as one of aggregates: of those the library expects no notification ids."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


class TestAggregateRecorder(OverALog, cases.AggregateRecorderTestCase):
    def create_recorder(self) -> Any:
        return WithoutIds(self.ledger)

    @pytest.mark.skip(reason=NO_ASSERTION)
    def test_performance(self) -> None: ...


class TestNonInterleavingNotificationIds(OverALog, cases.NonInterleavingNotificationIDsBaseCase):
    pass


class TestFactory(cases.InfrastructureFactoryTestCase[LedgerFactory]):
    ledger: Ledger

    @pytest.fixture(autouse=True)
    def _log(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def setUp(self) -> None:
        self.env = Environment("Case")
        self.factory = LedgerFactory(self.ledger, self.env)
        self.transcoder = self.factory.transcoder()

    def expected_factory_class(self) -> type[LedgerFactory]:
        return LedgerFactory

    def expected_application_recorder_class(self) -> type[LogRecorder]:
        return LogRecorder

    @pytest.mark.skip(reason=NO_CIPHER)
    def test_mapper_with_compressor(self) -> None: ...

    @pytest.mark.skip(reason=NO_CIPHER)
    def test_mapper_with_cipher(self) -> None: ...

    @pytest.mark.skip(reason=NO_CIPHER)
    def test_mapper_with_cipher_and_compressor(self) -> None: ...

    @pytest.mark.skip(reason=NO_CIPHER)
    def test_mapper_with_wrong_cipher_key(self) -> None: ...

    @pytest.mark.skip(reason=NO_SNAPSHOTS)
    def test_create_aggregate_recorder(self) -> None: ...

    @pytest.mark.skip(reason=NO_TRACKING)
    def test_create_tracking_recorder(self) -> None: ...

    @pytest.mark.skip(reason=NO_PROCESS)
    def test_create_process_recorder(self) -> None: ...

    def expected_aggregate_recorder_class(self) -> Any: ...
    def expected_tracking_recorder_class(self) -> Any: ...
    def tracking_recorder_subclass(self) -> Any: ...
    def expected_process_recorder_class(self) -> Any: ...


@pytest.mark.skip(reason=NO_TRACKING)
class TestTrackingRecorder(cases.TrackingRecorderTestCase):
    def create_recorder(self) -> Any: ...


@pytest.mark.skip(reason=NO_PROCESS)
class TestProcessRecorder(cases.ProcessRecorderTestCase):
    def create_recorder(self) -> Any: ...


def test_a_factory_says_which_recorders_a_log_does_not_have(ledger: Ledger) -> None:
    factory = LedgerFactory(ledger, Environment("Case"))
    for make in (factory.aggregate_recorder, factory.tracking_recorder, factory.process_recorder):
        with pytest.raises(NotSupportedError):
            make()


class TestVersions(OverALog, TestCase):
    def test_only_consecutive_versions_of_one_deal_are_recorded(self) -> None:
        recorder = self.create_recorder()
        first = StoredEvent(self.new_originator_id(), 0, "topic1", b"state1")
        gap = replace(first, originator_version=2)
        another_deal = replace(first, originator_id=self.new_originator_id())
        for second in (gap, another_deal):
            with pytest.raises(IntegrityError):
                recorder.insert_events([first, second])
        assert recorder.max_notification_id() is None
