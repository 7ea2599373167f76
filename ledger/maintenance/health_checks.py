"""Health checks of a database, as `parley doctor` runs them. They change nothing."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import Connection

from domain.time.instants import SECOND, Moment, iso
from ledger.append.clock import AHEAD, seconds_ahead
from ledger.ledger import Ledger
from ledger.maintenance.health_check import HealthCheck
from ledger.maintenance.move_check import check_moves
from ledger.maintenance.replication_check import check_replication
from ledger.postgres.connection import connect_as_owner, set_tenant, transaction
from ledger.postgres.migrations import OLDEST_SERVER, migrations
from ledger.postgres.server_role import is_standby
from ledger.sql import sql

ROLES = ("parley_app", "parley_eraser", "parley_signer")
RECORD = frozenset({"logs", "events", "event_payload", "things"})
"""Tables that the application may read and add to, and nothing else."""

BEHIND: Moment = SECOND
"""How far the server's clock may be behind the last recorded_at."""

WORKING = {"sign": "signs", "project": "updates projections"}
"""The roles of connections that a running server needs in some process -> what is done on them."""


def check_database(url: str) -> Iterator[HealthCheck]:
    """Check a database by its URL. An unreachable one is a failed check, not an error."""
    try:
        with connect_as_owner(url) as connection:
            yield _server(connection)
            schema = _migrations(connection)
            yield schema
            if schema.level != "broken":
                yield _roles(connection)
                yield from _tables(connection)
                yield _processes(connection)
                if schema.level == "fine":
                    yield from check_moves(connection)
            yield from check_replication(connection)
    except psycopg.OperationalError as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        yield HealthCheck("database", "broken", f"It does not answer: {said}. Start it, or correct the URL.")


def _rows(connection: Connection[Any], name: str, **parameters: object) -> list[tuple[Any, ...]]:
    return connection.execute(sql(name).encode(), parameters).fetchall()


def _server(connection: Connection[Any]) -> HealthCheck:
    [(number, version, user, durable)] = _rows(connection, "health_server")
    told = f"PostgreSQL {version}, as user {user}."
    if number < OLDEST_SERVER:
        return HealthCheck("database", "broken", f"{told} Parley needs PostgreSQL 15 or newer.")
    if not durable:
        lost = "What is acknowledged may be lost in a crash: set fsync, full_page_writes and synchronous_commit on."
        return HealthCheck("database", "doubtful", f"{told} {lost}")
    return HealthCheck("database", "fine", f"{told} What is acknowledged is on disk.")


def _migrations(connection: Connection[Any]) -> HealthCheck:
    ours = {migration.number: migration for migration in migrations()}
    try:
        applied: dict[int, str] = dict(_rows(connection, "applied_migrations"))
    except psycopg.errors.UndefinedTable:
        return HealthCheck("schema", "broken", "The database is empty: parley serve, import or demo prepare it.")
    if edited := [number for number, digest in applied.items() if number in ours and ours[number].digest != digest]:
        return HealthCheck(
            "schema", "broken", f"Migrations {edited} were applied from another text than this version's."
        )
    if newer := sorted(applied.keys() - ours.keys()):
        return HealthCheck(
            "schema", "broken", f"Migrations {newer} are unknown to this version: install a newer Parley."
        )
    if missing := sorted(ours.keys() - applied.keys()):
        return HealthCheck(
            "schema", "doubtful", f"Migrations {missing} are missing; the next parley serve applies them."
        )
    return HealthCheck("schema", "fine", f"All {len(applied)} migrations are applied as they were written.")


def _roles(connection: Connection[Any]) -> HealthCheck:
    found = {
        name: (privileged, ours) for name, privileged, ours in _rows(connection, "health_roles", roles=list(ROLES))
    }
    if missing := sorted(set(ROLES) - found.keys()):
        return HealthCheck("roles", "broken", f"Role {', '.join(missing)} does not exist: the migrations create it.")
    if privileged := sorted(name for name, (over, _) in found.items() if over):
        return HealthCheck(
            "roles",
            "broken",
            f"{', '.join(privileged)} can bypass row-level security: ALTER ROLE ... NOBYPASSRLS, NOSUPERUSER.",
        )
    if strange := sorted(name for name, (_, ours) in found.items() if not ours):
        return HealthCheck("roles", "broken", f"The user is not a member of {', '.join(strange)}: grant it.")
    return HealthCheck("roles", "fine", f"{', '.join(ROLES)} exist, without excess privileges.")


def _tables(connection: Connection[Any]) -> Iterator[HealthCheck]:
    found = _rows(connection, "health_tables")
    if loose := [name for name, forced, _ in found if not forced]:
        yield HealthCheck("tenants", "broken", f"Row-level security is not forced on {', '.join(loose)}.")
    else:
        yield HealthCheck("tenants", "fine", f"Row-level security is forced on all {len(found)} tables.")
    writable = [f"{'/'.join(rights)} on {name}" for name, _, rights in found if name in RECORD and rights]
    if writable:
        yield HealthCheck("immutability", "broken", f"The application has {', '.join(writable)}: revoke it.")
    elif missing := sorted(RECORD - {name for name, _, _ in found}):
        yield HealthCheck("immutability", "broken", f"There is no table {', '.join(missing)}.")
    else:
        yield HealthCheck(
            "immutability", "fine", "The application may read the record and add to it, and nothing else."
        )


def _processes(connection: Connection[Any]) -> HealthCheck:
    """Whether servers run, and with them what signs and updates projections."""
    found: dict[str, int] = dict(_rows(connection, "health_connections"))
    if not found:
        return HealthCheck("processes", "fine", "No server uses the database now.")
    told = f"Connections now: {', '.join(f'{count} to {role}' for role, count in found.items())}."
    missing = [] if is_standby(connection) else [what for role, what in WORKING.items() if role not in found]
    if missing:
        advice = "Run parley serve without PARLEY_RUN_WORKERS=false, or parley work."
        return HealthCheck("processes", "doubtful", f"{told} No process {' or '.join(missing)}. {advice}")
    return HealthCheck("processes", "fine", told)


def has_log(url: str, tenant: str) -> bool:
    """Whether the tenant has a log; opening one would create it."""
    with connect_as_owner(url) as connection, connection.transaction():
        set_tenant(connection, tenant)
        return bool(_rows(connection, "log_extent"))


def check_record(ledger: Ledger) -> HealthCheck:
    """Whether the server's clock agrees with the record: a new event is never recorded before the last one."""
    with transaction(ledger.pool, ledger.tenant) as connection:
        head = connection.execute(sql("log_head").encode(), {"tenant": ledger.tenant}, binary=True)
        [(now, position, recorded_at)] = head.fetchall()
    if (ahead := seconds_ahead(now, recorded_at or 0)) * SECOND > AHEAD:
        told = f"The server's clock runs {ahead:.0f} s ahead of this machine's: nothing is recorded until they agree."
        return HealthCheck("record", "broken", told)
    if position is None:
        return HealthCheck("record", "fine", "The log is empty.")
    told = f"{position} events, the last recorded at {iso(recorded_at)}."
    if recorded_at - now > BEHIND:
        behind = (recorded_at - now) / SECOND
        return HealthCheck(
            "record", "doubtful", f"{told} The server's clock lies {behind:.1f} s behind that: set it right."
        )
    return HealthCheck("record", "fine", f"{told} The server's clock agrees.")
