"""What a database knows of logs that are moved to it or away from it, as checked by `parley doctor`."""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from ledger.log_directory import LogsHidden, tenants
from ledger.maintenance.health_check import HealthCheck
from ledger.postgres.connection import set_tenant
from ledger.sql import sql

AGAIN = "Run it again with the same arguments, or with --abort to undo it."


def check_moves(connection: Connection[Any]) -> Iterator[HealthCheck]:
    """Each log that is being moved, whose move was interrupted, or whose read-only copy a move has left here; none
    where the role of the connection sees one log at a time. Raises psycopg.Error."""
    try:
        names = tenants(connection)
    except LogsHidden:
        return
    for tenant in names:
        with connection.transaction():
            set_tenant(connection, tenant)
            found = connection.execute(sql("health_move").encode(), {"tenant": tenant}).fetchall()
        if told := _told(tenant, *found[0]):
            yield told


def _told(tenant: str, state: str | None, place: str | None, entered: bool, runs: bool) -> HealthCheck | None:
    if runs:
        other = "" if place is None else f"; the other database is {place}"
        return HealthCheck("moves", "fine", f"The log {tenant!r} is being moved by a command that runs{other}.")
    if state == "arriving":
        told = f"The copy of the log {tenant!r} from {place} is not complete, and parley logs move has ended. {AGAIN}"
        return HealthCheck("moves", "doubtful", told)
    if state == "moved" and not entered:
        told = (
            f"The log {tenant!r} is read-only: parley logs move to {place} has ended before the directory of this "
            f"database named it there. {AGAIN}"
        )
        return HealthCheck("moves", "doubtful", told)
    if state == "moved":
        told = f"The log {tenant!r} was moved to {place}; parley logs remove removes the copy that is read-only here."
        return HealthCheck("moves", "fine", told)
    return None
