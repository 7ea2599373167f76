"""The listener for appends of other processes, and for reports of their workers: LISTEN on a connection of its own,
and for appends polling once a second.

A hot standby has no LISTEN: the end of the log is polled, more often while it is followed.
"""

import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import Connection

from domain.errors import Busy
from ledger.event_reader import EventReader
from ledger.postgres.connection import connect, set_tenant
from ledger.postgres.server_role import ServerRole
from ledger.sql import sql
from ledger.subscription.hub import Hub

CHANNEL = "parley"
"""The end of a log after each append: `TENANT POSITION`."""

REPORTS = "parley_workers"
"""What the workers of a log report, in another process: `TENANT`, a line feed, and the report."""

LOOK_SECONDS = 1.0
"""Polling interval, for lost notifications."""

REPLAY_LOOK_SECONDS = 0.05
"""Polling interval on a standby, while the end of the log is followed."""

OWN_PAUSE_SECONDS = 0.02
"""Pause after a notification of this process itself, so that a busy appender is not slowed by its own notifications."""

OnReport = Callable[[str], None]
"""Takes a report of a log's workers; returns at once."""


class Listener:
    """A thread that updates a hub. It reconnects when the connection breaks."""

    def __init__(
        self,
        conninfo: str,
        tenant: str,
        reader: EventReader,
        hub: Hub,
        server: ServerRole,
        on_report: OnReport | None = None,
    ) -> None:
        self._conninfo = conninfo
        self._server = server
        self._tenant = tenant
        self._reader = reader
        self._hub = hub
        self._on_report = on_report
        self._closing = threading.Event()
        self._woken, self._waker = socket.socketpair()
        self._waker.setblocking(False)
        hub.on_follow.append(self._follow)
        self._thread = threading.Thread(target=self._run, name="parley-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._wake()
        self._thread.join()
        self._woken.close()
        self._waker.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            # Retry after any error: the database may be restarting.
            with suppress(psycopg.Error, Busy):
                self._listen()
            self._closing.wait(LOOK_SECONDS)

    def _listen(self) -> None:
        with connect(self._conninfo, "listen") as connection, selectors.DefaultSelector() as sources:
            self._poll(connection)
            listen(connection, CHANNEL)
            if self._on_report is not None:
                listen(connection, REPORTS)
            sources.register(connection, selectors.EVENT_READ)
            sources.register(self._woken, selectors.EVENT_READ)
            looked = 0.0
            while not self._closing.is_set():
                if time.monotonic() - looked > LOOK_SECONDS:
                    self._look()
                    looked = time.monotonic()
                for key, _ in sources.select(LOOK_SECONDS):
                    if key.fileobj is self._woken:
                        self._woken.recv(4096)
                news = list(connection.notifies(timeout=0))
                appends = [each.payload for each in news if each.channel == CHANNEL]
                heads = [head for tenant, head in map(read_head, appends) if tenant == self._tenant]
                self._pass_on([each.payload for each in news if each.channel == REPORTS])
                if heads and self._hub.advance_head(max(heads)):
                    self._hub.catch_up()
                elif heads:
                    self._closing.wait(OWN_PAUSE_SECONDS)

    def _poll(self, connection: Connection[Any]) -> None:
        """Look for the end of the log, as long as the server is a standby."""
        while self._server.observe(connection) and not self._closing.is_set():
            with connection.transaction():
                set_tenant(connection, self._tenant)
                [(_, position, _)] = connection.execute(sql("log_head").encode(), {"tenant": self._tenant}).fetchall()
            if self._hub.advance_head(position or 0):
                self._hub.catch_up()
            self._woken.settimeout(REPLAY_LOOK_SECONDS if self._hub.followers else LOOK_SECONDS)
            with suppress(TimeoutError):
                self._woken.recv(4096)

    def _follow(self) -> None:
        """The end of the log is followed: on a standby it is looked for at once, and more often."""
        if self._server.standby:
            self._wake()

    def _wake(self) -> None:
        with suppress(OSError):  # it is awake already, or has ended
            self._waker.send(b"!")

    def _pass_on(self, reports: Sequence[str]) -> None:
        for tenant, _, report in (each.partition("\n") for each in reports):
            if tenant == self._tenant and self._on_report is not None:
                self._on_report(report)

    def _look(self) -> None:
        if self._hub.advance_head(self._reader.head().position):
            self._hub.catch_up()


def listen(connection: Connection[Any], channel: str) -> None:
    """Be notified of a channel, on this connection."""
    connection.execute(f"LISTEN {channel}")


def read_head(payload: str) -> tuple[str, int]:
    """The tenant of a notification of CHANNEL, and the end of its log."""
    tenant, _, head = payload.rpartition(" ")
    return tenant, int(head) if head.isdigit() else 0
