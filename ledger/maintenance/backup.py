"""All logs of a database in one file, and back: every row of the record as PostgreSQL writes it, read in one snapshot.

The file is a zip of mode 0600, for it holds the secrets of webhooks: `backup.json {form, migrations, logs: [{tenant,
origin, position, folder, tables {name: {columns, rows, sha256}}}]}` and a `<folder><table>.copy` for each table of each
log, in COPY's text form. A file of form 1 holds one log, whose members are in `backup.json` itself. Nothing derived
is in it, and no private key of a log: those are in the data folder, apart from what they seal. A copy proves nothing
by itself: it is verified where it is restored. Restored webhooks are inactive, for their receivers belong to the
original: an operator makes them active again.
"""

import json
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from psycopg import Connection, IsolationLevel

from domain.errors import ParleyError
from ledger import log_directory
from ledger.backup_manifest import FORM, MANIFEST, LogCopy, TableCopy, logs_of
from ledger.maintenance.table_copies import RowsOfOthers, insert, rows_of, tenant_tables
from ledger.postgres.connection import connect_as_owner, set_tenant
from ledger.postgres.migrations import migrate, migrations
from ledger.sql import sql

PART_BYTES = 1 << 20
"""Read from the file at once."""

Progress = Callable[[str, int], None]
"""Called with the table and how many of its bytes were copied since the last call."""

PAUSED = "restored from a backup: make it active again where this copy takes the place of the original"
"""Why a restored webhook sends nothing."""


class BackupRefused(ParleyError):
    """The file or the database cannot be used for this; the message says why and what to do."""

    code = "backup-refused"


@dataclass(frozen=True, slots=True)
class Copied:
    """A log that a file holds."""

    tenant: str
    origin: str
    position: int
    rows: int


def backup(url: str, file: Path, tenants: Sequence[str] = (), progress: Progress | None = None) -> list[Copied]:
    """Copy logs, all unless some are named, to a file, whole or not at all.

    Raises BackupRefused where there is no such log, LogsHidden where the role may not list all, psycopg.Error, OSError.
    """
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with _snapshot(url, read_only=True) as connection, _private(unfinished) as archive:
            logs = [
                _write_log(connection, archive, tenant, f"{number}/", progress)
                for number, tenant in enumerate(tenants or _every_tenant(connection), 1)
            ]
            about = {"form": FORM, "migrations": [each.number for each in migrations()], "logs": logs}
            archive.writestr(MANIFEST, json.dumps(about, indent=1))
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return [_copied(each) for each in logs]


def restore(url: str, file: Path, progress: Progress | None = None) -> list[Copied]:
    """Bring the logs of a file into a database that has none of them, in one transaction; migrate it first.

    Their webhooks are restored inactive. Raises BackupRefused, MigrationRefused, psycopg.Error.
    """
    with _opened(file) as (archive, logs):
        migrate(url)
        with _snapshot(url) as connection:
            for log in logs:
                _read_log(connection, archive, log, progress)
    return [_copied(each) for each in logs]


@contextmanager
def _private(path: Path) -> Iterator[zipfile.ZipFile]:
    """A new zip that its owner alone can read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as output, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        yield archive


def _every_tenant(connection: Connection[Any]) -> list[str]:
    found = log_directory.tenants(connection)
    if not found:
        raise BackupRefused("The database holds no log yet.")
    return found


def _write_log(
    connection: Connection[Any], archive: zipfile.ZipFile, tenant: str, folder: str, progress: Progress | None
) -> LogCopy:
    set_tenant(connection, tenant)
    held = _log(connection)
    if held is None:
        raise BackupRefused(f"The database holds no log of {tenant!r}.")
    written = {
        name: _write(connection, archive, f"{folder}{name}.copy", (name, table.columns), tenant, progress)
        for name, table in tenant_tables(connection).items()
    }
    return {"tenant": tenant, "origin": held[0], "position": held[1], "folder": folder, "tables": written}


def _read_log(connection: Connection[Any], archive: zipfile.ZipFile, log: LogCopy, progress: Progress | None) -> None:
    tenant = log["tenant"]
    set_tenant(connection, tenant)
    _make_room(connection, tenant)
    connection.execute(sql("move_settings").encode(), {"timeout": "0"})  # a log that was read-only is restored, too
    tables = {name: table.columns for name, table in tenant_tables(connection).items()}
    for name, each in log["tables"].items():
        if "tenant" not in each["columns"] or not set(each["columns"]) <= set(tables.get(name, ())):
            raise BackupRefused(f"The backup has a table {name[:64]} of another form: install a newer Parley.")
        member = f"{log.get('folder', '')}{name}.copy"
        rows = _rows(archive, member, name, each["sha256"], progress)
        try:
            insert(connection, name, each["columns"], rows, tenant)
        except RowsOfOthers as error:
            raise BackupRefused(
                f"{member} holds rows of another log than {tenant[:64]!r}. Nothing was restored."
            ) from error
    connection.execute(sql("pause_webhooks").encode(), {"tenant": tenant, "because": PAUSED})


@contextmanager
def _snapshot(url: str, *, read_only: bool = False) -> Iterator[Connection[Any]]:
    """A transaction of the owner of the tables."""
    with connect_as_owner(url) as connection:
        connection.autocommit = False
        connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, read_only or None
        connection.execute(sql("set_utc").encode())
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
    connection.execute(sql("delete_log").encode(), {"tenant": tenant})


def _write(
    connection: Connection[Any],
    archive: zipfile.ZipFile,
    member: str,
    table: tuple[str, list[str]],
    tenant: str,
    progress: Progress | None,
) -> TableCopy:
    name, columns = table
    digest, rows = sha256(), 0
    with archive.open(member, "w", force_zip64=True) as entry:
        for data in rows_of(connection, name, columns, tenant):
            entry.write(data)
            digest.update(data)
            rows += data.count(b"\n")
            if progress is not None:
                progress(name, len(data))
    return {"columns": columns, "rows": rows, "sha256": digest.hexdigest()}


def _rows(archive: zipfile.ZipFile, member: str, name: str, written: str, progress: Progress | None) -> Iterator[bytes]:
    """The rows of a table in the file. Raises BackupRefused after the last if their digest is another one."""
    digest = sha256()
    with _entry(archive, member) as entry:
        while part := entry.read(PART_BYTES):
            digest.update(part)
            yield part
            if progress is not None:
                progress(name, len(part))
    if digest.hexdigest() != written:
        raise BackupRefused(f"{member} is not what was written: the backup is damaged. Nothing was restored.")


@contextmanager
def _entry(archive: zipfile.ZipFile, name: str) -> Iterator[Any]:
    try:
        with archive.open(name) as entry:
            yield entry
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise BackupRefused(f"{name} cannot be read: the backup is damaged. Nothing was restored.") from error


@contextmanager
def _opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, list[LogCopy]]]:
    """The archive, and the logs that it holds."""
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise BackupRefused(f"{file} is no backup, or it is damaged: {error}.") from error
    with archive:
        try:
            logs = logs_of(archive)
        except ValueError as error:
            raise BackupRefused(f"{file} is no backup, or it is damaged: {error}.") from error
        yield archive, logs


def _copied(log: LogCopy) -> Copied:
    rows = sum(each["rows"] for each in log["tables"].values())
    return Copied(log["tenant"], log["origin"], log["position"], rows)
