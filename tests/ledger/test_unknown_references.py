"""The names nearest to an unknown reference: sought once the log is free, a bounded number of times."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from domain.envelope import Submission
from domain.errors import UnknownReference
from domain.nearest_names import CANDIDATES
from domain.unknown_references import REFERENCES
from ledger.ledger import Ledger
from ledger.models import Request
from ledger.postgres.connection import POOL_SIZE
from tests.waiting import LONGEST_SECONDS

Make = Callable[..., Submission]

HELD = 20_000
MISSPELT = 50


@pytest.fixture
def deal(ledger: Ledger, submission: Make) -> str:
    """A deal that holds very many deadlines."""
    ledger.append(Request((submission("d", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    return "d"


@pytest.fixture
def many(ledger: Ledger, deal: str, shared_database: str, tenant: str) -> str:
    with psycopg.connect(shared_database) as connection:
        connection.execute("SELECT set_config('parley.tenant', %s, false)", (tenant,))
        connection.execute(
            "INSERT INTO things SELECT %s, 'd', 'deadline', 'dl-' || lpad(n::text, 5, '0'), 1"
            " FROM generate_series(1, %s) AS n",
            (tenant, HELD),
        )
    return deal


@pytest.fixture
def readers_busy(ledger: Ledger) -> Iterator[Callable[[], None]]:
    """Every connection for reading is in use, until this is called."""
    ledger.pool.timeout = LONGEST_SECONDS
    taken = [ledger.pool.getconn() for _ in range(POOL_SIZE)]

    def release() -> None:
        while taken:
            ledger.pool.putconn(taken.pop())

    yield release
    release()


def met(submission: Make, number: int, deadline: str) -> Submission:
    return submission("d", f"m{number}", "deadline.met", deadline_id=deadline)


def test_others_are_recorded_while_the_nearest_names_are_sought(ledger, submission, deal, readers_busy):
    dated = submission("d", "set", "deadline.set", deadline_id="dl-divest", obligation="sell", set_by="us",
                       force="political", due="2020-09-15")  # fmt: skip
    ledger.append(Request((dated,), by="desk")).result(timeout=30)
    misspelt = ledger.append(Request((met(submission, 1, "dl-divst"),), by="desk"))
    recorded = ledger.append(Request((met(submission, 2, "dl-divest"),), by="desk")).result(timeout=30)
    assert (recorded.version, misspelt.done()) == (3, False)
    readers_busy()
    with pytest.raises(UnknownReference, match="nearest: dl-divest") as refusal:
        misspelt.result(timeout=30)
    assert [problem.nearest for problem in refusal.value.problems] == [("dl-divest",)]


def test_what_is_sought_is_bounded_in_references_and_in_candidates(ledger, submission, many, monkeypatch):
    read: list[int] = []
    original = ledger.names_near

    def counted(*asked: str) -> list[str]:
        found = original(*asked)
        read.append(len(found))
        return found

    monkeypatch.setattr(ledger.appender._delivery, "names", counted)
    request = Request(tuple(met(submission, number, f"dl-0{number:03}x") for number in range(MISSPELT)), by="desk")
    with pytest.raises(UnknownReference) as refusal:
        ledger.append(request).result(timeout=60)
    problems = refusal.value.problems
    assert len(problems) == MISSPELT
    assert problems[7].nearest[0].startswith("dl-00")
    assert [bool(problem.nearest) for problem in problems] == [index < REFERENCES for index in range(MISSPELT)]
    assert len(read) == REFERENCES
    assert max(read) <= CANDIDATES < HELD


def test_without_a_connection_to_read_by_the_refusal_is_given_all_the_same(ledger, submission, deal):
    ledger.pool.close()
    with pytest.raises(UnknownReference) as refusal:
        ledger.append(Request((met(submission, 1, "dl-divst"),), by="desk")).result(timeout=30)
    assert [problem.nearest for problem in refusal.value.problems] == [()]


def test_a_warning_names_the_nearest_too_those_of_the_same_request_among_them(ledger, submission, deal):
    made = submission("d", "b", "bid.submitted", bid_id="bid-oracle", bidders=["oracle"])
    stray = submission("d", "w", "bid.withdrawn", bid_id="bid-oracel")
    receipt = ledger.append(Request((made, stray), by="desk", lenient=True)).result(timeout=30)
    assert [warning.nearest for warning in receipt.warnings] == [("bid-oracle",)]


def test_a_refusal_is_answered_whatever_goes_wrong_with_the_search_for_names(ledger, submission, deal, monkeypatch):
    def failing(*_: str) -> list[str]:
        raise RuntimeError("the search failed")

    monkeypatch.setattr(ledger.appender._delivery, "names", failing)
    with pytest.raises(UnknownReference):
        ledger.append(Request((met(submission, 1, "dl-divst"),), by="desk")).result(timeout=LONGEST_SECONDS)
