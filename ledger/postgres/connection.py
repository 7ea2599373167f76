"""Connections: one psycopg pool; each use is a transaction that sets its tenant first."""

import logging
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, Literal

import psycopg
from psycopg import Connection, errors
from psycopg.adapt import Buffer, Loader
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Format
from psycopg_pool import ConnectionPool, PoolTimeout

from domain.errors import Busy
from domain.time.instants import Moment
from ledger.postgres import binary_arrays
from ledger.postgres.pool_messages import PoolMessages
from ledger.postgres.server_role import ServerRole
from ledger.postgres.watchdog import WatchedConnection, watch
from ledger.sql import sql

POOL_SIZE = 8
"""Connections for reading; appending and listening have one each beside them."""

PRIMARY_POOL_SIZE = 4
"""Connections of a server on a standby to its primary, at most; opened when they are needed."""

Role = Literal["append", "read", "listen", "sign", "project", "send"]
"""What a connection is for. `pg_stat_activity` shows it as the application name: `parley append`."""

POOL_WAIT_SECONDS = 5.0
POOL_IDLE_SECONDS = 60.0
"""Connections that were not needed for this time are closed, but for the first."""

IDLE_TRANSACTION_SECONDS = 30
"""A process of which a transaction was idle for so long is taken for frozen: the server ends the transaction."""

POOL_WAITERS = 256
"""Threads that may wait for a connection; beyond it Busy is raised."""

RECONNECT_SECONDS = 3.0
"""For so long one attempt to connect is repeated, at growing distances, before it is given up. The next use begins
again, so the pool is never behind a database that has come back by more than the last distance."""

CONNECTING: Mapping[str, int] = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""Connection timeouts, unless the URL has others; the last four are of TCP: a host that is gone is noticed after some
ten seconds."""

SINCE_2000: Moment = 946_684_800_000_000
"""PostgreSQL counts its instants from 2000-01-01T00:00Z."""

SET_TENANT = sql("set_tenant").encode()

_read_int8 = struct.Struct(">q").unpack


class MomentLoader(Loader):
    """timestamptz, in binary, as a Moment: exact, and five times quicker than a datetime."""

    format = Format.BINARY

    def load(self, data: Buffer) -> Moment:
        return int(_read_int8(data)[0]) + SINCE_2000


logging.getLogger("psycopg.pool").addFilter(PoolMessages())


def configure(connection: Connection[Any]) -> None:
    """Configure a new connection: role, decoding of instants, preparation of statements."""
    connection.autocommit = True
    # Only what asks for it is prepared.
    connection.prepare_threshold = 1_000_000_000
    binary_arrays.register(connection)
    connection.adapters.register_loader("timestamptz", MomentLoader)
    connection.execute(sql("application_settings").encode())


def application_name(role: Role) -> str:
    """The application name of the connections of a role."""
    return f"parley {role}"


def connect(conninfo: str, role: Role = "read", server: ServerRole | None = None) -> WatchedConnection:
    """A connection of the application outside the pool, noted in `server`. Raises psycopg.OperationalError."""
    connection = connect_as_owner(conninfo, role)
    try:
        configure(connection)
        if server is not None:
            server.observe(connection)
    except psycopg.Error:
        connection.close()
        raise
    return connection


def connect_as_owner(conninfo: str, role: Role = "read") -> WatchedConnection:
    """A connection as the user of the URL, who owns what is migrated. Raises psycopg.OperationalError."""
    connection = WatchedConnection.connect(make_conninfo(conninfo, **_settings(conninfo, role)), autocommit=True)
    watch(connection)
    return connection


def _settings(conninfo: str, role: Role) -> dict[str, int | str]:
    """The settings of a connection that its conninfo does not give."""
    given = conninfo_to_dict(conninfo)
    timeouts = {name: value for name, value in CONNECTING.items() if name not in given}
    return {**timeouts, "application_name": application_name(role)}


class Pool(ConnectionPool[Connection[Any]]):
    """Connections that the threads of a process share. While the server is unreachable, uses wait, then raise Busy."""

    def __init__(self, conninfo: str, size: int, role: Role, least: int) -> None:
        self.server = ServerRole()
        """Whether the server is a primary or a standby, as the newest connection reports it."""
        self._primary: Pool | None = None
        super().__init__(
            conninfo,
            connection_class=WatchedConnection,
            kwargs=_settings(conninfo, role),
            min_size=least,
            max_size=size,
            timeout=POOL_WAIT_SECONDS,
            max_waiting=POOL_WAITERS,
            max_idle=POOL_IDLE_SECONDS,
            configure=self._configure,
            check=self.server.check,
            reconnect_timeout=RECONNECT_SECONDS,
            open=True,
            name="parley",
        )

    def _configure(self, connection: Connection[Any]) -> None:
        if isinstance(connection, WatchedConnection):
            watch(connection)
        configure(connection)
        limit_idle_transactions(connection, IDLE_TRANSACTION_SECONDS)
        self.server.observe(connection)

    @property
    def primary(self) -> "Pool | None":
        """Connections to the primary, for what a standby cannot do; None where no primary is known."""
        return self._primary if self.server.standby else self

    def use_primary(self, conninfo: str) -> None:
        """Use this primary for what a standby cannot do. Nothing is connected before it is needed."""
        if self._primary is None:
            self._primary = open_pool(conninfo, PRIMARY_POOL_SIZE, least=0)

    def close(self, timeout: float = 5.0) -> None:
        """Close the connections, also those to the primary."""
        if self._primary is not None:
            self._primary.close(timeout)
        super().close(timeout)


def open_pool(conninfo: str, size: int = POOL_SIZE, role: Role = "read", least: int = 1) -> Pool:
    """A pool of connections to a database, of which some are made at once."""
    return Pool(conninfo, size, role, least)


def limit_idle_transactions(connection: Connection[Any], seconds: int, *, alone: bool = False) -> None:
    """Let the server end a transaction that is idle for so long: all of the connection, or the present one alone."""
    connection.execute(sql("limit_idle_transactions").encode(), {"timeout": f"{seconds}s", "alone": alone})


def set_tenant(connection: Connection[Any], tenant: str) -> None:
    """Let the transaction see and write the rows of one tenant."""
    connection.execute(SET_TENANT, {"tenant": tenant})


@contextmanager
def transaction(
    pool: ConnectionPool[Connection[Any]], tenant: str, *, altering: bool = False, pipelined: bool = True
) -> Iterator[Connection[Any]]:
    """A transaction of `tenant`, the tenant set in the same pipeline as the first statement.

    `altering` says that it drops or alters what others read. Between statements that are not `pipelined` the server
    takes the connection for idle, and its timeouts apply. Raises Busy where no connection can be had, or it was lost;
    what was being done may be repeated.
    """
    try:
        with pool.connection() as connection:
            settled = False
            try:
                with connection.pipeline() if pipelined else nullcontext(), connection.transaction():
                    set_tenant(connection, tenant)
                    yield connection
                settled = not altering
            finally:
                # At ROLLBACK, DROP and ALTER psycopg forgets what it has prepared, and in the next pipeline it drops
                # statements that are on their way. Such a connection is not used again.
                if not settled:
                    connection.close()
    except AWAY as error:
        raise away(error) from error


def one_statement(
    pool: ConnectionPool[Connection[Any]], tenant: str, query: bytes, parameters: Mapping[str, object]
) -> list[tuple[Any, ...]]:
    """What one statement returns, as a transaction of `tenant`, in one round trip. Raises Busy as `transaction` does.

    Statements that are sent in a pipeline without BEGIN are one transaction, up to the end of the pipeline.
    """
    try:
        with pool.connection() as connection:
            with connection.pipeline():
                connection.execute(SET_TENANT, {"tenant": tenant}, prepare=True)
                cursor = connection.execute(query, parameters, prepare=True, binary=True)
            return cursor.fetchall()
    except AWAY as error:
        raise away(error) from error


AWAY = (
    PoolTimeout,
    psycopg.OperationalError,
    errors.InterfaceError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
)
"""What is raised while no database answers, or only a standby, and after a pause of this process: no fault of what was
asked."""


class RecoveryConflict(Busy):
    """A standby cancelled what was read, since the primary had removed it: reading again finds what it is now."""


def away(error: Exception) -> Busy:
    """The error for a database that is unreachable or a connection that broke."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, PoolTimeout):
        first = "no connection was free in time"
    kind = RecoveryConflict if isinstance(error, (errors.SerializationFailure, errors.DeadlockDetected)) else Busy
    return kind(f"The database is not available ({first}); try again in a moment.", extra={"retry_after": 1})
