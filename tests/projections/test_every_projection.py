"""The contract of every projection: it follows from the record alone, can be rebuilt, and belongs to one tenant."""

from importlib.resources import files
from typing import Any

import orjson
import pytest

from ledger.ledger import Ledger
from projections.batch_update import advance, position_of
from projections.projection import Projection
from projections.rebuild import catch_up, prepare, rebuild
from projections.registry import PROJECTIONS
from projections.state.state_reader import StateReader, clock
from tests.submissions import as_sent

OWN = {"progress", "dead_letters"}
"""Tables about the projection and not about the record."""


@pytest.fixture
def record(ledger: Ledger) -> Ledger:
    """A log that holds both real timelines."""
    lines = [
        line
        for name in ("seeds", "tiktok")
        for line in files("api.demo").joinpath(f"{name}.ndjson").read_bytes().splitlines()
    ]
    ledger.import_batch([as_sent(orjson.loads(line)) for line in lines], by="desk")
    return ledger


@pytest.fixture(params=PROJECTIONS, ids=lambda each: each.name)
def projection(request: pytest.FixtureRequest) -> Projection:
    each: Projection = request.param
    return each


def rows(ledger: Ledger, projection: Projection) -> dict[str, list[Any]]:
    """Every row of every table, in order."""
    with projection.read_transaction(ledger) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        found = {
            name: sorted(map(str, connection.execute(f'SELECT * FROM "{name}"').fetchall()))
            for (name,) in names
            if name not in OWN
        }
    assert found
    return found


@pytest.fixture(autouse=True)
def _one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are made at two moments differ where they say when they change next; here it is one moment."""
    monkeypatch.setattr("projections.entity_versions.projection.SHORTEST", 1)  # each deal here is a long one
    now = clock()
    for module in ("projections.tables.activity", "projections.tables.writer", "projections.batch_update"):
        monkeypatch.setattr(f"{module}.clock", lambda: now)


def test_rows_rebuilt_equal_rows_that_followed_in_batches_of_any_size(record: Ledger, projection: Projection) -> None:
    reader = StateReader(record)
    prepare(record, projection, reader)
    while advance(record, projection, reader, limit=7)[1]:
        continue
    live = rows(record, projection)
    assert any(live.values())
    rebuild(record, projection, reader)
    assert rows(record, projection) == live
    assert position_of(record, projection) == record.head().position


def test_events_taken_in_twice_change_nothing(record: Ledger, projection: Projection) -> None:
    reader = StateReader(record)
    catch_up(record, projection, reader)
    live = rows(record, projection)
    with record.pool.connection() as connection, connection.transaction():
        connection.execute("SELECT set_config('parley.tenant', %s, true)", (record.tenant,))
        projection.set_search_path(connection, record.tenant)
        connection.execute("UPDATE progress SET position = 0")
    catch_up(record, projection, reader)
    assert rows(record, projection) == live


def test_tables_that_nobody_made_or_of_another_version_stand_nowhere(record: Ledger, projection: Projection) -> None:
    with projection.live_tables(record) as tables:
        assert tables is None
    assert position_of(record, projection) == 0
    catch_up(record, projection, StateReader(record))
    with projection.live_tables(record) as tables:
        assert tables is not None
        assert tables.position == record.head().position
    newer = Projection(
        projection.name, projection.version + 1, projection.tables, projection.handle, projection.refresh
    )
    with newer.live_tables(record) as tables:
        assert tables is None


def test_another_tenant_sees_nothing_of_it(record: Ledger, projection: Projection) -> None:
    catch_up(record, projection, StateReader(record))
    names = list(rows(record, projection))
    with record.pool.connection() as connection, connection.transaction():
        connection.execute("SELECT set_config('parley.tenant', 'another tenant', true)")
        schema = projection.schema(record.tenant)
        for name in (*names, *OWN):
            assert connection.execute(f'SELECT count(*) FROM "{schema}"."{name}"').fetchone() == (0,)
