"""The plans of pages across deals: each is read through an index in its order, now and as known earlier."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from domain.time.instants import DAY, FUTURE
from ledger.ledger import Ledger
from projections.rebuild import catch_up
from projections.state.state_reader import StateReader, clock
from projections.tables.book_moment import Slice, statement
from projections.tables.deadlines import FIRST_KEY
from projections.tables.deal_order import KINDS, VALUES
from projections.tables.deals import ANY_DEAL, DEALS, DealFilter
from tests.isolation.conftest import record_deals
from tests.submissions import make_submission

COPIES = """
INSERT INTO deadlines (
    deal_id, deadline_id, layers, valid_from, valid_to, known_from, known_to, standing, running, ahead, closes_at,
    due_day, tz, deal_tz, calendar, published, force, binding, names, words, entry
)
SELECT
    deal_id || copy, deadline_id, layers, valid_from, valid_to, known_from,
    CASE WHEN copy % 4 > 0 THEN 1 ELSE known_to END,
    standing, running, ahead, closes_at + copy, due_day,
    tz, deal_tz, calendar, published, force, binding, names, words, entry
FROM deadlines, generate_series(1, 4000) AS copy
WHERE deal_id = 'a'
"""

EXPLAIN = b"EXPLAIN (FORMAT JSON, ANALYZE) "


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(each for part in plan.get("Plans", ()) for each in nodes(part))]


@pytest.mark.parametrize(("known", "suffix"), [(None, "_now"), (3, "")])
@pytest.mark.parametrize("running", [True, False])
def test_a_page_of_deadlines_is_read_in_the_order_of_an_index(
    ledger: Ledger, known: int | None, suffix: str, running: bool
) -> None:
    record_deals(ledger, make_submission, ["a", "b"])
    catch_up(ledger, DEALS, StateReader(ledger))
    asked = Slice(clock(), known)
    given = {
        **asked.parameters, "standing": "open" if running else "overdue", "binding": None, "force": None, "party": None,
        "deals": None, "kind": None, "jurisdiction": None,
        "closes_by": FUTURE, "closes_at": asked.valid_at - DAY if running else FIRST_KEY[1],
        "deal_id": "", "deadline_id": "", "limit": 10,
    }  # fmt: skip
    query = statement("list_deadlines", given, running="running" if running else "NOT running")
    with DEALS.read_transaction(ledger) as connection:
        connection.execute(COPIES)
        connection.execute("ANALYZE deadlines")
        [(plan,)] = connection.execute(EXPLAIN + query, given).fetchall()
    found = nodes(plan[0]["Plan"])
    [scan] = [each for each in found if "Index Name" in each and each["Relation Name"] == "deadlines"]
    assert scan["Index Name"] == f"deadlines_{'running' if running else 'stopped'}{suffix}"
    assert not any(each["Node Type"] in ("Sort", "Seq Scan") for each in found)
    assert scan["Actual Rows"] <= 10
    assert scan.get("Rows Removed by Filter", 0) <= 10


MANY_DEALS = (
    """
INSERT INTO deals (
    deal_id, layers, valid_from, valid_to, known_from, known_to, title, title_order, kind, subject,
    jurisdictions, tz, status, phase, parties, opened, words, names, named, erased_next
)
SELECT
    deal_id || copy, layers, valid_from, valid_to, known_from, known_to, title, title_order, kind, subject,
    jurisdictions, tz, status, phase, parties, opened, words, names, named, erased_next
FROM deals, generate_series(1, 5000) AS copy
""",
    """
INSERT INTO covered_deals (deal_id, version, position, recorded_at, tz)
SELECT deal_id || copy, version, position, recorded_at, tz
FROM covered_deals, generate_series(1, 5000) AS copy
""",
    """
INSERT INTO deadlines (
    deal_id, deadline_id, layers, valid_from, valid_to, known_from, known_to, standing, running, ahead, closes_at,
    due_day, tz, deal_tz, calendar, published, force, binding, names, words, entry
)
SELECT
    deal_id || copy, deadline_id, layers, valid_from, valid_to, known_from, known_to,
    standing, running, ahead, closes_at + copy, due_day,
    tz, deal_tz, calendar, published, force, binding, names, words, entry
FROM deadlines, generate_series(1, 5000) AS copy
""",
)


@contextmanager
def many_deals(ledger: Ledger, *more: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection on which there are 5,000 deals like one that is recorded, and what more statements write."""
    record_deals(ledger, make_submission, ["a"])
    catch_up(ledger, DEALS, StateReader(ledger))
    with DEALS.read_transaction(ledger) as connection:
        for each in (*MANY_DEALS, *more, "ANALYZE"):
            connection.execute(each.encode())
        yield connection


@pytest.mark.parametrize("known", [None, 3])
def test_a_page_of_5000_deals_by_deadline_reads_the_deadlines_and_deals_of_the_page_alone(
    ledger: Ledger, known: int | None
) -> None:
    asked = Slice(clock(), known)
    with many_deals(ledger) as connection:
        [middle] = connection.execute("SELECT closes_at FROM deadlines WHERE deal_id = 'a2500'").fetchone() or [0]
        given = {**asked.parameters, **ANY_DEAL.parameters, "limit": 10, "closes_at": middle, "after": "a2500"}
        query = statement("deals_by_deadline", given, **KINDS[-1])
        page = connection.execute(query, given).fetchall()
        [(plan,)] = connection.execute(EXPLAIN + query, given).fetchall()
    assert [row[1] for row in page] == [f"a{number}" for number in range(2501, 2511)]
    found = nodes(plan[0]["Plan"])
    scans = [each for each in found if "Relation Name" in each]
    assert {each["Relation Name"] for each in scans} == {"deadlines", "deals", "covered_deals"}
    assert all("Index Name" in each for each in scans), scans
    read = [(each["Actual Rows"] + each.get("Rows Removed by Filter", 0)) * each["Actual Loops"] for each in scans]
    assert max(read) <= 30, scans


@pytest.mark.parametrize(("beyond", "direction"), [(">", "ASC"), ("<", "DESC")])
@pytest.mark.parametrize("name", ["title", "status"])
def test_a_page_of_5000_deals_by_a_value_reads_the_deals_of_the_page_alone(
    ledger: Ledger, name: str, beyond: str, direction: str
) -> None:
    asked, value = Slice(clock()), VALUES[name]
    with many_deals(ledger, "UPDATE deals SET title_order = deal_id") as connection:
        place = {"value": "a2500" if name == "title" else "open", "after": "a2500"}
        given = {**asked.parameters, **ANY_DEAL.parameters, **place, "limit": 10}
        parts = {"value": value.expression, "type": value.sql_type, "beyond": beyond, "direction": direction}
        query = statement("deals_by_value", given, **parts)
        page = [deal_id for deal_id, _ in connection.execute(query, given).fetchall()]
        [(plan,)] = connection.execute(EXPLAIN + query, given).fetchall()
    every = sorted(["a", *(f"a{number}" for number in range(1, 5001))], reverse=direction == "DESC")
    assert page == every[every.index("a2500") + 1 :][:10]
    found = nodes(plan[0]["Plan"])
    assert not any(each["Node Type"] in ("Sort", "Seq Scan") for each in found)
    scans = [each for each in found if "Relation Name" in each]
    read = [(each["Actual Rows"] + each.get("Rows Removed by Filter", 0)) * each["Actual Loops"] for each in scans]
    assert max(read) <= 30, scans


@pytest.mark.parametrize("known", [None, 3])
def test_a_page_of_deals_reads_the_deals_of_the_page_alone(ledger: Ledger, known: int | None) -> None:
    record_deals(ledger, make_submission, [f"d{number:03}" for number in range(60)])
    catch_up(ledger, DEALS, StateReader(ledger))
    asked = Slice(clock(), known)
    with DEALS.read_transaction(ledger) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")  # the tables of a test are small
        given = {**asked.parameters, **ANY_DEAL.parameters, "after": "d009", "limit": 5}
        [(plan,)] = connection.execute(EXPLAIN + statement("list_deals", given), given).fetchall()
    found = nodes(plan[0]["Plan"])
    assert not any(each["Node Type"] in ("Sort", "Seq Scan") for each in found)
    scans = [each for each in found if each.get("Relation Name") in ("deals", "covered_deals")]
    assert all(each["Actual Rows"] * each["Actual Loops"] <= 12 for each in scans), scans


SAID = (
    "INSERT INTO deal_words (deal_id, word) SELECT deal_id, 'usual' FROM deals",
    "INSERT INTO deal_words (deal_id, word) VALUES ('a7', 'rare')",
    """
INSERT INTO event_summaries (deal_id, event_id, layers, valid_from, valid_to, known_from, known_to, words)
SELECT deal_id, 'e', layers, valid_from, valid_to, known_from, known_to,
    CASE deal_id WHEN 'a7' THEN 'usual and rare' ELSE 'usual' END
FROM deals
""",
)


@pytest.mark.parametrize("known", [None, 3])
def test_a_word_is_looked_for_in_the_summaries_of_those_deals_alone_that_have_it(
    ledger: Ledger, known: int | None
) -> None:
    asked = Slice(clock(), known)
    with many_deals(ledger, *SAID) as connection:
        given = {**asked.parameters, **DealFilter(q="rare usual").parameters, "after": None, "limit": 10}
        query = statement("list_deals", given)
        found = connection.execute(query, given).fetchall()
        [(plan,)] = connection.execute(EXPLAIN + query, given).fetchall()
    assert [row[0] for row in found] == ["a7"]
    scans = [each for each in nodes(plan[0]["Plan"]) if each.get("Relation Name") in ("event_summaries", "deadlines")]
    assert {each["Relation Name"] for each in scans} == {"event_summaries", "deadlines"}
    assert all("Index Name" in each and each["Actual Loops"] <= 4 for each in scans), scans


@pytest.mark.parametrize(("name", "filters"), [("deals_without_deadline", {}), ("list_deals", {"overdue": False})])
def test_whether_a_deal_has_deadlines_is_asked_of_the_deals_of_a_page_alone(
    ledger: Ledger, name: str, filters: dict[str, bool]
) -> None:
    asked = Slice(clock())
    with many_deals(ledger) as connection:
        given = {**asked.parameters, **DealFilter(**filters).parameters, "after": "a2500", "limit": 10}
        [(plan,)] = connection.execute(EXPLAIN + statement(name, given), given).fetchall()
    scans = [each for each in nodes(plan[0]["Plan"]) if "Relation Name" in each]
    assert {"deals", "deadlines"} <= {each["Relation Name"] for each in scans}
    read = [(each["Actual Rows"] + each.get("Rows Removed by Filter", 0)) * each["Actual Loops"] for each in scans]
    assert max(read) <= 30, scans
