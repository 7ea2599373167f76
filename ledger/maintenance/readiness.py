"""Readiness: whether this process can record and read now, checked on a connection of its own.

Readiness is reported also while all pooled connections are busy, or the database is frozen or unreachable. So it
is checked by a thread of its own, one check at a time: concurrent callers share the result, and wait as long as they
like.
"""

import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

import psycopg
from psycopg import Connection

from domain.errors import Busy
from ledger.ledger import Ledger
from ledger.postgres.connection import away, connect, set_tenant
from ledger.postgres.leadership import ping
from ledger.postgres.migrations import migrations
from ledger.sql import sql

WRITE_TRIED_SECONDS = 1.0
"""Minimum interval between test writes, which cost a flush to disk."""

STATEMENT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Ready:
    """What a server that is ready can do."""

    position: int
    """The end of the log."""
    role: Literal["primary", "replica"]
    lag_seconds: float | None = None
    """How far a replica is behind; None where that is not known, or on a primary."""


class Readiness:
    """Safe to share between threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._connection: Connection[Any] | None = None
        self._lock = threading.Lock()
        self._asked: Future[Ready] | None = None
        self._written = float("-inf")
        """When a write was tried last, and done."""

    def ask(self) -> Future[Ready]:
        """What is ready, once events are found to be readable, on a primary recordable. The future raises Busy."""
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                thread = threading.Thread(target=self._answer, args=[self._asked], name="parley-ready", daemon=True)
                thread.start()
            return self._asked

    def close(self) -> None:
        """Leave the database."""
        connection = self._connection
        if connection is not None:
            connection.close()

    def _answer(self, future: "Future[Ready]") -> None:
        try:
            future.set_result(self._ready())
        except BaseException as error:  # noqa: BLE001 - the waiting threads get it
            future.set_exception(error)

    def _ready(self) -> Ready:
        appender = self._ledger.appender
        if not appender.alive:
            raise Busy("No events are accepted: the ledger is closing.", extra={"retry_after": 1})
        if refusal := appender.refusal:
            raise Busy(f"The database refused to record the last events ({refusal}).", extra={"retry_after": 1})
        try:
            if self._connection is not None:
                with suppress(psycopg.OperationalError):  # it restarted meanwhile: a new connection shows it
                    return self._look(self._connection)
                self._connection.close()
            self._connection = connect(self._ledger.conninfo, server=self._ledger.pool.server)
            self._connection.execute(sql("set_statement_timeout").encode(), {"timeout": f"{STATEMENT_SECONDS}s"})
            return self._look(self._connection)
        except psycopg.Error as error:
            self._written = float("-inf")
            raise away(error) from error

    def _look(self, connection: Connection[Any]) -> Ready:
        tenant = self._ledger.tenant
        ping(connection)  # with which a promotion is reported
        standby = self._ledger.pool.server.observe(connection)
        if standby:
            self._ledger.refuse_switching()
        trying = not standby and monotonic() - self._written > WRITE_TRIED_SECONDS
        with connection.transaction():
            set_tenant(connection, tenant)
            [(_, position, _)] = connection.execute(sql("log_head").encode(), {"tenant": tenant}).fetchall()
            if trying:
                connection.execute(sql("set_small_work_mem").encode())
                connection.execute(sql("write_trial").encode())
            connection.execute(sql("become_owner").encode())  # only the owner may read what was migrated
            progress = connection.execute(sql("replay_progress").encode(), {"lsn": None}).fetchall() if standby else []
            applied: dict[int, str] = dict(connection.execute(sql("applied_migrations").encode()).fetchall())
        if trying:
            self._written = monotonic()
        if missing := [each.number for each in migrations() if applied.get(each.number) != each.digest]:
            raise Busy(f"The database lacks migrations {missing}: start this Parley again, which applies them.")
        lag = progress[0][2] if progress else None
        return Ready(int(position or 0), "replica" if standby else "primary", None if lag is None else round(lag, 3))
