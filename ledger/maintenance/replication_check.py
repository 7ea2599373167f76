"""The health check of replication: the role of the server, its standbys, and how far they are behind."""

from collections.abc import Iterator
from typing import Any

from psycopg import Connection

from ledger.maintenance.health_check import HealthCheck
from ledger.sql import sql

NAME = "replication"

BEHIND_SECONDS = 60.0
BEHIND_BYTES = 256 * 2**20
"""How far a standby may be behind."""


def check_replication(connection: Connection[Any]) -> Iterator[HealthCheck]:
    """Check the standbys of a primary, or how far a standby is; nothing of a server without either."""
    [row] = connection.execute(sql("health_replication").encode()).fetchall()
    is_standby, wanted, connected, synchronous, behind = row
    if is_standby:
        yield _standby(connection)
    elif wanted and synchronous == 0:
        yield HealthCheck(
            NAME,
            "doubtful",
            f"synchronous_standby_names is {wanted!r} and no such standby is connected: recording waits for one. "
            "Connect it, or change the setting.",
        )
    elif connected:
        yield _primary(connected, synchronous, behind)


def _standby(connection: Connection[Any]) -> HealthCheck:
    [(_, _, seconds)] = connection.execute(sql("replay_progress").encode(), {"lsn": "0/0"}).fetchall()
    told = "This is a hot standby, which records nothing"
    if seconds is None:
        return HealthCheck(NAME, "fine", f"{told}. It has replayed no transaction yet.")
    told = f"{told}. It is {seconds:.0f} s behind its primary."
    if seconds > BEHIND_SECONDS:
        return HealthCheck(NAME, "doubtful", f"{told} See whether it is connected, and what it waits for.")
    return HealthCheck(NAME, "fine", told)


def _primary(connected: int, synchronous: int | None, behind: int | None) -> HealthCheck:
    told = f"Connected standbys: {connected}"
    if synchronous is None:
        told = f"{told}. Grant pg_read_all_stats to this user to see how far they are."
        return HealthCheck(NAME, "fine", told)
    safe = (
        "what is acknowledged is on two hosts"
        if synchronous
        else "what is acknowledged is on this host alone until they have it: see synchronous_standby_names"
    )
    told = f"{told}, of which {synchronous} synchronous: {safe}."
    if behind is not None and behind > BEHIND_BYTES:
        slow = f"The slowest is {behind / 2**20:,.0f} MB of write-ahead log behind: see what it waits for."
        return HealthCheck(NAME, "doubtful", f"{told} {slow}")
    return HealthCheck(NAME, "fine", told)
