"""A plain append in one round trip, on what the appender remembers; and what happens when others have appended."""

import multiprocessing
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import psycopg
import pytest

from domain.envelope import Submission
from domain.errors import DuplicateId, StaleVersion, UnknownReference
from domain.time.edtf import When
from ledger.encoding.leaf import LeafTemplate, commitment, read_leaf
from ledger.ledger import Ledger, open_ledger
from ledger.merkle.tree import leaf_hash
from ledger.models import Receipt, Request
from ledger.sql import sql
from tests.submissions import make_submission

Make = Callable[..., Submission]


def record(ledger: Ledger, *submissions: Submission, **options: Any) -> Receipt:
    return ledger.append(Request(submissions, by="desk", **options)).result(timeout=60)


def bid(event_id: str, bid_id: str = "b1", deal_id: str = "tiktok", **data: Any) -> Submission:
    return make_submission(deal_id, event_id, "bid.submitted", bid_id=bid_id, bidders=["oracle"], **data)


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each batch took, in order: "one" round trip or "two"."""
    from ledger.append.writer import Writer

    taken: list[str] = []
    begin, append_at_once = Writer.begin, Writer.append_at_once

    def counted_begin(self: Writer, *given: Any, **options: Any) -> Any:
        taken.append("two")
        return begin(self, *given, **options)

    def counted_once(self: Writer, *given: Any) -> bool:
        done = append_at_once(self, *given)
        taken.append("one")
        return done

    monkeypatch.setattr(Writer, "begin", counted_begin)
    monkeypatch.setattr(Writer, "append_at_once", counted_once)
    return taken


@pytest.fixture
def deal(ledger: Ledger) -> str:
    record(ledger, make_submission("tiktok", "opened", "deal.opened"))
    return "tiktok"


def bounds_of(occurred: str) -> tuple[date | None, date | None]:
    """The days between which a date of whole days can have begun."""
    when = When.parse(occurred)
    assert not isinstance(when.earliest, int)
    assert not isinstance(when.latest, int)
    return when.earliest, when.latest


def assert_whole(ledger: Ledger) -> None:
    """Positions and versions are dense, instants rise, and each leaf is what its template gives and names the last."""
    rows = ledger.read_log(0, 5_000)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert all(a.recorded_at < b.recorded_at for a, b in pairwise(rows))
    tips: dict[str, tuple[int, bytes]] = {}
    for row in rows:
        version, previous = tips.get(row.deal_id, (0, None))
        assert row.payload is not None
        assert row.salt is not None
        sent = ledger.line(row)
        template = LeafTemplate.cast(ledger.origin, sent, row.recorded_by, commitment(row.salt, row.payload))  # type: ignore[arg-type]  # has the same members
        assert row.leaf == template.fill(version + 1, row.recorded_at, previous)
        assert row.leaf_hash == leaf_hash(row.leaf)
        tips[row.deal_id] = (version + 1, row.leaf_hash)


def test_the_second_event_of_a_deal_takes_one_round_trip_and_has_the_same_leaf(ledger, deal, trips):
    receipts = [record(ledger, bid(f"e{number}", f"bid-{number}")) for number in range(3)]
    assert trips == ["one"] * 3
    assert [receipt.version for receipt in receipts] == [2, 3, 4]
    stored = ledger.read_log(1)
    assert [event for receipt in receipts for event in receipt.events] == [
        (row.id, row.type, row.deal_id, row.version, row.position, row.recorded_at, row.leaf_hash.hex())
        for row in stored
    ]
    assert_whole(ledger)


def test_text_beyond_ascii_is_the_same_in_a_leaf_that_the_server_completes(ledger, trips):
    record(ledger, make_submission("zürich-€", "opened", "deal.opened"))
    record(ledger, bid('e "quoted" \\ 東京', deal_id="zürich-€"))
    assert trips == ["two", "one"]
    assert read_leaf(ledger.read_log(1)[0].leaf).id == 'e "quoted" \\ 東京'
    assert_whole(ledger)


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that wrote in one round trip, by name."""
    from ledger.append import writer

    sent: list[str] = []

    def noted(name: str) -> str:
        if name in ("append_one", "append_at_once"):
            sent.append(name)
        return sql(name)

    monkeypatch.setattr(writer, "sql", noted)
    return sent


def test_the_statement_for_one_event_writes_what_that_for_several_does(ledger, deal, statements):
    record(ledger, bid("e1"))
    record(ledger, bid('e "quoted" \\ 東京', envelope={"note": "ü €"}))
    record(ledger, bid("e3", occurred="2020-08-13/..", published="2020-09"))
    record(ledger, bid("e4", occurred="../2020-08-13"))
    record(ledger, bid("e5", "b2"))
    assert statements == ["append_at_once", "append_one", "append_one", "append_one", "append_at_once"]
    assert_whole(ledger)
    with psycopg.connect(ledger.conninfo) as superuser:
        written = superuser.execute(
            "SELECT id, occurred_earliest, occurred_latest, recorded_by FROM events WHERE tenant = %s"
            " AND version IN (4, 5) ORDER BY version",
            (ledger.tenant,),
        ).fetchall()
    assert [row[0] for row in written] == ["e3", "e4"]
    assert [row[1:3] for row in written] == [bounds_of(each) for each in ("2020-08-13/..", "../2020-08-13")]
    assert {row[3] for row in written} == {"desk"}


def test_the_statement_for_one_event_writes_nothing_after_what_another_appended(
    shared_database, tenant, ledger, deal, statements, trips
):
    record(ledger, bid("e1"))
    with open_ledger(shared_database, tenant, migrating=False) as other:
        record(other, bid("e2"))
        assert record(ledger, bid("e3")).version == 4
        with pytest.raises(DuplicateId):
            record(ledger, bid("e2", envelope={"note": "of other content"}))
    assert statements[:2] == ["append_at_once", "append_one"]
    assert trips[:3] == ["one", "two", "two"]
    assert_whole(ledger)


def test_a_reference_to_what_an_earlier_request_made_is_remembered(ledger, deal, trips):
    record(ledger, bid("e1", "b1"))
    record(ledger, make_submission(deal, "e2", "bid.withdrawn", bid_id="b1"))
    assert trips == ["one", "one"]


@pytest.mark.parametrize("options", [{"expected_version": 1}, {"dry_run": True}, {"key": "k"}], ids=str)
def test_a_request_that_asks_more_of_the_record_takes_two(ledger, deal, trips, options):
    record(ledger, bid("e1"), **options)
    assert trips == ["two"]


def test_a_correction_and_a_request_of_two_events_of_a_deal_take_two(ledger, deal, trips):
    record(ledger, bid("e1"), bid("e2", "b2"))
    changes = {"bidders": ["walmart"]}
    record(ledger, make_submission(deal, "e3", "record.corrected", event_id="e1", changes=changes, reason="typing"))
    assert trips == ["two", "two"]
    assert_whole(ledger)


def test_refusals_are_those_of_two_round_trips_and_leave_a_memory_that_is_right(ledger, deal, trips):
    record(ledger, bid("e1"))
    with pytest.raises(UnknownReference):
        record(ledger, make_submission(deal, "e2", "bid.withdrawn", bid_id="b9"))
    with pytest.raises(DuplicateId):
        record(ledger, bid("e1", "b2"))
    with pytest.raises(StaleVersion):
        record(ledger, bid("e3"), expected_version=7)
    assert record(ledger, bid("e1")).replayed
    assert [record(ledger, bid(f"f{number}", f"c{number}")).version for number in range(3)] == [3, 4, 5]
    assert trips[-1] == "one"
    assert_whole(ledger)


def test_what_another_process_appended_is_found_and_read(shared_database, tenant, ledger, deal, trips):
    with open_ledger(shared_database, tenant, migrating=False) as other:
        record(ledger, bid("e1", "b1"))
        record(other, bid("e2", "b2"))
        assert record(ledger, make_submission(deal, "e3", "bid.withdrawn", bid_id="b2")).version == 4
        with pytest.raises(DuplicateId):
            record(other, bid("e1", "b7"))
        assert record(other, bid("e1", "b1")).replayed
    assert_whole(ledger)


def test_an_erasure_by_another_process_is_not_overlooked(shared_database, tenant, ledger, deal):
    record(ledger, bid("e1"))
    with open_ledger(shared_database, tenant, migrating=False) as other:
        record(other, make_submission(deal, "gone", "record.erased", event_id="e1", reason="personal data"))
    receipt = record(ledger, bid("e2", "b2"))
    assert (receipt.version, receipt.position) == (4, 4)


def test_while_others_append_the_memory_is_tried_ever_more_rarely(shared_database, tenant, ledger, deal, trips):
    with open_ledger(shared_database, tenant, migrating=False) as other:
        for number in range(12):
            record(ledger, bid(f"mine-{number}", f"m{number}"))
            record(other, bid(f"theirs-{number}", f"t{number}"))
    assert trips.count("two") > trips.count("one")
    assert_whole(ledger)


def test_a_crowd_of_deals_shares_one_round_trip(ledger, trips):
    deals = [f"deal-{number}" for number in range(30)]
    record(ledger, *(make_submission(deal_id, f"{deal_id}-opened", "deal.opened") for deal_id in deals))
    futures = [ledger.append(Request((bid(f"{deal_id}-e1", deal_id=deal_id),), by="desk")) for deal_id in deals]
    assert {future.result(timeout=60).version for future in futures} == {2}
    assert set(trips[1:]) == {"one"}
    assert_whole(ledger)


def _append_from_a_process(url: str, tenant: str, name: str, events: int) -> list[tuple[str, int]]:
    """Appends to a deal of its own and to a shared one; the ids and positions that were acknowledged."""
    acknowledged: list[tuple[str, int]] = []
    with open_ledger(url, tenant, migrating=False) as ledger:
        for number in range(events):
            deal_id = "shared" if number % 3 == 0 else name
            event_id = f"{name}-{number}"
            receipt = record(ledger, bid(event_id, f"bid-{event_id}", deal_id))
            acknowledged.append((event_id, receipt.position))
    return acknowledged


def test_four_processes_on_one_log_leave_it_dense_and_its_chains_whole(shared_database, tenant, ledger):
    names = [f"process-{number}" for number in range(4)]
    for deal_id in ("shared", *names):
        record(ledger, make_submission(deal_id, f"{deal_id}-opened", "deal.opened"))
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as processes:
        jobs = [(shared_database, tenant, name, 60) for name in names]
        acknowledged = [one for done in processes.starmap(_append_from_a_process, jobs) for one in done]
    stored = {row.id: row.position for row in ledger.read_log(5, 1_000)}
    assert stored == dict(acknowledged)
    assert_whole(ledger)


def test_a_log_that_has_lost_its_last_event_is_not_continued_after_it(ledger, deal, trips):
    record(ledger, bid("e1"))
    with psycopg.connect(ledger.conninfo) as superuser:
        for table in ("event_payload", "events"):
            superuser.execute(f"DELETE FROM {table} WHERE tenant = %s AND position = 2", (ledger.tenant,))
    assert record(ledger, bid("e2", "b2")).position == 2
    assert trips[-1] == "two"
