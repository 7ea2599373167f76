"""What decides how an event is to be read is found by the event, and read once for a batch."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.envelope import Submission
from ledger.append import bulk_import, import_view
from ledger.append.record_index import RecordIndex, Sequel
from ledger.append.writer import Writer
from ledger.encoding.corrections import as_corrected
from ledger.models import Request

Make = Callable[..., Submission]
COUNT = 60

ACTIONS = st.lists(
    st.tuples(st.sampled_from(["record.corrected", "record.voided", "record.reinstated"]), st.integers(0, 30)),
    max_size=25,
)


@given(actions=ACTIONS, split=st.integers(0, 25))
def test_an_event_reads_by_what_bears_on_it_as_by_all_that_is_about_the_deal(submission, actions, split):
    """Corrections are of the two events; voidings and reinstatements of any earlier one."""
    about: list[Submission] = []
    for number, (kind, aim) in enumerate(actions):
        earlier = ["e0", "e1", *(each.id for each in about)]
        if kind == "record.corrected":
            told = {"event_id": f"e{aim % 2}", "changes": {"bidders": [f"bidder-{number}"]}, "cause": "recording_error"}
        else:
            told = {"event_id": earlier[aim % len(earlier)], "cause": "recording_error", "reason": "it was wrong"}
        about.append(submission("d", f"c{number}", kind, **told))
    event = submission("d", "e0", "bid.submitted", bid_id="b", bidders=["first"])
    found = Sequel(RecordIndex(about[:split]), RecordIndex(about[max(split - 2, 0) :]))
    assert as_corrected(event, found.bearing_on("e0")) == as_corrected(event, about)
    assert found.events == about


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many record.* events each reading of them gave."""
    counted: list[int] = []
    original = Writer.record_events

    def reading(self: Writer, deal_id: str) -> list[object]:
        found = list(original(self, deal_id))
        counted.append(len(found))
        return found

    monkeypatch.setattr(Writer, "record_events", reading)
    return counted


def corrections(submission: Make, name: str) -> list[Submission]:
    about = {"cause": "recording_error", "changes": {"bidders": ["walmart"]}}
    return [
        submission("d", f"{name}{number}", "record.corrected", event_id=f"e{number}", **about)
        for number in range(COUNT)
    ]


def test_a_batch_of_corrections_reads_those_before_once(ledger, submission, reads, monkeypatch):
    opened = submission("d", "o", "deal.opened")
    bids = [submission("d", f"e{n}", "bid.submitted", bid_id=f"b{n}", bidders=["oracle"]) for n in range(COUNT)]
    ledger.append(Request((opened, *bids), by="desk")).result(timeout=60)
    singly: list[str] = []
    monkeypatch.setattr(Writer, "event", lambda _, event_id: singly.append(event_id))
    for name in ("first", "second"):
        reads.clear()
        receipt = ledger.append(Request(tuple(corrections(submission, name)), by="desk")).result(timeout=60)
        assert len(receipt.events) == COUNT
        assert (len(reads) <= 1, singly) == (True, [])


def test_an_import_of_corrections_reads_those_before_once_a_chunk(ledger, submission, reads, monkeypatch):
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", 50)
    decoded: list[str] = []
    original = import_view.submission_of

    def decoding(row: object) -> Submission:
        made = original(row)
        decoded.append(made.id)
        return made

    monkeypatch.setattr(import_view, "submission_of", decoding)
    opened = submission("d", "o", "deal.opened")
    bids = [submission("d", f"e{n}", "bid.submitted", bid_id=f"b{n}", bidders=["oracle"]) for n in range(COUNT)]
    events = [opened, *bids, *corrections(submission, "c")]
    done = ledger.import_batch(events, "desk")
    assert (done.recorded, done.refused) == (1 + 2 * COUNT, ())
    assert len(reads) <= -(-len(events) // 50)
    assert len(decoded) <= 5 * COUNT
