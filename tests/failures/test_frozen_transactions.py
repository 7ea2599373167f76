"""A process that is frozen between two statements of a transaction does not keep its locks for long."""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from domain.errors import Busy, ParleyError
from ledger.append import writer
from ledger.append.writer import SLICE_EVENTS, Writer
from ledger.ledger import DEFAULT_TENANT, open_ledger
from ledger.postgres import connection
from projections.rebuild import catch_up, rebuild
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS, list_deals
from tests.submissions import make_submission

PAUSE_SECONDS = 1
"""In this time another process begins to wait for the lock."""


@pytest.fixture
def impatient_writers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LOCK_TIMEOUT_SECONDS", 2 * PAUSE_SECONDS)


def test_the_tables_that_a_frozen_process_was_reading_may_be_replaced(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "IDLE_TRANSACTION_SECONDS", PAUSE_SECONDS)
    with open_ledger(database) as ledger, open_ledger(database, migrating=False) as other:
        catch_up(ledger, DEALS, StateReader(ledger))

        def read() -> None:
            # Given a process that has read tables and sends nothing any longer
            with DEALS.live_tables(ledger) as tables:
                assert tables is not None
                # When another replaces them, then it goes on
                rebuild(other, DEALS, StateReader(other))

        with pytest.raises(Busy):
            read()
        assert list_deals(ledger) == []


@pytest.mark.parametrize("looking_up", [lambda log: log.event("e1"), lambda log: log.record_events("d")])
def test_the_log_to_which_a_frozen_process_was_writing_is_released(
    database: str, impatient_writers: None, looking_up: Callable[[Writer], object]
) -> None:
    with closing(Writer(database, DEFAULT_TENANT)) as frozen, closing(Writer(database, DEFAULT_TENANT)) as other:
        # Given a process that has looked up something under the lock of the log and sends nothing any longer
        frozen.begin([])
        looking_up(frozen)
        # When another writes to the log, then it goes on
        time.sleep(PAUSE_SECONDS)
        other.begin([])
        other.abandon()


def test_the_log_to_which_a_frozen_process_was_importing_is_released(
    database: str, monkeypatch: pytest.MonkeyPatch, impatient_writers: None
) -> None:
    released: list[bool] = []
    inserted, events = Writer.insert, [make_submission("d", "e0", "deal.opened")]
    events += [make_submission("d", f"e{number}", "bid.submitted") for number in range(1, 2 * SLICE_EVENTS)]
    with open_ledger(database) as ledger, closing(Writer(database, ledger.tenant)) as other:

        def frozen(self: Writer, *given: Any, last: bool) -> None:
            inserted(self, *given, last=last)
            # Given a process that sends nothing any longer after a part of an import; when another writes, it goes on
            time.sleep(PAUSE_SECONDS)
            other.begin([])
            other.abandon()
            released.append(True)

        monkeypatch.setattr(Writer, "insert", frozen)
        # Then the import was undone
        with pytest.raises(ParleyError):
            ledger.import_batch(events, by="desk")
        assert released
        assert ledger.head().position == 0
