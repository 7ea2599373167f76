"""The superuser of the database, who changes what is stored past the rights of the application's role."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from ledger.ledger import Ledger
from projections.entity_versions.projection import ENTITIES
from projections.tables.deals import DEALS

Sql = Callable[..., Any]


def superuser(ledger: Ledger) -> psycopg.Connection[Any]:
    """A connection of the superuser to the database of a log."""
    return psycopg.connect(ledger.conninfo, autocommit=True)


@pytest.fixture
def sql(ledger: Ledger) -> Iterator[Sql]:
    """Runs a statement: its rows, else how many rows it changed. `T=` selects the log's tenant, TENANT is its name, and
    DEALS the schema of the table of deals, ENTITIES that of entity versions."""
    with superuser(ledger) as connection:

        def run(statement: str, *values: Any) -> Any:
            text = statement.replace("T=", f"tenant = '{ledger.tenant}'").replace("TENANT", f"'{ledger.tenant}'")
            for name, projection in (("DEALS", DEALS), ("ENTITIES", ENTITIES)):
                text = text.replace(name, projection.schema(ledger.tenant))
            done = connection.execute(text.encode(), values)
            return done.fetchall() if done.description else done.rowcount

        yield run
