"""A log in one file, and back: every row of its tenant as PostgreSQL writes it, read in one snapshot.

The file is a zip: `backup.json {form, tenant, origin, position, migrations, tables {name: {columns, rows, sha256}}}`
and a `<table>.copy` each, in COPY's text form. Nothing derived is in it, and no private key of the log: those stand in
the data folder, apart from what they seal. A copy proves nothing by itself; whoever restores it verifies it.
"""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composed, Identifier, Literal

from domain.errors import ParleyError
from ledger.migrate import migrate, migrations
from ledger.sql import sql

FORM = "parley backup 1"
MANIFEST = "backup.json"
PART_BYTES = 1 << 20
"""Read from the file at once."""

Progress = Callable[[str, int], None]
"""Told the table and how many of its bytes were copied since the last call."""


class BackupRefused(ParleyError):
    """The file or the database cannot be used for this; the message says why and what to do."""

    code = "backup-refused"


@dataclass(frozen=True, slots=True)
class Copied:
    """What a file holds."""

    tenant: str
    origin: str
    position: int
    rows: int


def backup(url: str, tenant: str, file: Path, progress: Progress | None = None) -> Copied:
    """Copy a log to a file, whole or not at all. Raises BackupRefused where there is no log, psycopg.Error."""
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with _tenant(url, tenant) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            held = _log(connection)
            if held is None:
                raise BackupRefused(f"The database holds no log of {tenant!r}.")
            tables = dict(connection.execute(sql("tenant_tables").encode()).fetchall())
            with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                written = {
                    name: _write(connection, archive, name, columns, tenant, progress)
                    for name, columns in tables.items()
                }
                about = {
                    "form": FORM,
                    "tenant": tenant,
                    "origin": held[0],
                    "position": held[1],
                    "migrations": [each.number for each in migrations()],
                    "tables": written,
                }
                archive.writestr(MANIFEST, json.dumps(about, indent=1))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return _copied(about)


def restore(url: str, file: Path, progress: Progress | None = None) -> Copied:
    """Bring the log of a file into a database that has none of this tenant, in one transaction; migrate it first.

    Raises BackupRefused, MigrationRefused, psycopg.Error.
    """
    with _opened(file) as (archive, about):
        migrate(url)
        tenant = str(about["tenant"])
        with _tenant(url, tenant) as connection:
            _make_room(connection, tenant)
            tables: dict[str, list[str]] = dict(connection.execute(sql("tenant_tables").encode()).fetchall())
            for name, each in about["tables"].items():
                if not set(each["columns"]) <= set(tables.get(name, ())):
                    raise BackupRefused(f"The backup has a table {name} of another form: install a newer Parley.")
                _read(connection, archive, name, each, progress)
    return _copied(about)


@contextmanager
def _tenant(url: str, tenant: str) -> Iterator[Connection[Any]]:
    """A transaction of the owner of the tables, who sees and writes this tenant's rows."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        connection.execute(
            "SELECT set_config('parley.tenant', %s, true), set_config('timezone', 'UTC', true)", (tenant,)
        )
        yield connection


def _log(connection: Connection[Any]) -> tuple[str, int] | None:
    """Origin and last position of the tenant's log; None where there is none."""
    found = connection.execute(sql("log_extent").encode()).fetchone()
    return (str(found[0]), int(found[1])) if found else None


def _make_room(connection: Connection[Any], tenant: str) -> None:
    """A log that was begun and never written to gives way; its name has sealed nothing."""
    held = _log(connection)
    if held is not None and held[1] > 0:
        raise BackupRefused(
            f"The database holds {held[1]} events of {tenant!r} already: restore into an empty one, as a new --data is."
        )
    connection.execute("DELETE FROM logs WHERE tenant = %s", (tenant,))


def _write(
    connection: Connection[Any],
    archive: zipfile.ZipFile,
    name: str,
    columns: list[str],
    tenant: str,
    progress: Progress | None,
) -> dict[str, Any]:
    digest, rows = sha256(), 0
    # A superuser passes by row-level security, so the tenant is named here too.
    asked = SQL("COPY (SELECT {} FROM {} WHERE tenant = {} ORDER BY 1, 2) TO STDOUT").format(
        _listed(columns), Identifier(name), Literal(tenant)
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(asked) as copy,
        archive.open(f"{name}.copy", "w", force_zip64=True) as entry,
    ):
        for part in copy:
            data = bytes(part)
            entry.write(data)
            digest.update(data)
            rows += data.count(b"\n")
            if progress is not None:
                progress(name, len(data))
    return {"columns": columns, "rows": rows, "sha256": digest.hexdigest()}


def _read(
    connection: Connection[Any],
    archive: zipfile.ZipFile,
    name: str,
    about: Mapping[str, Any],
    progress: Progress | None,
) -> None:
    """Into a table of the session, for COPY refuses tables with row-level security, and from there into the record."""
    digest = sha256()
    fresh = Identifier("restored")
    columns = _listed(about["columns"])
    made = SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    connection.execute(made.format(fresh, columns, Identifier(name)))
    with (
        connection.cursor() as cursor,
        cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(fresh, columns)) as copy,
        _entry(archive, f"{name}.copy") as entry,
    ):
        while part := entry.read(PART_BYTES):
            copy.write(part)
            digest.update(part)
            if progress is not None:
                progress(name, len(part))
    if digest.hexdigest() != about["sha256"]:
        raise BackupRefused(f"{name}.copy is not what was written: the backup is damaged. Nothing was restored.")
    connection.execute(SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(Identifier(name), columns, columns, fresh))
    connection.execute(SQL("DROP TABLE {}").format(fresh))


def _listed(columns: list[str]) -> Composed:
    return SQL(", ").join(map(Identifier, columns))


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> Iterator[Any]:
    try:
        with archive.open(name) as entry:
            yield entry
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise BackupRefused(f"{name} cannot be read: the backup is damaged. Nothing was restored.") from error


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    try:
        with zipfile.ZipFile(file) as archive:
            about = json.loads(archive.read(MANIFEST))
            if about.get("form") != FORM:
                raise BackupRefused(f"{file} is a backup of the form {about.get('form')!r}, and we read {FORM!r}.")
            yield archive, about
    except (zipfile.BadZipFile, KeyError, ValueError, AttributeError) as error:
        raise BackupRefused(f"{file} is no backup, or it is damaged: {error}.") from error


def _copied(about: Mapping[str, Any]) -> Copied:
    rows = sum(each["rows"] for each in about["tables"].values())
    return Copied(about["tenant"], about["origin"], about["position"], rows)
