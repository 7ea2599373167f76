"""A log read, followed and appended to by the interfaces of the `eventsourcing` library."""

from itertools import islice
from threading import Timer

import pytest
from eventsourcing.persistence import IntegrityError

from ledger import event_reader
from ledger.eventsourcing_adapter import Draft, LedgerApplication, LogSubscription
from ledger.models import Request
from tests.waiting import until


@pytest.fixture
def application(ledger, submission):
    opened = submission("tiktok", "opened", "deal.opened")
    bids = [submission("tiktok", f"e{number}", "bid.submitted") for number in range(1, 25)]
    ledger.append(Request((opened, *bids), by="desk")).result(timeout=30)
    with LedgerApplication(ledger=ledger) as application:
        yield application


def test_a_notification_log_reads_the_record_in_sections(application):
    section = application.notification_log["1,10"]
    assert [item.id for item in section.items] == list(range(1, 11))
    assert section.next_id == "11,20"
    assert [item.topic for item in section.items][:2] == ["deal.opened", "bid.submitted"]
    assert application.notification_log["21,30"].next_id is None


def test_a_repository_folds_a_deal_up_to_a_version(application, ledger):
    def projector(_, lines):
        return [line.id for line in lines]

    assert application.repository.get("tiktok", projector_func=projector)[:3] == ["opened", "e1", "e2"]
    assert application.repository.get("tiktok", version=2, projector_func=projector) == ["opened", "e1"]


def test_the_mapper_gives_the_lines_of_the_record(application, ledger):
    stored = application.recorder.select_events("tiktok", gt=1, lte=4, desc=True, limit=2)
    lines = [application.mapper.to_domain_event(each) for each in stored]
    assert lines == [ledger.line(row) for row in ledger.read_deal("tiktok", 2, 4)][::-1]


def test_the_library_appends_through_the_ledger(application, ledger, submission):
    draft = Draft(submission("tiktok", "new", "bid.submitted"), originator_version=26, by="library")
    [recording] = application.events.put([draft])
    assert recording.notification.id == 26
    assert ledger.event("new").recorded_by == "library"
    late = Draft(submission("tiktok", "late", "bid.submitted"), originator_version=26, by="library")
    with pytest.raises(IntegrityError):
        application.events.put([late])


def test_a_subscription_of_the_library_sees_what_is_recorded_later(application, ledger, submission):
    with application.recorder.subscribe(gt=24, topics=["bid.submitted"]) as subscription:
        assert next(subscription).id == 25
        ledger.append(Request((submission("tiktok", "new", "bid.submitted"),), by="desk")).result(timeout=30)
        assert next(subscription).id == 26


class Unnotified(LogSubscription):
    """A subscription whose notifications are all lost."""

    def _listen(self) -> None:
        pass


def test_a_subscription_sees_an_event_of_which_it_was_not_notified(application, ledger, submission):
    with Unnotified(application.recorder, gt=25) as subscription:
        giving_up = Timer(60, subscription.stop)
        giving_up.start()
        ledger.append(Request((submission("tiktok", "new", "bid.submitted"),), by="desk")).result(timeout=30)
        assert [notification.id for notification in islice(subscription, 1)] == [26]
        giving_up.cancel()


def test_select_notifications_filters_by_topic_and_range(application):
    select = application.recorder.select_notifications
    assert [one.id for one in select(1, 5, topics=["bid.submitted"])] == [2, 3, 4, 5, 6]
    assert [one.id for one in select(3, 5, stop=4, inclusive_of_start=False)] == [4]
    assert application.recorder.max_notification_id() == 25


@pytest.fixture
def positions_read(ledger, monkeypatch):
    """The positions of the rows of each reading of the log, one list for each."""
    read, readings = ledger.read_log, []

    def reading(*arguments):
        rows = read(*arguments)
        readings.append([row.position for row in rows])
        return rows

    monkeypatch.setattr(ledger, "read_log", reading)
    return readings


def test_more_notifications_than_one_page_are_selected(application, monkeypatch):
    monkeypatch.setattr(event_reader, "LARGEST_PAGE", 10)
    assert [one.id for one in application.recorder.select_notifications(1, 24)] == list(range(1, 25))


def test_one_notification_of_a_rare_topic_takes_one_reading(application, positions_read):
    assert application.recorder.select_notifications(2, 1, topics=["context.noted"]) == []
    assert len(positions_read) == 1


def test_a_subscription_to_a_rare_topic_reads_no_event_twice(application, ledger, submission, positions_read):
    with application.recorder.subscribe(gt=0, topics=["context.noted"]) as subscription:
        until(lambda: positions_read and positions_read[-1][-1:] == [25])
        ledger.append(Request((submission("tiktok", "note", "context.noted"),), by="desk")).result(timeout=30)
        assert next(subscription).id == 26
    read = [position for positions in positions_read for position in positions]
    assert read == list(range(1, 27))
