"""Rows of one log in COPY's text form: out of the tables of one database, and into those of another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Literal

from ledger.sql import sql


class RowsOfOthers(Exception):
    """There are rows of another log among those that are copied."""


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table that holds rows of tenants."""

    name: str
    columns: list[str]
    """Without those that the table numbers by itself."""
    all_columns: list[str]


def tenant_tables(connection: Connection[Any]) -> dict[str, TenantTable]:
    """The tables that hold rows of tenants, by name."""
    rows = connection.execute(sql("tenant_tables").encode()).fetchall()
    return {name: TenantTable(name, columns, whole) for name, columns, whole in rows}


def rows_of(connection: Connection[Any], table: str, columns: Sequence[str], tenant: str) -> Iterator[bytes]:
    """The rows of one table and tenant, in parts."""
    return copied(
        connection,
        SQL(sql("copy_out")).format(columns=listed(columns), table=Identifier(table), tenant=Literal(tenant)),
    )


def copied(connection: Connection[Any], statement: Composed) -> Iterator[bytes]:
    """What a COPY statement returns, in parts."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for part in copy:
            yield bytes(part)


def insert(connection: Connection[Any], table: str, columns: Sequence[str], rows: Iterable[bytes], tenant: str) -> None:
    """Insert copied rows of a tenant, by way of a table of the session. Raises RowsOfOthers."""
    named = {"columns": listed(columns), "table": Identifier(table)}
    connection.execute(SQL(sql("restored_table")).format(**named))
    with connection.cursor() as cursor, cursor.copy(SQL(sql("copy_in")).format(**named)) as copy:
        for part in rows:
            copy.write(part)
    # A superuser passes by row-level security: rows of another log than is said would go into that one.
    if connection.execute(sql("restored_of_others").encode(), {"tenant": tenant}).fetchone() is not None:
        raise RowsOfOthers(table)
    connection.execute(SQL(sql("insert_restored")).format(**named))
    connection.execute(sql("drop_restored").encode())


def listed(columns: Sequence[str], table: str | None = None) -> Composed:
    """Names of columns in a statement, with that of their table if it is given."""
    return SQL(", ").join(Identifier(name) if table is None else Identifier(table, name) for name in columns)
