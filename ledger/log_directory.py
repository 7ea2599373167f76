"""The logs of a database: making one, listing them, and finding the one of an origin."""

from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from domain.errors import ParleyError
from domain.fields import text
from domain.time.instants import Moment
from ledger.event_reader import LogReader
from ledger.postgres.connection import Pool, configure, connect_as_owner, transaction
from ledger.postgres.migrations import migrate
from ledger.sql import sql

NAME_CHARACTERS = 128
"""Length of the name of a log, and of its origin."""


class LogsHidden(ParleyError):
    """The role of the connection sees one log at a time."""

    code = "logs-hidden"


class LogRefused(ParleyError):
    """No log can be made of this name and origin; the message says why."""

    code = "log-refused"


@dataclass(frozen=True, slots=True)
class LogSummary:
    """One log of a database."""

    tenant: str
    """Its name on the command line, and in its API keys."""
    origin: str
    opened_at: Moment
    position: int
    recorded_at: Moment | None
    """When its last event was recorded."""
    signed: int
    """Events under its newest checkpoint."""
    keys: int
    """API keys that were not revoked."""


def tenants(connection: Connection[Any]) -> list[str]:
    """The tenants whose logs the database holds, by name. `connection` is of the owner of the tables.

    Raises LogsHidden.
    """
    [sees_all] = connection.execute(sql("sees_every_log").encode()).fetchone() or [False]
    if not sees_all:
        raise LogsHidden(
            f"The role {connection.info.user} sees one log at a time: name each with --log, or connect as the owner "
            "of the database."
        )
    return [str(tenant) for (tenant,) in connection.execute(sql("tenants").encode()).fetchall()]


def list_logs(url: str) -> list[LogSummary]:
    """The logs of a database, by name. Raises LogsHidden, MigrationRefused, psycopg.Error."""
    migrate(url)
    with connect_as_owner(url) as connection:
        names = tenants(connection)
        configure(connection)
        return [_summary(connection, tenant) for tenant in names]


def _summary(connection: Connection[Any], tenant: str) -> LogSummary:
    with connection.transaction():
        connection.execute(sql("set_tenant").encode(), {"tenant": tenant})
        [row] = connection.execute(sql("log_summary").encode(), {"tenant": tenant}, binary=True).fetchall()
    return LogSummary(tenant, *row)


def logs_with_work(url: str) -> list[str]:
    """The logs of a database with events to sign or active webhooks, by name. Raises LogsHidden, psycopg.Error."""
    with connect_as_owner(url) as connection:
        names = tenants(connection)
        configure(connection)
        return [tenant for tenant in names if _has_work(connection, tenant)]


def _has_work(connection: Connection[Any], tenant: str) -> bool:
    with connection.transaction():
        connection.execute(sql("set_tenant").encode(), {"tenant": tenant})
        return bool(connection.execute(sql("log_has_work").encode(), {"tenant": tenant}).fetchall()[0][0])


def make_log(url: str, tenant: str, origin: str | None = None) -> str:
    """Make a log without events; its origin. Without `origin` one is made up.

    Raises LogRefused, MigrationRefused, psycopg.Error.
    """
    for what, value in (("name", tenant), ("origin", origin)):
        if value is not None and (wrong := _fault(value, spaced=what == "name")):
            raise LogRefused(f"{value[:64]!r} cannot be the {what} of a log: {wrong}.")
    migrate(url)
    with connect_as_owner(url) as connection:
        configure(connection)
        with connection.transaction():
            connection.execute(sql("lock_logs").encode())
            connection.execute(sql("set_tenant").encode(), {"tenant": tenant})
            if connection.execute(sql("log_origin").encode(), {"tenant": tenant}).fetchone():
                raise LogRefused(f"The database has a log {tenant!r} already.")
            connection.execute(sql("set_origin").encode(), {"origin": origin or ""})
            if origin and connection.execute(sql("logs_of_origin").encode()).fetchone():
                raise LogRefused(f"Another log bears the origin {origin!r}, by which each is known to verifiers.")
            connection.execute(sql("insert_log").encode(), {"tenant": tenant, "origin": origin})
            [made] = connection.execute(sql("log_origin").encode(), {"tenant": tenant}).fetchone() or [""]
    return str(made)


def log_of_origin(pool: Pool, origin: str) -> LogReader | None:
    """The log that bears an origin; None where none does, or several, which could not be told apart. Raises Busy."""
    with transaction(pool, "") as connection:
        connection.execute(sql("set_origin").encode(), {"origin": origin})
        found = connection.execute(sql("logs_of_origin").encode()).fetchall()
    return LogReader(pool, str(found[0][0]), origin) if len(found) == 1 else None


def _fault(value: str, *, spaced: bool) -> str | None:
    """Why a text is no name of a log, or no origin: that is a line of a checkpoint, and the name of a key there."""
    if wrong := text.fault(value):
        return wrong
    if not 0 < len(value) <= NAME_CHARACTERS:
        return f"it has {len(value)} characters, and 1 to {NAME_CHARACTERS} are possible"
    if not value.isprintable() or value != value.strip():
        return "it holds characters that cannot be seen"
    if not spaced and (" " in value or "+" in value):
        return "it holds a space or a plus sign, which the name of a key may not"
    return None
