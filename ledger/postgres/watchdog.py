"""The watchdog of connections: no thread waits for ever on a server that is silent.

TCP finds a host that is gone, and a frozen server still acknowledges what it is sent. So a server from which one of our
connections has waited long for an answer is asked on a new connection: if it does not answer there either, all
connections to it are closed, and the threads that wait on them get an error. Where it answers, the statement is merely
slow.
"""

import os
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
import structlog
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo

from ledger.postgres.synced_cursor import SyncedConnection

log = structlog.get_logger()

LOOK_SECONDS = 1.0

SILENT_SECONDS = 15
"""A server that has not answered for this time is silent."""

PROBE_SECONDS = 5
"""Of these the last, in which it is asked on a new connection."""


class ServerSilent(psycopg.OperationalError):
    """The server has not answered in time; what it was doing may be done or not."""


class WatchedConnection(SyncedConnection):
    """A connection on which no wait is endless, once `watch` was called with it."""

    waits = 0
    """Odd while it waits for the server."""
    impatient = False
    """Whether it is closed after SILENT_SECONDS without an answer, also where the server answers others: where all
    statements are short, one that takes so long is stuck, such as a commit whose synchronous standby is lost."""
    silent = False
    """Whether it was closed because the server was silent."""
    standby: bool | None = None
    """Whether the server was a hot standby when it was last observed; None before that."""

    def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        self.waits += 1
        try:
            return super().wait(gen, interval)
        except psycopg.OperationalError as error:
            if self.silent:
                raise ServerSilent(f"the server has not answered for {SILENT_SECONDS} seconds") from error
            raise
        finally:
            self.waits += 1


class Watchdog:
    """The thread that watches the connections of this process; it runs while there are any.

    It counts its own looks, not the time: after a pause of the whole process nothing is taken for silent that only had
    no chance to be read.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: WeakKeyDictionary[WatchedConnection, tuple[int, int]] = WeakKeyDictionary()
        """For each connection its `waits` at the last look, and at how many looks it has been waiting."""
        self._thread: threading.Thread | None = None

    def watch(self, connection: WatchedConnection) -> None:
        """Watch a connection until it is closed."""
        with self._lock:
            self._seen[connection] = connection.waits, 0
            if self._thread is None or not self._thread.is_alive():  # in a forked process it is not alive
                self._thread = threading.Thread(target=self._run, name="parley-watchdog", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            waiting = self._look()
            if waiting is None:
                return
            self._judge(waiting)

    def _look(self) -> dict[WatchedConnection, int] | None:
        """The connections that wait, with the number of looks; None if there are no connections."""
        with self._lock:
            waiting = {}
            for connection, (waits, looks) in list(self._seen.items()):
                if connection.closed:
                    del self._seen[connection]
                    continue
                now = connection.waits
                looks = looks + 1 if now == waits and now % 2 else 0
                self._seen[connection] = now, looks
                if looks:
                    waiting[connection] = looks
            if not self._seen:
                self._thread = None
                return None
            return waiting

    def _judge(self, waiting: dict[WatchedConnection, int]) -> None:
        suspicious = SILENT_SECONDS - PROBE_SECONDS
        asked = {_server(each): each for each, looks in waiting.items() if looks % suspicious == 0}
        for server, connection in asked.items():
            if not _answers(connection):
                log.error("database-silent", server=_named(server), seconds=SILENT_SECONDS)
                self._cut(each for each in self._all() if _server(each) == server)
        self._cut(each for each, looks in waiting.items() if each.impatient and looks >= SILENT_SECONDS)

    def _all(self) -> list[WatchedConnection]:
        with self._lock:
            return list(self._seen)

    @staticmethod
    def _cut(connections: Iterable[WatchedConnection]) -> None:
        """Close the sockets of connections; the threads that wait on them get an error."""
        for connection in connections:
            connection.silent = True
            with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as shared:
                shared.shutdown(socket.SHUT_RDWR)


_watchdog = Watchdog()
watch = _watchdog.watch


def _server(connection: WatchedConnection) -> tuple[str, int]:
    """The host that a connection was made to, of several in its conninfo, and the port."""
    with suppress(psycopg.Error):
        return connection.info.hostaddr or connection.info.host, connection.info.port
    return "", 0  # it was closed meanwhile


def _named(server: tuple[str, int]) -> str:
    return f"{server[0]}:{server[1]}"


def _answers(connection: WatchedConnection) -> bool:
    """Whether the server answers on a new connection, be it by refusing that."""
    started = time.monotonic()
    with suppress(psycopg.Error):
        info = connection.info
        psycopg.connect(
            make_conninfo(
                info.dsn,
                password=info.password or None,
                connect_timeout=PROBE_SECONDS,
                target_session_attrs="any",
                application_name="parley read",
            )
        ).close()
    return time.monotonic() - started < PROBE_SECONDS
