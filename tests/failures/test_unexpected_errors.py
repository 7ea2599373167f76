"""An unexpected error does not end the threads that serve a log, and no caller waits for ever."""

import pytest
from structlog.testing import capture_logs

from domain.errors import UnknownDeal
from ledger.ledger import Ledger, open_ledger
from ledger.models import Request

SECONDS = 30


def fault() -> None:
    raise KeyError("unexpected")


def append(ledger: Ledger, event) -> int:
    return ledger.append(Request((event,), by="desk")).result(timeout=SECONDS).version


def test_the_listener_hears_of_other_processes_after_a_callback_failed(ledger, submission, shared_database):
    hub = ledger.hub
    hub.on_growth.append(fault)
    with capture_logs() as logs, open_ledger(shared_database, ledger.tenant, migrating=False) as other:
        append(other, submission("d", "opened", "deal.opened"))
        assert hub.reached(1, SECONDS)
        append(other, submission("d", "e1", "bid.submitted"))
        assert hub.reached(2, SECONDS)
    assert {each["event"] for each in logs} == {"callback-failed"}


def test_the_listener_hears_of_other_processes_after_it_failed_to_read(ledger, submission, shared_database):
    hub = ledger.hub
    read, failed = hub._read, []

    def fail_once(after: int, limit: int):
        if not failed:
            failed.append(after)
            fault()
        return read(after, limit)

    hub._read = fail_once
    with capture_logs() as logs, open_ledger(shared_database, ledger.tenant, migrating=False) as other:
        append(other, submission("d", "opened", "deal.opened"))
        assert hub.reached(1, SECONDS)
    assert failed == [0]
    assert {each["event"] for each in logs} == {"listener-failed"}


@pytest.mark.parametrize("callbacks", ["on_commit", "on_growth"])
def test_what_is_recorded_is_acknowledged_though_a_callback_failed(ledger, submission, callbacks):
    getattr(ledger if callbacks == "on_commit" else ledger.hub, callbacks).append(fault)
    assert append(ledger, submission("d", "opened", "deal.opened")) == 1
    assert append(ledger, submission("d", "e1", "bid.submitted")) == 2


def test_an_error_while_a_batch_is_written_is_told_and_the_next_one_is_written(ledger, submission, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("ledger.append.append_threads.WriterSlot.turn_to", lambda *_: fault())
        with pytest.raises(KeyError):
            append(ledger, submission("d", "opened", "deal.opened"))
    assert append(ledger, submission("d", "opened", "deal.opened")) == 1


def test_an_answer_that_cannot_be_completed_is_given_as_it_is(ledger, submission):
    ledger.database.append_threads.completing.shutdown()
    with pytest.raises(UnknownDeal):
        append(ledger, submission("d", "e1", "bid.submitted"))
    assert append(ledger, submission("d", "opened", "deal.opened")) == 1
