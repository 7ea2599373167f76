"""The directory of a database: which logs are in other databases, for servers and commands that are given this one."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from domain.errors import ParleyError
from ledger.postgres.connection import Pool, connect_as_owner, one_statement, set_tenant, transaction
from ledger.sql import sql


class LogElsewhere(ParleyError):
    """The log is in another database."""

    code = "log-elsewhere"


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A log in another database."""

    tenant: str
    origin: str
    url: str


def url_of(pool: Pool, tenant: str) -> str | None:
    """The URL of the database of a log; None where it is that of the directory. Raises Busy."""
    found = one_statement(pool, tenant, sql("log_database").encode(), {"tenant": tenant})
    return str(found[0][0]) if found else None


def entry_of_origin(pool: Pool, origin: str) -> DirectoryEntry | None:
    """The log of another database that bears an origin; None where none does, or several. Raises Busy."""
    with transaction(pool, "") as connection:
        connection.execute(sql("set_origin").encode(), {"origin": origin})
        found = connection.execute(sql("log_databases_of_origin").encode()).fetchall()
    return DirectoryEntry(str(found[0][0]), origin, str(found[0][1])) if len(found) == 1 else None


def entries(connection: Connection[Any]) -> list[DirectoryEntry]:
    """The whole directory, by name. `connection` is of the owner of the tables."""
    return [DirectoryEntry(*row) for row in connection.execute(sql("log_databases").encode()).fetchall()]


def entered_url(connection: Connection[Any], tenant: str) -> str | None:
    """`url_of` in a transaction of the tenant, also in a database that has no directory yet."""
    [known] = connection.execute(sql("has_log_databases").encode()).fetchone() or [False]
    if not known:
        return None
    found = connection.execute(sql("log_database").encode(), {"tenant": tenant}).fetchone()
    return str(found[0]) if found else None


def resolve(url: str, tenant: str) -> str:
    """The URL of the database of a log, by the directory of the database at `url`. Raises psycopg.Error."""
    with connect_as_owner(url) as connection, connection.transaction():
        set_tenant(connection, tenant)
        return entered_url(connection, tenant) or url
