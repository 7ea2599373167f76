"""Whether a database server is the primary, which records, or a hot standby, which can only be read.

PostgreSQL reports it with each new connection, and with the next statement on those that exist when a standby is
promoted (`in_hot_standby`): so nothing has to be configured, and nothing asked beside.
"""

from typing import Any

import psycopg
from psycopg import Connection

from ledger.postgres.watchdog import WatchedConnection
from ledger.sql import sql

PARAMETER = "in_hot_standby"

WANTING_STANDBYS = frozenset({b"standby", b"prefer-standby", b"read-only"})
"""Values of `target_session_attrs` with which a server of Parley is a replica: a standby that was promoted is left."""


class ServerLeft(psycopg.OperationalError):
    """A connection was closed, since its server is of another kind than that of the others; a new one may be made."""


def is_standby(connection: Connection[Any]) -> bool:
    """Whether the server of a connection is a hot standby. A connection pooler may not pass the report on: then the
    server is asked. Raises psycopg.Error."""
    reported = connection.info.parameter_status(PARAMETER)
    if reported is not None:
        return reported == "on"
    [recovering] = connection.execute(sql("is_in_recovery").encode()).fetchone() or [False]
    return bool(recovering)


def wants_standby(connection: Connection[Any]) -> bool:
    """Whether a connection was to be made to a standby, of the hosts in its conninfo."""
    return any(
        each.keyword == b"target_session_attrs" and each.val in WANTING_STANDBYS for each in connection.pgconn.info
    )


class ServerRole:
    """The role of a database server, as its newest connection reports it: all connections that share it are to one
    kind of server, those to the other are closed. Safe to share between threads."""

    def __init__(self) -> None:
        self.standby = False
        """Whether the server is a hot standby."""
        self.replica = False
        """Whether it is read as a standby for good: another server is named that records."""
        self._was_primary = False

    @property
    def switching(self) -> bool:
        """Whether it is a standby that was the primary before, as in a failover: what is to be recorded may be sent
        again soon."""
        return self.standby and self._was_primary and not self.replica

    def observe(self, connection: Connection[Any]) -> bool:
        """Note what a connection has reported with its last statement, and return whether the server is a standby.

        A new connection decides, and one whose standby was promoted, unless a standby is wanted. Raises ServerLeft for
        any other that is not to this kind of server, and closes it; psycopg.Error.
        """
        standby = is_standby(connection)
        before = connection.standby if isinstance(connection, WatchedConnection) else None
        promoted = before is True and not standby
        if (promoted and wants_standby(connection)) or (before == standby != self.standby):
            connection.close()
            raise ServerLeft("the server was promoted" if promoted else "the server is of another kind by now")
        if before != standby:
            self.standby = standby
            self._was_primary |= not standby
        if isinstance(connection, WatchedConnection):
            connection.standby = standby
        return standby

    def check(self, connection: Connection[Any]) -> None:
        """Raise ServerLeft as `observe` does, by what was reported: nothing is asked."""
        if connection.info.parameter_status(PARAMETER) is not None:
            self.observe(connection)
