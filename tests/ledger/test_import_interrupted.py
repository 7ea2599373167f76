"""An import of several transactions cut off between two: the answer says what is recorded, the rest is resumed."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from domain.envelope import Submission
from domain.errors import DuplicateId
from ledger.append import bulk_import
from ledger.append.import_errors import ImportInterrupted
from ledger.ledger import open_ledger
from ledger.models import Request

Make = Callable[..., Submission]
CHUNK = 10


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", CHUNK)


@pytest.fixture
def events(submission: Make) -> list[Submission]:
    bids = (submission("d", f"e{n}", "bid.submitted", bid_id=f"b{n}", bidders=["oracle"]) for n in range(40))
    return [submission("d", "opened", "deal.opened"), *bids]


@pytest.fixture
def terminate(database: str) -> Iterator[Callable[[], None]]:
    """Ends every connection to a database of the test's own but this one."""
    with psycopg.connect(database, autocommit=True) as connection:

        def end() -> None:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

        yield end


def test_a_database_that_goes_away_between_two_chunks_leaves_a_part_and_says_which(database, events, terminate):
    with open_ledger(database) as ledger:
        with pytest.raises(ImportInterrupted, match="Send the same file again") as interrupted:
            ledger.import_batch(events, "desk", progress=lambda *_: terminate())
        assert interrupted.value.extra == {
            "recorded": CHUNK, "repeated": 0, "position": CHUNK, "left": 41 - CHUNK, "retry_after": 1,
        }  # fmt: skip
        done = ledger.import_batch(events, "desk")
        assert (done.recorded, done.repeated, done.refused) == (41 - CHUNK, CHUNK, ())
        assert [row.id for row in ledger.read_deal("d")] == [event.id for event in events]


def test_an_id_that_another_takes_between_two_chunks_stops_the_import_and_is_named(ledger, events, submission):
    taken = [submission("d", name, "bid.submitted", bid_id="other", bidders=["walmart"]) for name in ("e25", "e38")]

    def rob(written: int, _: int) -> None:
        if written == CHUNK:
            ledger.append(Request(tuple(taken), by="other")).result(timeout=30)

    done = ledger.import_batch(events, "desk", progress=rob)
    assert [(index, type(refusal)) for index, refusal in done.refused] == [(26, DuplicateId), (39, DuplicateId)]
    assert done.recorded == 2 * CHUNK
    again = ledger.import_batch([each for each in events if each.id not in ("e25", "e38")], "desk")
    assert (again.recorded, again.repeated, again.refused) == (41 - 2 * CHUNK - 2, 2 * CHUNK, ())


def test_two_imports_into_one_empty_log_are_both_recorded_whole(ledger, submission):
    def events_of(deal: str) -> Iterator[Submission]:
        yield submission(deal, f"{deal}-opened", "deal.opened")
        for number in range(200):
            yield submission(deal, f"{deal}-{number}", "bid.submitted", bid_id=f"b{number}", bidders=["oracle"])

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda deal: ledger.import_batch(events_of(deal), "desk"), ("a", "b")))
    assert [(each.recorded, each.repeated, each.refused) for each in done] == [(201, 0, ())] * 2
    for deal in ("a", "b"):
        assert [row.id for row in ledger.read_deal(deal)] == [each.id for each in events_of(deal)]


KILLED = """
import os, signal, sys
import domain.events
from ledger.append import bulk_import as bulk
from ledger.ledger import open_ledger
from tests.submissions import make_submission as make
bulk.CHUNK_EVENTS = 10
def die(written, total):
    if written == 20:
        os.kill(os.getpid(), signal.SIGKILL)
with open_ledger(sys.argv[1], sys.argv[2], migrating=False) as ledger:
    bids = (make("d", f"e{n}", "bid.submitted", bid_id=f"b{n}", bidders=["oracle"]) for n in range(40))
    ledger.import_batch([make("d", "opened", "deal.opened"), *bids], "desk", progress=die)
"""


def test_a_process_that_is_killed_leaves_a_part_that_the_same_events_complete(ledger, events, shared_database, tenant):
    done = subprocess.run([sys.executable, "-c", KILLED, shared_database, tenant], cwd=Path(__file__).parents[2])
    assert done.returncode == -signal.SIGKILL
    assert [row.id for row in ledger.read_deal("d")] == [event.id for event in events[:20]]
    done = ledger.import_batch(events, "desk")
    assert (done.recorded, done.repeated, done.refused) == (21, 20, ())
    assert [row.id for row in ledger.read_deal("d")] == [event.id for event in events]
