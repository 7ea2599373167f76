"""Migrations: numbered SQL files, applied once, in order, under a lock, and never edited."""

import re
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import psycopg
from psycopg import errors

from domain.errors import ParleyError
from ledger.postgres.connection import connect_as_owner
from ledger.postgres.server_role import is_standby
from ledger.sql import sql

OLDEST_SERVER = 150000
"""server_version_num of PostgreSQL 15.0."""

LOCK = 0x7061726C6579  # "parley"
"""The advisory lock under which a database is migrated."""


class MigrationRefused(ParleyError):
    """The database cannot be brought to the schema that this version needs; the message says what to do."""

    code = "migration-refused"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of `ledger/sql/migrations`."""

    number: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        return sha256(self.text.encode()).hexdigest()


def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first."""
    found = [
        Migration(int(match[1]), match[2], file.read_text(encoding="utf-8"))
        for file in files("ledger.sql").joinpath("migrations").iterdir()
        if (match := re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name))
    ]
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(conninfo: str) -> tuple[Migration, ...]:
    """Apply what is missing, as the user of `conninfo`; return what was applied.

    Raises MigrationRefused where the server is too old, the user lacks a right, or an applied file was edited.
    """
    with connect_as_owner(conninfo) as connection:
        if connection.info.server_version < OLDEST_SERVER:
            raise MigrationRefused(
                f"Parley needs PostgreSQL 15 or newer; this server is {connection.info.server_version // 10000}."
            )
        if not _missing(connection):
            return ()
        if is_standby(connection):
            raise MigrationRefused(
                "This database is a replica and lacks migrations that this version of Parley needs: start this version "
                "on the primary first, which applies them."
            )
        connection.execute(sql("advisory_lock").encode(), {"lock": LOCK})
        try:
            return _apply(connection)
        except errors.InsufficientPrivilege as error:
            raise MigrationRefused(_rights(connection, error)) from error
        finally:
            connection.execute(sql("advisory_unlock").encode(), {"lock": LOCK})


def _apply(connection: psycopg.Connection) -> tuple[Migration, ...]:
    connection.execute(sql("migrations_table").encode())
    missing = _missing(connection)
    for migration in missing:
        with connection.transaction():
            connection.execute(migration.text.encode())
            connection.execute(
                sql("insert_migration").encode(),
                (migration.number, migration.name, migration.digest),
            )
    return missing


def _missing(connection: psycopg.Connection) -> tuple[Migration, ...]:
    """The migrations that this database lacks. Refuses one whose history differs."""
    ours = migrations()
    present = connection.execute(sql("has_migrations").encode()).fetchone()
    if not present or not present[0]:
        return ours
    applied: dict[int, str] = dict(connection.execute(sql("applied_migrations").encode()).fetchall())
    for migration in ours:
        if applied.get(migration.number, migration.digest) != migration.digest:
            raise MigrationRefused(
                f"Migration {migration.number:04d}_{migration.name} was applied to this database in another wording; "
                "an applied migration is never edited. Install the version of Parley that wrote this database."
            )
    if newer := set(applied) - {migration.number for migration in ours}:
        raise MigrationRefused(
            f"This database has migration {max(newer):04d}, unknown to this version of Parley; install a newer."
        )
    return tuple(migration for migration in ours if migration.number not in applied)


def _rights(connection: psycopg.Connection, error: psycopg.Error) -> str:
    user, database = connection.info.user, connection.info.dbname
    return (
        f"The user {user} may not prepare the database {database}: {error.diag.message_primary}. "
        f"Let an administrator run CREATE ROLE parley_app NOLOGIN; CREATE ROLE parley_eraser NOLOGIN; "
        f"CREATE ROLE parley_signer NOLOGIN; "
        f"GRANT parley_app, parley_eraser, parley_signer TO {user}; "
        f"ALTER DATABASE {database} OWNER TO {user}; and start again."
    )
