"""Imports: all or nothing, in any order, again after an interruption, beside other writers."""

from pathlib import Path

import orjson
import pytest

from domain.errors import DealExists, DuplicateId, UnknownDeal, UnknownEvent, UnknownReference
from ledger.append import bulk_import
from ledger.models import Request

TIMELINES = Path(__file__).parents[2] / "api" / "demo"


@pytest.fixture
def events(submission):
    """A deal whose opening is not its first line."""
    bids = [
        submission("tiktok", f"e{number}", "bid.submitted", bid_id=f"b{number % 5}", bidders=["oracle"])
        for number in range(40)
    ]
    return [*bids[:3], submission("tiktok", "opened", "deal.opened"), *bids[3:]]


def test_an_import_is_recorded_in_its_order(ledger, events):
    done = ledger.import_batch(events, "desk")
    assert (done.recorded, done.repeated, done.refused, done.warnings) == (41, 0, (), ())
    assert (done.position, done.deals) == (41, ("tiktok",))
    assert [row.id for row in ledger.read_deal("tiktok")] == [event.id for event in events]
    assert [row.version for row in ledger.read_deal("tiktok")] == list(range(1, 42))


def test_an_import_of_many_chunks_is_one_record(ledger, events, monkeypatch):
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", 7)
    told = []
    done = ledger.import_batch(events, "desk", progress=lambda *numbers: told.append(numbers))
    assert done.recorded == 41
    assert told[-1] == (41, 41)
    rows = ledger.read_log(0)
    assert [row.position for row in rows] == list(range(1, 42))
    assert [row.recorded_at for row in rows] == sorted({row.recorded_at for row in rows})


def test_the_same_import_again_records_nothing(ledger, events):
    first = ledger.import_batch(events, "desk")
    again = ledger.import_batch(events, "desk")
    assert (again.recorded, again.repeated, again.refused, again.position) == (0, 41, (), first.position)


def test_an_import_that_was_cut_off_is_completed_by_sending_it_again(ledger, events, monkeypatch):
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", 2)

    def cut_off(written: int, _: int) -> None:
        if written >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ledger.import_batch(events, "desk", progress=cut_off)
    assert ledger.head().position == 2
    done = ledger.import_batch(events, "desk")
    assert (done.recorded, done.repeated, done.refused) == (39, 2, ())


def test_one_bad_event_stops_the_whole_import(ledger, events, submission):
    bad = submission("nowhere", "x1", "bid.submitted")
    done = ledger.import_batch([*events, bad], "desk")
    [(index, refusal)] = done.refused
    assert (done.recorded, index, type(refusal)) == (0, 41, UnknownDeal)
    assert ledger.head().position == 0


def test_a_partial_import_records_the_good_events(ledger, events, submission):
    bad = submission("nowhere", "x1", "bid.submitted")
    done = ledger.import_batch([bad, *events], "desk", partial=True)
    assert done.recorded == 41
    assert [(index, type(refusal)) for index, refusal in done.refused] == [(0, UnknownDeal)]


def test_where_the_opening_is_refused_so_is_the_rest_of_the_deal(ledger, events, submission):
    ledger.append(Request((submission("other", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    done = ledger.import_batch(events, "desk", partial=True)
    assert done.recorded == 0
    assert {type(refusal) for index, refusal in done.refused if index != 3} == {UnknownDeal}
    assert isinstance(dict(done.refused)[3], DuplicateId)


def test_a_dry_run_says_what_would_be_recorded(ledger, events):
    done = ledger.import_batch(events, "desk", dry_run=True)
    assert (done.recorded, ledger.head().position) == (41, 0)


def test_one_id_with_two_contents_is_refused_and_with_the_same_counts_once(ledger, events, submission):
    same, other = events[0], submission("tiktok", "e1", "bid.submitted", bid_id="b9", bidders=["walmart"])
    done = ledger.import_batch([*events, same, other], "desk", partial=True)
    assert (done.recorded, done.repeated) == (41, 1)
    assert [(index, type(refusal)) for index, refusal in done.refused] == [(42, DuplicateId)]


def test_a_deal_that_is_open_is_not_opened_again(ledger, events, submission):
    ledger.import_batch(events, "desk")
    done = ledger.import_batch([submission("tiktok", "again", "deal.opened")], "desk")
    assert [type(refusal) for _, refusal in done.refused] == [DealExists]


def test_an_unknown_reference_is_a_warning_or_if_asked_a_refusal(ledger, events, submission):
    stray = submission("tiktok", "s1", "bid.withdrawn", bid_id="b77")
    done = ledger.import_batch([*events, stray], "desk", lenient=False)
    assert [type(refusal) for _, refusal in done.refused] == [UnknownReference]
    done = ledger.import_batch([*events, stray], "desk")
    assert (done.recorded, [index for index, _ in done.warnings]) == (42, [41])


def test_a_correction_may_name_an_event_of_the_same_import_and_no_unknown_one(ledger, events, submission):
    about = {"changes": {"bidders": ["walmart"]}, "cause": "recording_error"}
    good = submission("tiktok", "c1", "record.corrected", event_id="e7", **about)
    bad = submission("tiktok", "c2", "record.corrected", event_id="e777", **about)
    done = ledger.import_batch([*events, good, bad], "desk", partial=True)
    assert [(index, type(refusal)) for index, refusal in done.refused] == [(42, UnknownEvent)]
    assert done.recorded == 42


def test_others_append_between_the_chunks(ledger, events, submission, monkeypatch):
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", 10)
    numbers = iter(range(100))

    def meanwhile(*_: int) -> None:
        ledger.append(Request((submission("tiktok", f"m{next(numbers)}", "bid.submitted"),), by="other")).result(
            timeout=30
        )

    done = ledger.import_batch(events, "desk", progress=meanwhile)
    assert done.recorded == 41
    rows = ledger.read_deal("tiktok")
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    assert {row.recorded_by for row in rows} == {"desk", "other"}


def test_an_id_taken_between_two_chunks_is_reported(ledger, events, submission, monkeypatch):
    monkeypatch.setattr(bulk_import, "CHUNK_EVENTS", 10)

    def rob(written: int, _: int) -> None:
        if written == 10:
            ledger.append(
                Request((submission("tiktok", "e30", "bid.submitted", bid_id="x", bidders=["y"]),), by="other")
            ).result(timeout=30)

    done = ledger.import_batch(events, "desk", partial=True, progress=rob)
    assert [type(refusal) for _, refusal in done.refused] == [DuplicateId]
    assert done.recorded == 40


@pytest.mark.parametrize("name", ["seeds", "tiktok"])
def test_the_real_timelines_are_recorded_unmodified(ledger, timeline_event, name):
    lines = (TIMELINES / f"{name}.ndjson").read_bytes().splitlines()
    events = [timeline_event(orjson.loads(line)) for line in lines]
    done = ledger.import_batch(events, "desk")
    assert (done.recorded, done.refused) == (len(lines), ())
