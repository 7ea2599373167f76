"""The logs of a database, and of those to which its directory assigns others: making one, listing them, entering one
into the directory, and finding the one of an origin."""

from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from domain.errors import ParleyError
from domain.fields import text
from domain.time.instants import Moment
from ledger import log_databases
from ledger.event_reader import LogReader
from ledger.postgres.connection import Pool, configure, connect, connect_as_owner, set_tenant, transaction
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
    read_only: bool = False
    """It is being moved to another database, or was moved."""
    database: str | None = None
    """The other database to which the directory assigns it."""


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
    """The logs of a database, and those of its directory where they are, by name. A copy that was moved away is left
    out once the directory has the log. Raises LogsHidden, MigrationRefused, psycopg.Error."""
    migrate(url)
    with connect_as_owner(url) as connection:
        names = tenants(connection)
        entries = log_databases.entries(connection)
        configure(connection)
        elsewhere = {each.tenant for each in entries}
        found = [_summary(connection, tenant) for tenant in names if tenant not in elsewhere]
    for other in sorted({each.url for each in entries}):
        with connect(other) as connection:
            place = place_of(connection)
            of_other = [_summary(connection, each.tenant) for each in entries if each.url == other]
            found += [replace(each, database=place) for each in of_other]
    return sorted(found, key=lambda each: each.tenant)


def _summary(connection: Connection[Any], tenant: str) -> LogSummary:
    with connection.transaction():
        set_tenant(connection, tenant)
        rows = connection.execute(sql("log_summary").encode(), {"tenant": tenant}, binary=True).fetchall()
        moved = connection.execute(sql("log_move").encode(), {"tenant": tenant}).fetchone()
    if not rows:
        raise LogRefused(f"There is no log {tenant!r} in {place_of(connection)}.")
    return replace(LogSummary(tenant, *rows[0]), read_only=moved is not None and moved[1] != "arrived")


def enter_log(url: str, tenant: str, at: str) -> str:
    """Enter a log of another database into the directory of a database, which must have none of the name; its origin.

    Raises LogRefused, MigrationRefused, psycopg.Error.
    """
    migrate(url)
    migrate(at)
    with connect(at) as other:
        found = _summary(other, tenant)
        if found.read_only:
            raise LogRefused(f"The log {tenant!r} is read-only in {place_of(other)}: it was moved, or is being moved.")
    with connect_as_owner(url) as connection, connection.transaction():
        connection.execute(sql("lock_logs").encode())
        set_tenant(connection, tenant)
        if connection.execute(sql("log_origin").encode(), {"tenant": tenant}).fetchone():
            raise LogRefused(f"The database has a log {tenant!r} of its own.")
        connection.execute(sql("set_origin").encode(), {"origin": found.origin})
        if connection.execute(sql("logs_of_origin").encode()).fetchone():
            raise LogRefused(f"Another log bears the origin {found.origin!r}, by which each is known to verifiers.")
        entry = {"tenant": tenant, "origin": found.origin, "url": at}
        connection.execute(sql("enter_log_database").encode(), entry)
        connection.execute(sql("notify_keys").encode(), {"tenant": tenant})
    return found.origin


def place_of(connection: Connection[Any]) -> str:
    """The database of a connection, for people to read."""
    return f"{connection.info.host}:{connection.info.port}/{connection.info.dbname}"


def logs_with_work(url: str) -> list[str]:
    """The logs of a database with events to sign or active webhooks, by name. Raises LogsHidden, psycopg.Error."""
    with connect_as_owner(url) as connection:
        names = tenants(connection)
        configure(connection)
        return [tenant for tenant in names if _has_work(connection, tenant)]


def _has_work(connection: Connection[Any], tenant: str) -> bool:
    with connection.transaction():
        set_tenant(connection, tenant)
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
            set_tenant(connection, tenant)
            if connection.execute(sql("log_origin").encode(), {"tenant": tenant}).fetchone():
                raise LogRefused(f"The database has a log {tenant!r} already.")
            if log_databases.entered_url(connection, tenant) is not None:
                raise LogRefused(f"The directory of the database has a log {tenant!r} already, in another database.")
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
