"""The writer of entity versions goes on from what it holds: a batch costs by its own events, not by those before it."""

from collections.abc import Callable

import pytest

from domain.envelope import Submission
from ledger.ledger import Ledger
from ledger.models import Request
from ledger.postgres.connection import transaction
from projections.entity_versions.current_entities import CurrentEntities, CurrentEntity
from projections.entity_versions.entity_writer import EntityWriter
from projections.entity_versions.indexed_record import FIRST_KEY, IndexedRecord
from projections.entity_versions.projection import ENTITIES
from projections.entity_versions.store import EntityStore
from projections.state.state_reader import StateReader
from tests.entity_versions.written_rows import AUTHENTICATOR, CHUNK, drop, make_tables, stored, write
from tests.superuser import Sql, sql

__all__ = ["sql"]

LENGTH, BATCH = 40, 20

Make = Callable[..., Submission]


@pytest.fixture
def recorded(ledger: Ledger, submission: Make) -> Ledger:
    """A deal of 40 events about one term, and tables without rows."""
    opened = submission("deal", "e1", "deal.opened", title="T", kind="merger", subject="s")
    terms = [
        submission("deal", f"e{n}", "terms.changed", occurred="2024-01-05", term="fee", to=n)
        for n in range(2, LENGTH + 1)
    ]
    ledger.append(Request((opened, *terms), by="test", lenient=True)).result()
    make_tables(ledger)
    return ledger


def record_of(ledger: Ledger) -> IndexedRecord:
    return IndexedRecord(EntityStore(ledger, AUTHENTICATOR), "deal", StateReader(ledger).revise, CHUNK)


def advance(record: IndexedRecord, version: int, *, fails: bool = False) -> None:
    """One batch of the projection, whose transaction may fail at its end."""
    ledger = record.store.ledger
    with transaction(ledger.pool, ledger.tenant) as connection:
        ENTITIES.set_search_path(connection, ledger.tenant)
        EntityWriter(connection, record).advance(version)
        if fails:
            raise ConnectionError
        ENTITIES.row_authenticator(ledger, AUTHENTICATOR).sign(connection)


def test_a_batch_reads_neither_the_rows_nor_the_events_of_the_batch_before_it(recorded: Ledger, sql: Sql) -> None:
    record = record_of(recorded)
    advance(record, BATCH)
    record.evict()
    sql("DELETE FROM ENTITIES.entity_versions WHERE T=")
    record.catch_up(LENGTH)
    record.evict()
    advance(record, LENGTH)
    assert sorted(record._events) == [*range(BATCH + 1, LENGTH + 1)]


def test_a_batch_that_was_rolled_back_is_repeated_from_the_rows(recorded: Ledger) -> None:
    record = record_of(recorded)
    advance(record, BATCH)
    with pytest.raises(ConnectionError):
        advance(record, LENGTH, fails=True)
    advance(record, LENGTH)
    written = stored(recorded)
    drop(recorded)
    write(recorded, "deal", LENGTH)
    assert written == stored(recorded)


def test_entities_are_held_within_a_bound_those_used_last_first() -> None:
    entities = {("term", name): CurrentEntity(None, FIRST_KEY, 0, 0) for name in "abc"}
    held = CurrentEntities(most=2)
    held.put(7, entities, used=[("term", "c")])
    assert [*held.take(7)] == [("term", "c"), ("term", "a")]
    assert held.take(7) == {}
    held.put(7, entities, used=())
    assert held.take(8) == {}
