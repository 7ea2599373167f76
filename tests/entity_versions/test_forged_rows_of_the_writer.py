"""The writer of entity versions goes on from no row that lacks its digest, and signs none that it did not write."""

from collections.abc import Callable

import pytest

from domain.envelope import Submission
from ledger.ledger import Ledger
from ledger.models import Request
from tests.entity_versions.written_rows import drop, make_tables, stored, write, write_a_row_for_each_event
from tests.superuser import Sql, sql

__all__ = ["sql"]

LENGTH = 24

Make = Callable[..., Submission]


@pytest.fixture
def recorded(ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A deal of 24 events about two terms, with a row for each event."""
    write_a_row_for_each_event(monkeypatch)
    opened = submission("deal", "e1", "deal.opened", title="T", kind="merger", subject="s")
    terms = [
        submission("deal", f"e{n}", "terms.changed", occurred="2024-01-05", term=("fee", "cap")[n % 2], to=n)
        for n in range(2, LENGTH + 1)
    ]
    ledger.append(Request((opened, *terms), by="test", lenient=True)).result()
    make_tables(ledger)
    write(ledger, "deal", LENGTH)
    return ledger


VERSIONS = "ENTITIES.entity_versions"
LAST = f"(SELECT max(version) FROM {VERSIONS} WHERE T=)"
OTHER = f"body = (SELECT body FROM {VERSIONS} WHERE T= AND version = 2)"
COLUMNS = "tenant, deal_id, slot, start, rank, known_to, basis, leaf_hash, body"
FORGERIES = {
    "a digest of another row": f"UPDATE {VERSIONS} SET {OTHER} WHERE T= AND version = {LAST}",
    "no digest": f"UPDATE {VERSIONS} SET {OTHER}, mac = NULL WHERE T= AND version = {LAST}",
    "a row of no event": f"INSERT INTO {VERSIONS} ({COLUMNS}, version, known_from) "
    f"SELECT {COLUMNS}, version + 3, known_from + 3 FROM {VERSIONS} WHERE T= AND version = {LAST}",
    "a coverage too far": "UPDATE ENTITIES.covered_deals SET version = version + 1, mac = NULL WHERE T=",
    "no coverage": "DELETE FROM ENTITIES.covered_deals WHERE T=",
}
"""Statements of the superuser."""
NEXT_DAYS = {"in order": "2024-01-06", "late": "2024-01-04"}


@pytest.mark.parametrize("day", NEXT_DAYS.values(), ids=[*NEXT_DAYS])
@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=[*FORGERIES])
def test_the_rows_after_a_forged_one_are_derived_from_the_record(
    recorded: Ledger, submission: Make, sql: Sql, forgery: str, day: str
) -> None:
    assert sql(forgery) > 0
    fee = submission("deal", "next", "terms.changed", occurred=day, term="fee", to=0)
    recorded.append(Request((fee,), by="test", lenient=True)).result()
    write(recorded, "deal", LENGTH + 1)
    written = stored(recorded)
    assert not sql("SELECT FROM ENTITIES.entity_versions WHERE T= AND mac IS NULL")
    drop(recorded)
    write(recorded, "deal", LENGTH + 1)
    assert written == stored(recorded)


def test_a_row_that_another_transaction_has_written_is_never_signed(
    recorded: Ledger, submission: Make, sql: Sql
) -> None:
    assert sql("UPDATE ENTITIES.entity_versions SET body = '\\x00', mac = NULL WHERE T= AND version = 2") == 1
    fee = submission("deal", "next", "terms.changed", occurred="2024-01-06", term="fee", to=0)
    recorded.append(Request((fee,), by="test", lenient=True)).result()
    write(recorded, "deal", LENGTH + 1)
    assert sql("SELECT version FROM ENTITIES.entity_versions WHERE T= AND mac IS NULL") == [(2,)]
