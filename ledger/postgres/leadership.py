"""Connections of leaders: a lock makes its holder the leader, and ends with the connection.

One connection of a process holds the locks of many logs. A process that stands by keeps it open, and asks for all locks
that it lacks in one statement. A transaction that holds locks for which the next leader waits ends with a frozen
process too.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, RLock, Thread
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool

from ledger.postgres.connection import Role, connect, limit_idle_transactions, transaction
from ledger.postgres.server_role import ServerLeft, ServerRole, is_standby
from ledger.sql import sql

LEADER_SECONDS = 15
"""A leader whose connection was idle for so long is taken for frozen: its lock is released, and another may lead."""

LOOK_SECONDS = 1.0
"""Interval at which the locks that others hold are asked for again, and at which the connection is checked."""

HEARTBEAT_SECONDS = 5.0
"""Interval of the statements that show that a leader is alive, while it works on other connections."""


def ping(connection: Connection[Any]) -> None:
    """Use a connection, with no effect but that it is not idle. Raises psycopg.Error for one that is lost."""
    connection.execute(sql("ping").encode())


def lead(connection: Connection[Any]) -> None:
    """Let a connection end, and with it its locks, when its process is frozen or its host is gone.

    It must not be idle for LEADER_SECONDS: see `heartbeat`.
    """
    connection.execute(sql("leader_settings").encode(), {"timeout": f"{LEADER_SECONDS}s"})


@contextmanager
def heartbeat(connection: Connection[Any]) -> Iterator[None]:
    """Show that this process is alive on a connection that it does not use otherwise, by a thread."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_SECONDS):
            with suppress(psycopg.Error):  # it is lost, or its transaction has failed: its user finds that
                ping(connection)

    thread = Thread(target=beat, name="parley-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def locking_transaction(
    pool: ConnectionPool[Connection[Any]], tenant: str, *, altering: bool = False
) -> Iterator[Connection[Any]]:
    """A `transaction` that holds locks for which others wait: the server ends it when its process is frozen.

    Raises Busy as `transaction` does.
    """
    with transaction(pool, tenant, altering=altering, pipelined=False) as connection:
        limit_idle_transactions(connection, LEADER_SECONDS, alone=True)
        with heartbeat(connection):
            yield connection


class LeaderConnection:
    """Connects when it is first needed, and again after `drop`. Safe to share between threads."""

    def __init__(self, conninfo: str, role: Role, become: str | None = None, server: ServerRole | None = None) -> None:
        """`become` names the statement by which the connection takes its role in the database, if it has another;
        `server` is of the connections with which it works."""
        self._conninfo, self._role, self._become = conninfo, role, become
        self._server = server or ServerRole()
        self._lock = RLock()
        self._stack = ExitStack()
        """Ends the heartbeat and the connection."""
        self._connection: Connection[Any] | None = None
        self._held: set[int] = set()
        self._wanted: dict[int, Callable[[], None]] = {}
        """Locks that others may hold, and what is called when one of them is had at last."""
        self._asked_at = self._checked_at = 0.0
        self.term = 0
        """How often it was connected: with each connection leadership begins again."""

    def get(self) -> Connection[Any]:
        """The connection. Raises psycopg.Error."""
        with self._lock:
            if self._connection is not None and not self._usable(self._connection):
                self.drop()
            if self._connection is None:
                connection = connect(self._conninfo, self._role, self._server)
                self._stack.callback(_close, connection)
                try:
                    lead(connection)
                    if self._become is not None:
                        connection.execute(sql(self._become).encode())
                except psycopg.Error:
                    self._stack.close()
                    raise
                self._stack.enter_context(heartbeat(connection))
                self._connection = connection
                self.term += 1
            return self._connection

    def lead(self, lock: int, gained: Callable[[], None] = lambda: None) -> bool:
        """Whether the lock is held here. If not, `gained` is called once it is. Raises psycopg.Error."""
        with self._lock:
            connection = self.get()
            now = time.monotonic()
            if lock not in self._wanted:
                self._wanted[lock] = gained
                self._ask(connection, [lock])
            elif lock not in self._held and now - self._asked_at >= LOOK_SECONDS:
                self._asked_at = now
                for had in self._ask(connection, set(self._wanted) - self._held):
                    if had != lock:
                        self._wanted[had]()
            elif now - self._checked_at >= LOOK_SECONDS:
                self._checked_at = now
                ping(connection)
            return lock in self._held

    def holds(self, lock: int) -> bool:
        """Whether the lock is held here, as far as is known."""
        return lock in self._held

    def release(self, lock: int) -> None:
        """Let another process have the lock; with the last lock the connection is closed."""
        with self._lock:
            self._wanted.pop(lock, None)
            if lock in self._held and self._connection is not None:
                self._held.discard(lock)
                try:
                    self._connection.execute(sql("advisory_unlock").encode(), {"lock": lock})
                except psycopg.Error:
                    self.drop()
            if not self._wanted:
                self.drop()

    def drop(self) -> None:
        """Close the connection and lead nothing."""
        with self._lock:
            self._held.clear()
            self._wanted.clear()
            self._connection = None
            self._stack.close()

    def drop_if_lost(self) -> None:
        """`drop` a connection that has ended; after an error of a statement it is used on."""
        with self._lock:
            if self._connection is None or self._connection.closed or self._connection.broken:
                self.drop()

    def _usable(self, connection: Connection[Any]) -> bool:
        """Whether a connection is open, and to the kind of server that the others are to."""
        with suppress(ServerLeft):
            if not connection.closed:
                self._server.check(connection)
        return not connection.closed

    def _ask(self, connection: Connection[Any], locks: Iterable[int]) -> list[int]:
        """Ask for locks; those that are had now. On a standby none is, for its locks are its own."""
        if is_standby(connection):
            ping(connection)  # with which a promotion is reported
            if is_standby(connection) or not self._usable(connection):
                return []
        query = sql("try_advisory_locks").encode()
        had = [int(lock) for (lock,) in connection.execute(query, {"locks": list(locks)}).fetchall()]
        self._held.update(had)
        return had


def _close(connection: Connection[Any]) -> None:
    with suppress(psycopg.Error):
        connection.close()
