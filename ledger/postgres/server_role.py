"""Whether a database server is the primary, which records, or a hot standby, which can only be read.

PostgreSQL reports it with each new connection, and with the next statement on those that exist when a standby is
promoted (`in_hot_standby`): so nothing has to be configured, and nothing asked beside.
"""

from typing import Any

from psycopg import Connection

from ledger.sql import sql

PARAMETER = "in_hot_standby"


def is_standby(connection: Connection[Any]) -> bool:
    """Whether the server of a connection is a hot standby. A connection pooler may not pass the report on: then the
    server is asked. Raises psycopg.Error."""
    reported = connection.info.parameter_status(PARAMETER)
    if reported is not None:
        return reported == "on"
    [recovering] = connection.execute(sql("is_in_recovery").encode()).fetchone() or [False]
    return bool(recovering)


class ServerRole:
    """The role of a database server, as its newest connection reports it. Safe to share between threads."""

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
        Raises psycopg.Error.
        """
        self.standby = is_standby(connection)
        self._was_primary |= not self.standby
        return self.standby
