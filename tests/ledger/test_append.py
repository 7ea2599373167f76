"""Recording: what is asked for one by one, in crowds, again, too late, or wrongly."""

import asyncio
import threading
from collections.abc import Callable

import pytest

from domain.envelope import Submission
from domain.errors import (
    DealExists,
    DuplicateId,
    InvalidInput,
    StaleVersion,
    UnderHold,
    UnknownDeal,
    UnknownEvent,
    UnknownReference,
)
from ledger.ledger import Ledger
from ledger.models import Receipt, Request

Make = Callable[..., Submission]


def record(ledger: Ledger, *submissions: Submission, **options: object) -> Receipt:
    return ledger.append(Request(submissions, by="desk", **options)).result(timeout=30)  # type: ignore[arg-type]  # options of a Request


@pytest.fixture
def deal(ledger: Ledger, submission: Make) -> str:
    record(ledger, submission("tiktok", "opened", "deal.opened"))
    return "tiktok"


def bid(submission: Make, event_id: str, bid_id: str = "b1", deal_id: str = "tiktok") -> Submission:
    return submission(deal_id, event_id, "bid.submitted", bid_id=bid_id, bidders=["oracle"])


def test_an_event_gets_the_next_version_the_next_position_and_its_leaf_hash(ledger, submission, deal):
    receipt = record(ledger, bid(submission, "e1"))
    assert (receipt.version, receipt.position, receipt.replayed, receipt.warnings) == (2, 2, False, ())
    [event] = receipt.events
    stored = ledger.event("e1")
    assert stored is not None
    assert (event.id, event.type, event.deal_id, event.version, event.position) == ("e1", "bid.submitted", deal, 2, 2)
    assert (event.recorded_at, event.leaf_hash) == (stored.recorded_at, stored.leaf_hash.hex())


def test_the_same_event_again_gets_the_first_answer_even_when_the_version_has_moved_on(ledger, submission, deal):
    first = record(ledger, bid(submission, "e1"), expected_version=1)
    record(ledger, bid(submission, "e2"))
    again = record(ledger, bid(submission, "e1"), expected_version=1)
    assert again.replayed
    assert (again.events, again.version, again.position) == (first.events, first.version, first.position)
    assert ledger.head().position == 3


def test_the_same_event_twice_in_one_batch_is_recorded_once(ledger, submission, deal):
    first, second = bid(submission, "e1"), bid(submission, "e1")
    receipt = record(ledger, first, second)
    assert [event.position for event in receipt.events] == [2, 2]
    assert ledger.head().position == 2


def test_a_batch_may_mix_repeats_and_new_events(ledger, submission, deal):
    record(ledger, bid(submission, "e1"))
    receipt = record(ledger, bid(submission, "e1"), bid(submission, "e2"))
    assert [event.version for event in receipt.events] == [2, 3]
    assert not receipt.replayed


@pytest.mark.parametrize(
    "other",
    [
        {"occurred": "2020-08-21"},
        {"published": "2020-08-21"},
        {"envelope": {"actor": "oracle"}},
        {"bidders": ["walmart"], "bid_id": "b1"},
    ],
)
def test_an_id_is_taken_for_ever(ledger, submission, deal, other):
    record(ledger, submission(deal, "e1", "bid.submitted", bid_id="b1", bidders=["oracle"]))
    fields = {"bid_id": "b1", "bidders": ["oracle"], **other}
    with pytest.raises(DuplicateId, match="e1 is taken"):
        record(ledger, submission(deal, "e1", "bid.submitted", **fields))


def test_an_id_is_taken_for_every_deal_of_the_log(ledger, submission, deal):
    record(ledger, submission("other", "opened-2", "deal.opened"))
    record(ledger, bid(submission, "e1"))
    with pytest.raises(DuplicateId, match="taken in another deal"):
        record(ledger, bid(submission, "e1", deal_id="other"))


def test_two_events_of_one_id_in_one_batch_are_refused_together(ledger, submission, deal):
    with pytest.raises(DuplicateId, match="twice"):
        record(ledger, bid(submission, "e1", "b1"), bid(submission, "e1", "b2"))
    assert ledger.head().position == 1


def test_a_stale_version_is_refused_alone(ledger, submission, deal):
    stale = ledger.append(Request((bid(submission, "e1"),), by="desk", expected_version=7))
    fresh = ledger.append(Request((bid(submission, "e2"),), by="desk", expected_version=1))
    with pytest.raises(StaleVersion) as refusal:
        stale.result(timeout=30)
    assert refusal.value.extra == {"deal_id": deal, "expected": 7, "current": 1}
    assert fresh.result(timeout=30).version == 2


def test_of_two_with_the_same_expected_version_the_first_wins(ledger, submission, deal):
    futures = [
        ledger.append(Request((bid(submission, f"e{number}"),), by="desk", expected_version=1)) for number in range(2)
    ]
    assert futures[0].result(timeout=30).version == 2
    with pytest.raises(StaleVersion):
        futures[1].result(timeout=30)


def test_a_deal_that_must_be_new_may_not_have_an_event(ledger, submission, deal):
    with pytest.raises(StaleVersion, match="was to be new"):
        record(ledger, bid(submission, "e1"), must_be_new=True)
    assert record(ledger, submission("other", "o2", "deal.opened"), must_be_new=True).version == 1


def test_an_unknown_deal_is_refused_unless_the_batch_opens_it(ledger, submission):
    with pytest.raises(UnknownDeal):
        record(ledger, bid(submission, "e1"))
    receipt = record(ledger, bid(submission, "e1"), submission("tiktok", "opened", "deal.opened"))
    assert receipt.version == 2


def test_a_deal_is_opened_once(ledger, submission, deal):
    with pytest.raises(DealExists):
        record(ledger, submission(deal, "again", "deal.opened"))
    with pytest.raises(DealExists):
        record(ledger, submission("new", "o1", "deal.opened"), submission("new", "o2", "deal.opened", occurred="2021"))
    assert ledger.deal_head("new") is None


def test_an_unknown_reference_is_refused_with_its_pointer_and_the_nearest_names(ledger, submission, deal):
    record(ledger, bid(submission, "e1", "bid-oracle"))
    with pytest.raises(UnknownReference) as refusal:
        record(ledger, submission(deal, "e2", "bid.withdrawn", bid_id="bid-orcle"))
    [problem] = refusal.value.problems
    assert (problem.pointer, problem.nearest) == ("/data/bid_id", ("bid-oracle",))


def test_pointers_into_an_array_start_with_the_index(ledger, submission, deal):
    with pytest.raises(UnknownReference) as refusal:
        record(ledger, bid(submission, "e1"), submission(deal, "e2", "bid.withdrawn", bid_id="b2"))
    assert [problem.pointer for problem in refusal.value.problems] == ["/1/data/bid_id"]
    assert ledger.head().position == 1


def test_a_lenient_request_records_an_unknown_reference_with_a_warning(ledger, submission, deal):
    receipt = record(ledger, submission(deal, "e1", "bid.withdrawn", bid_id="b9"), lenient=True)
    assert [warning.code for warning in receipt.warnings] == ["unknown-reference"]
    assert record(ledger, submission(deal, "e2", "bid.withdrawn", bid_id="b9")).warnings == ()


def test_a_reference_may_rest_on_another_event_of_the_same_batch(ledger, submission, deal):
    receipt = record(ledger, submission(deal, "e2", "bid.withdrawn", bid_id="b9"), bid(submission, "e1", "b9"))
    assert receipt.warnings == ()


def test_a_correction_names_an_event_of_its_deal_and_is_checked_like_a_new_one(ledger, submission, deal):
    record(ledger, bid(submission, "e1"))

    def corrected(event_id: str, about: str, **changes: object) -> Submission:
        return submission(deal, event_id, "record.corrected", event_id=about, changes=changes, cause="recording_error")

    with pytest.raises(UnknownEvent):
        record(ledger, corrected("c1", "e9", bidders=["walmart"]))
    for changes, pointer in [
        ({"bidder": ["walmart"]}, "/data/changes/bidder"),
        ({"bidders": 3}, "/data/changes/bidders"),
        ({"occurred": "2020-08-33"}, "/data/changes/occurred"),
        ({"territories": ["USA"]}, "/data/changes/territories/0"),
    ]:
        with pytest.raises(InvalidInput) as refusal:
            record(ledger, corrected("c1", "e1", **changes))
        assert [problem.pointer for problem in refusal.value.problems] == [pointer]
    assert record(ledger, corrected("c1", "e1", bidders=["walmart"], occurred="2020-08-21")).version == 3


def test_a_correction_is_checked_against_the_event_as_corrected_before(ledger, submission, deal):
    record(ledger, submission(deal, "t1", "terms.changed", term="licence_fee", to="none", effective="2020-08-01"))
    about = {"event_id": "t1", "cause": "recording_error"}
    record(ledger, submission(deal, "c1", "record.corrected", **about, changes={"effective": "2020-09-20"}))
    with pytest.raises(InvalidInput, match="2020-09-20"):
        record(ledger, submission(deal, "c2", "record.corrected", **about, changes={"until": "2020-09-01"}))


def test_nothing_is_erased_while_a_hold_stands(ledger, submission, deal):
    record(ledger, bid(submission, "e1"), submission(deal, "h1", "record.held"))
    erasure = submission(deal, "x1", "record.erased", event_id="e1", legal_basis="GDPR Art. 17")
    with pytest.raises(UnderHold):
        record(ledger, erasure)
    record(ledger, submission(deal, "h2", "record.released"))
    assert record(ledger, erasure).version == 5


def test_a_dry_run_answers_and_records_nothing(ledger, submission, deal):
    receipt = record(ledger, bid(submission, "e1"), dry_run=True)
    assert (receipt.version, receipt.position) == (2, 2)
    assert ledger.head().position == 1
    with pytest.raises(StaleVersion):
        record(ledger, bid(submission, "e1"), dry_run=True, expected_version=4)


def test_an_event_of_too_many_bytes_is_refused(ledger, submission, deal):
    with pytest.raises(InvalidInput, match="61440"):
        record(ledger, submission(deal, "e1", "bid.submitted", bid_id="b1", bidders=["x" * 61_440]))


def test_sixty_four_writers_with_expected_versions_make_a_record_without_gaps(ledger, submission, deal):
    lost = []

    def writer(number: int) -> None:
        for _ in range(500):
            head = ledger.deal_head(deal)
            assert head is not None
            try:
                record(ledger, bid(submission, f"w{number}"), expected_version=head.version)
                return
            except StaleVersion:
                continue
        lost.append(number)

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not lost
    rows = ledger.read_deal(deal)
    assert [row.version for row in rows] == list(range(1, 66))
    assert [row.position for row in rows] == list(range(1, 66))


def test_a_crowd_shares_its_round_trips_and_recorded_at_rises_strictly(ledger, submission, deal):
    async def crowd() -> list[Receipt]:
        requests = [Request((bid(submission, f"e{number}"),), by="desk") for number in range(300)]
        return await asyncio.gather(*(ledger.append_soon(request) for request in requests))

    before = ledger.appender.batches
    receipts = asyncio.run(crowd())
    assert sorted(receipt.position for receipt in receipts) == list(range(2, 302))
    assert ledger.appender.batches - before < 150
    moments = [row.recorded_at for row in ledger.read_log(0)]
    assert moments == sorted(set(moments))


def test_each_leaf_names_the_one_before_it_in_its_deal(ledger, submission, deal):
    from ledger.encoding.leaf import commitment, read_leaf
    from ledger.merkle.tree import leaf_hash

    record(ledger, bid(submission, "e1"), submission("other", "o1", "deal.opened"), bid(submission, "e2"))
    rows = ledger.read_deal(deal)
    previous = None
    for row in rows:
        leaf = read_leaf(row.leaf)
        assert leaf.previous == previous
        assert leaf_hash(row.leaf) == row.leaf_hash
        assert leaf.log == ledger.origin
        assert leaf.payload_commitment == commitment(row.salt, row.payload).hex()
        previous = row.leaf_hash.hex()
