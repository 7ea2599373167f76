"""What an import holds while it is judged: it does not grow in memory, and a full disk is said as it is."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from domain.envelope import Submission
from ledger.append.bulk_import import Import
from ledger.append.preparation import prepare, stage
from ledger.append.spool import NoRoom, Spool
from ledger.append.staging import MemoryStaging
from ledger.ledger import Ledger

Make = Callable[..., Submission]


def bids(submission: Make, count: int, note: str = "") -> Iterator[Submission]:
    for number in range(count):
        yield submission(
            "d", f"e{number:06}", "bid.submitted", bid_id=f"b{number}", bidders=["oracle"], envelope={"note": note}
        )


def peak_of_staging(ledger: Ledger, submission: Make, count: int) -> int:
    """The greatest size of what Python held while so many events, and as many refusals, were staged."""
    with closing(ledger.importing("desk")) as job:
        tracemalloc.start()
        try:
            for number, one in enumerate(bids(submission, count, "n" * 500)):
                job.add(2 * number, one)
                job.refuse(2 * number + 1, NoRoom("Refused."))
            assert (job.spool.staged, job.refused) == (count, count)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


@pytest.fixture
def little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that keeps little in memory: what is beyond some 50 events is on disk."""
    monkeypatch.setattr("ledger.append.spool.KEPT_BYTES", 100_000)


def test_memory_does_not_grow_with_the_import(ledger, submission, little_memory):
    peak_of_staging(ledger, submission, 100)
    small, large = (peak_of_staging(ledger, submission, count) for count in (500, 4_000))
    assert large < 1.5 * small + 50_000


def test_a_chunk_is_bounded_in_bytes(submission):
    spool = Spool()
    for number, one in enumerate(bids(submission, 10, "n" * 1_000)):
        spool.stage(number, stage("log", one, "desk"))
    first = spool.staged_after(-1, most=10, most_bytes=3_000)
    assert 1 <= len(first) < 5
    assert [number for number, _ in first + spool.staged_after(first[-1][0], 10, 1_000_000)] == list(range(10))
    spool.close()


def test_a_full_disk_stops_an_import_before_anything_is_recorded(ledger, submission, monkeypatch, little_memory):
    monkeypatch.setattr("ledger.append.spool.SPOOL_BYTES", 256 * 1024)
    with pytest.raises(NoRoom, match="send the same file again"):
        ledger.import_batch(bids(submission, 2_000, "n" * 500), "desk", partial=True)
    assert ledger.head().position == 0


def test_what_is_staged_is_recorded_as_it_was_sent(ledger, submission):
    opened = submission("d", "o", "deal.opened")
    one = submission("d", "e1", "bid.submitted", bid_id="b1", bidders=["oracle"], occurred="2020-08~",
                     published="2020-09-01", envelope={"note": "ü \u2028 \U0001f600", "rank": 2})  # fmt: skip
    assert ledger.import_batch([opened, one], "desk").recorded == 2
    row = ledger.event("e1")
    line = ledger.line(row)
    assert (line.occurred, line.published, line.payload) == (one.occurred, one.published, one.payload)
    assert row.payload == prepare("log", one, "desk").payload


def test_an_import_that_outgrows_memory_answers_as_one_that_does_not(ledger, submission, monkeypatch):
    """Given events of every kind of outcome, when they are staged in memory, on disk, or first one and then the other,
    then the answers are the same."""
    monkeypatch.setattr("ledger.append.bulk_import.CHUNK_EVENTS", 4)
    ledger.import_batch([submission("old", "known", "deal.opened")], "desk")
    made = [
        submission("d", "o", "deal.opened"),
        submission("d", "e1", "bid.submitted", bid_id="b1", bidders=["oracle"]),
        submission("d", "e1", "bid.submitted", bid_id="b1", bidders=["oracle"]),
        submission("d", "e1", "bid.submitted", bid_id="other", bidders=["oracle"]),
        submission("d", "o2", "deal.opened"),
        submission("old", "known", "deal.opened"),
        submission("old", "o3", "deal.opened"),
        submission("d", "e2", "bid.withdrawn", bid_id="b2"),
        submission("d", "e3", "bid.submitted", bid_id="b2", bidders=["oracle"]),
        submission("d", "e4", "bid.withdrawn", bid_id="nowhere"),
        submission("lost", "e5", "bid.submitted", bid_id="b1", bidders=["oracle"]),
        submission("d", "c1", "record.corrected", event_id="e3", changes={"bidders": ["walmart"]}, reason="typing"),
        submission("d", "v1", "record.voided", event_id="e1", reason="wrong", cause="recording_error"),
    ]

    def answer(kept_bytes: int) -> tuple[object, ...]:
        monkeypatch.setattr("ledger.append.spool.KEPT_BYTES", kept_bytes)
        done = ledger.import_batch(made, "desk", partial=True, dry_run=True)
        refused = [(number, type(error), error.detail, error.problems) for number, error in done.refused]
        return done.recorded, done.repeated, refused, done.warnings

    whole = answer(10**9)
    assert [number for number, *_ in whole[2]] == [3, 4, 6, 10]
    assert whole[:2] == (7, 2)
    assert answer(0) == whole
    assert all(answer(kept) == whole for kept in range(1_000, 18_000, 1_600))
    monkeypatch.setattr("ledger.append.spool.KEPT_BYTES", 6_000)
    ledger.import_batch(made, "desk", partial=True)
    assert [row.id for row in ledger.read_deal("d")] == ["o", "e1", "e2", "e3", "e4", "c1", "v1"]


def test_events_that_stay_in_memory_are_not_encoded(ledger, submission, monkeypatch):
    moved: list[object] = []
    monkeypatch.setattr(MemoryStaging, "move", lambda *given: moved.append(given))
    monkeypatch.setattr("ledger.append.staging._encode", moved.append)
    assert ledger.import_batch([submission("d", "o", "deal.opened"), *bids(submission, 300)], "desk").recorded == 301
    assert moved == []


def test_an_import_without_an_end_is_forgotten(ledger, submission):
    job: Import = ledger.importing("desk")
    job.add(1, submission("d", "o", "deal.opened"))
    job.close()
    assert ledger.head().position == 0
