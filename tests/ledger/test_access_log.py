"""The numbers of a log's audited reads reveal nothing about other logs."""

from concurrent.futures import ThreadPoolExecutor

from ledger.api_keys import Access
from ledger.ledger import Ledger, open_ledger


def test_audited_reads_are_numbered_within_their_log(ledger: Ledger, shared_database: str) -> None:
    with open_ledger(shared_database, f"{ledger.tenant}-other", migrating=False) as other:
        ours, theirs = Access(ledger, ledger.tenant), Access(other, other.tenant)
        for number in range(3):
            theirs.note_read("them", f"/v1/events?after={number}")
            ours.note_read("us", f"/v1/events?after={number}")
        assert [number for number, *_ in ours.reads(0, 10)] == [1, 2, 3]
        assert [number for number, *_ in theirs.reads(0, 10)] == [1, 2, 3]
        assert {principal for _, _, principal, _ in theirs.reads(0, 10)} == {"them"}


def test_reads_at_the_same_moment_are_all_noted(ledger: Ledger) -> None:
    access = Access(ledger, ledger.tenant)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: access.note_read("us", f"/{number}"), range(40)))
    noted = access.reads(0, 100)
    assert [number for number, *_ in noted] == list(range(1, 41))
    assert {path for *_, path in noted} == {f"/{number}" for number in range(40)}
