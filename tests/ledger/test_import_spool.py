"""What an import holds while it is judged: it does not grow in memory, and a full disk is said as it is."""

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from domain.envelope import Submission
from ledger.append.bulk_import import Import
from ledger.append.preparation import prepare
from ledger.append.spool import NoRoom, Spool
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


def test_memory_does_not_grow_with_the_import(ledger, submission):
    peak_of_staging(ledger, submission, 100)
    small, large = (peak_of_staging(ledger, submission, count) for count in (500, 4_000))
    assert large < 1.5 * small + 50_000


def test_a_chunk_is_bounded_in_bytes(submission):
    spool = Spool()
    for number, one in enumerate(bids(submission, 10, "n" * 1_000)):
        spool.stage(number, prepare("log", one, "desk"))
    first = spool.staged_after(-1, most=10, most_bytes=3_000)
    assert 1 <= len(first) < 5
    assert [number for number, _ in first + spool.staged_after(first[-1][0], 10, 1_000_000)] == list(range(10))
    spool.close()


def test_a_full_disk_stops_an_import_before_anything_is_recorded(ledger, submission, monkeypatch):
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


def test_an_import_without_an_end_is_forgotten(ledger, submission):
    job: Import = ledger.importing("desk")
    job.add(1, submission("d", "o", "deal.opened"))
    job.close()
    assert ledger.head().position == 0
