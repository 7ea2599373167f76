"""What others are writing at the moment costs a batch nothing: rows that it does not see are not walked over."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from ledger.postgres import binary_arrays
from ledger.postgres.connection import connect
from ledger.sql import sql

ROWS = 2_000
ASKED = [f"a{number:03}" for number in range(50)]
"""Ids of no transaction, in front of all that is in flight."""

DEALS, KINDS = binary_arrays.texts(["deal"] * len(ASKED)), binary_arrays.texts(["deadline"] * len(ASKED))
STATEMENTS: dict[str, dict[str, Any]] = {
    "batch_state": {
        "deals": binary_arrays.texts(["deal"]),
        "ids": binary_arrays.texts(ASKED),
        "thing_deals": DEALS,
        "kinds": KINDS,
        "things": binary_arrays.texts(ASKED),
    },
    "events_by_id": {"ids": binary_arrays.texts(ASKED)},
    "entities_held": {"deals": DEALS, "kinds": KINDS, "ids": binary_arrays.texts(ASKED)},
}


@pytest.fixture
def asking(database: str) -> Iterator[Connection[Any]]:
    with connect(database) as connection:
        yield connection


@pytest.fixture
def importing(database: str) -> Iterator[Connection[Any]]:
    """A transaction that has not ended, as that of an import."""
    with psycopg.connect(database) as connection:
        yield connection
        connection.rollback()


def plan_of(connection: Connection[Any], name: str) -> dict[str, Any]:
    with connection.transaction():
        connection.execute("SELECT set_config('parley.tenant', 't', true)")
        asked = {"tenant": "t", **STATEMENTS[name]}
        explained = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql(name)
        [[[found]]] = connection.execute(explained.encode(), asked).fetchall()
    return found["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[str]:
    yield plan["Node Type"]
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def pages(plan: dict[str, Any]) -> int:
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def write_rows(connection: Connection[Any]) -> None:
    connection.execute("SET parley.tenant = 't'")
    connection.execute(
        "INSERT INTO events SELECT 't', n, 'deal', n, 'z' || n, 'deal.paused', NULL, NULL,"
        " timestamptz '2020-01-01' + n * interval '1 microsecond', 'desk', 'leaf', sha256('x')"
        f" FROM generate_series(1, {ROWS}) AS n"
    )
    connection.execute(
        f"INSERT INTO things SELECT 't', 'deal', 'deadline', 'z' || n, n FROM generate_series(1, {ROWS}) AS n"
    )


@pytest.mark.parametrize("name", STATEMENTS)
def test_ids_that_nobody_holds_are_sought_without_walking_over_rows_in_flight(asking, importing, name):
    alone = plan_of(asking, name)
    write_rows(importing)
    beside = plan_of(asking, name)
    assert pages(beside) <= 10 * max(pages(alone), len(ASKED))
    assert "Seq Scan" not in {*nodes(alone), *nodes(beside)}


def test_what_is_about_the_record_is_found_without_reading_the_other_events_of_a_deal(asking, importing):
    write_rows(importing)
    importing.execute("UPDATE events SET type = 'record.held' WHERE version IN (7, 1900)")
    importing.commit()
    with asking.transaction():
        asking.execute("SELECT set_config('parley.tenant', 't', true)")
        explained = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql("record_events")
        [[[found]]] = asking.execute(explained.encode(), {"tenant": "t", "deal": "deal"}).fetchall()
    assert found["Plan"]["Actual Rows"] == 2
    assert pages(found["Plan"]) < 20
