"""Entity versions after a restart, and altered ones: what does not bear its digest is derived from the record."""

from collections.abc import Callable

import pytest

from domain.envelope import Submission
from domain.state import derive
from domain.time.instants import zone
from ledger.ledger import Ledger
from ledger.models import Request
from projections.entity_versions.entity_reader import EntityReader
from projections.keyed_digest import Authenticator
from projections.state.holiday_calendars import calendar
from projections.state.state_json import state_hash
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from tests.entity_versions.written_rows import TABLES, covered, make_tables, process, write
from tests.superuser import Sql, sql

__all__ = ["sql"]

LENGTH = 42

Make = Callable[..., Submission]


@pytest.fixture
def recorded(ledger: Ledger, submission: Make) -> Ledger:
    """A deal in New York of 42 events, with its rows."""
    opened = submission("deal", "e1", "deal.opened", title="T", kind="merger", subject="s", tz="America/New_York")
    terms = [
        submission("deal", f"e{n}", "terms.changed", occurred="2024-01-05", term="fee", to=n) for n in range(2, LENGTH)
    ]
    ledger.append(Request((opened, *terms), by="test", lenient=True)).result()
    append(ledger, submission("deal", f"e{LENGTH}", "terms.changed", occurred="2024-01-06", term="fee", to="last"))
    make_tables(ledger)
    write(ledger, "deal", LENGTH)
    return ledger


def append(ledger: Ledger, *submissions: Submission) -> None:
    ledger.append(Request(submissions, by="test", lenient=True)).result()


def served_hash(deal: EntityReader) -> str:
    """The hash of the state at the newest version by the rows, as far as they are trusted."""
    reader = StateReader(deal.store.ledger)
    basis = reader.basis(deal, TimeQuery(valid_at="2024-03-01"))
    folded = deal.answer(basis)
    if folded is None:
        return honest_hash(deal.store.ledger)
    return state_hash(derive(*folded, basis, deal_id="deal", zone=deal.index.zone, calendars=calendar))


def honest_hash(ledger: Ledger) -> str:
    return str(StateReader(ledger).state("deal", TimeQuery(valid_at="2024-03-01"))["state_hash"])


FORGE = """
UPDATE ENTITIES.entity_versions
SET body = overlay(body placing 'fie'::bytea from position('fee'::bytea IN body))
WHERE T= AND position('fee'::bytea IN body) > 0"""


def test_a_deal_outside_utc_has_its_rows_after_a_restart(recorded: Ledger) -> None:
    again = process(recorded)
    assert again.index.zone == zone("America/New_York")
    assert covered(again) == LENGTH
    assert again.store.chunks("deal", again.basis)[-1][0] == 33
    assert served_hash(again) == honest_hash(recorded)


def test_an_erasure_long_ago_does_not_take_the_rows_away_at_each_start(recorded: Ledger, submission: Make) -> None:
    append(recorded, submission("deal", "erase", "record.erased", event_id="e3", basis="gdpr_request", authority="dpo"))
    assert covered(process(recorded)) == 0
    write(recorded, "deal", LENGTH + 1)
    assert covered(process(recorded)) == covered(process(recorded)) == LENGTH + 1


def test_a_forged_row_is_not_served(recorded: Ledger, sql: Sql) -> None:
    knows = process(recorded)
    assert served_hash(knows) == honest_hash(recorded)
    assert sql(FORGE) > 0
    assert served_hash(process(recorded)) == honest_hash(recorded)
    assert served_hash(knows) == honest_hash(recorded)


@pytest.mark.parametrize("column", ["start", "version", "known_from"])
def test_a_row_moved_to_another_place_is_not_served(recorded: Ledger, sql: Sql, column: str) -> None:
    knows = process(recorded)
    assert served_hash(knows) == honest_hash(recorded)
    # From the last row on, so that none takes the place of another.
    for (version,) in sql("SELECT DISTINCT version FROM ENTITIES.entity_versions WHERE T= ORDER BY 1 DESC"):
        sql(f"UPDATE ENTITIES.entity_versions SET {column} = {column} - 1 WHERE T= AND version = %s", version)
    for deal in (process(recorded), knows):
        assert served_hash(deal) == honest_hash(recorded)


def test_rows_that_are_missing_change_no_answer(recorded: Ledger, sql: Sql) -> None:
    sql("DELETE FROM ENTITIES.entity_versions WHERE T= AND version > 20")
    assert served_hash(process(recorded)) == honest_hash(recorded)
    sql("DELETE FROM ENTITIES.entity_versions WHERE T=")
    assert served_hash(process(recorded)) == honest_hash(recorded)


def test_a_forged_index_and_a_forged_reach_are_not_trusted(recorded: Ledger, sql: Sql) -> None:
    sql("UPDATE ENTITIES.event_index SET chunk = '\\x00' WHERE T= AND from_version = 1")
    assert served_hash(process(recorded)) == honest_hash(recorded)
    sql("UPDATE ENTITIES.covered_deals SET version = 7 WHERE T=")
    assert covered(process(recorded)) == 0


def test_rows_of_another_key_or_without_one_are_not_trusted(recorded: Ledger) -> None:
    for other in (Authenticator(b"k" * 32), None):
        deal = process(recorded, authenticator=other)
        assert covered(deal) == 0
        assert served_hash(deal) == honest_hash(recorded)


def test_rows_from_before_an_erasure_put_back_after_it_are_not_served(
    recorded: Ledger, submission: Make, sql: Sql
) -> None:
    for table in TABLES:
        sql(f"CREATE TABLE aside_{table} AS SELECT * FROM ENTITIES.{table} WHERE T=")
    append(recorded, submission("deal", "erase", "record.erased", event_id="e3", basis="gdpr_request", authority="dpo"))
    write(recorded, "deal", LENGTH + 1)
    sql("DELETE FROM ENTITIES.entity_versions WHERE T=")
    sql("INSERT INTO ENTITIES.entity_versions SELECT * FROM aside_entity_versions")
    for table in TABLES:
        sql(f"DROP TABLE aside_{table}")
    deal = process(recorded)
    assert covered(deal) == LENGTH + 1
    assert not deal._rows(deal.index.names, 2**62, LENGTH + 1)
    assert served_hash(deal) == honest_hash(recorded)


def test_rows_of_a_record_that_was_rolled_back_are_not_trusted(recorded: Ledger, submission: Make, sql: Sql) -> None:
    for table in ("events", "event_payload"):
        sql(f"DELETE FROM {table} WHERE T= AND position > 20")
    recorded.appender._drop_writer()
    for number in range(21, LENGTH + 1):
        append(recorded, submission("deal", f"f{number}", "terms.changed", occurred="2024-01-05", term="fee", to=0))
    deal = process(recorded)
    assert covered(deal) == 0
    assert served_hash(deal) == honest_hash(recorded)
