"""The listener for appends of other processes, and for reports of their workers: LISTEN on one connection for all open
logs of a database, and for appends polling.

A hot standby has no LISTEN: the ends of logs are polled, more often while one is followed.
"""

import selectors
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from psycopg import Connection

from domain.errors import Busy
from ledger.event_reader import EventReader
from ledger.postgres.connection import connect, set_tenant
from ledger.postgres.server_role import ServerRole
from ledger.sql import sql
from ledger.subscription.hub import Hub
from ledger.unexpected_errors import call_each, logged

CHANNEL = "parley"
"""The end of a log after each append: `TENANT POSITION`."""

ANNOUNCED = 0
"""The position of a notification of CHANNEL without an append: the log is in use, or its webhooks have changed."""

REPORTS = "parley_workers"
"""What the workers of a log report, in another process: `TENANT`, a line feed, and the report; without a tenant what is
reported on all logs."""

KEYS = "parley_keys"
"""The tenant of a log of which an API key was made or revoked."""

LOOK_SECONDS = 1.0
"""Polling interval, for lost notifications."""

LOOKS_AT_ONCE = 4
"""Logs that are polled after this interval: of many, those that were polled longest ago."""

REPLAY_LOOK_SECONDS = 0.05
"""Polling interval on a standby, while the end of a log is followed."""

REPLAY_LOOKS_AT_ONCE = 40
"""Logs that are polled on a standby after each LOOK_SECONDS, beside those that are followed."""

OWN_PAUSE_SECONDS = 0.02
"""Pause after a notification of this process itself, so that a busy appender is not slowed by its own notifications."""

OnReport = Callable[[str], None]
"""Takes a report of a log's workers; returns at once."""


@dataclass(eq=False)
class Subscription:
    """A log that is listened for."""

    tenant: str
    reader: EventReader
    hub: Hub
    on_report: OnReport | None = None
    looked_at: float = 0.0
    """When the end of the log was last read, on the monotonic clock; 0: not since the connection was made."""

    def advance(self, head: int) -> bool:
        """Read what was recorded up to a reported head of the log; whether that was anything. Raises Busy."""
        grown = self.hub.advance_head(head)
        if grown:
            self.hub.catch_up()
        return grown


class Listener:
    """A thread that updates the hubs of a database's open logs. It reconnects when the connection breaks."""

    def __init__(self, conninfo: str, server: ServerRole) -> None:
        """`server` notes whether the connection is to a standby."""
        self._conninfo = conninfo
        self._server = server
        self.on_keys: list[Callable[[], None]] = []
        """Called when API keys of any log may have changed; they must return at once."""
        self._logs: defaultdict[str, list[Subscription]] = defaultdict(list)
        self._lock = threading.Lock()
        """Held briefly while the logs are read or changed."""
        self._starting = threading.Lock()
        """Held while a log is added or removed, with which the thread may start or end."""
        self._polled_at = 0.0
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, tenant: str, reader: EventReader, hub: Hub, on_report: OnReport | None = None) -> Subscription:
        """Listen for a log from now on, until it is removed."""
        added = Subscription(tenant, reader, hub, on_report)
        hub.on_follow.append(self._follow)
        with self._starting:
            with self._lock:
                self._logs[tenant].append(added)
            if self._thread is None:
                self._closing.clear()
                self._woken, self._waker = socket.socketpair()
                self._waker.setblocking(False)
                self._thread = threading.Thread(target=self._run, name="parley-listener", daemon=True)
                self._thread.start()
            self._wake()
        return added

    def remove(self, log: Subscription) -> None:
        """Listen for a log no more; with the last one the thread ends."""
        with self._starting:
            with self._lock:
                self._logs[log.tenant].remove(log)
                if not self._logs[log.tenant]:
                    del self._logs[log.tenant]
            if self._logs or self._thread is None:
                return
            self._closing.set()
            self._wake()
            self._thread.join()
            self._thread = None
            self._woken.close()
            self._waker.close()

    def _wake(self) -> None:
        with suppress(OSError):  # it is awake already, or has ended
            self._waker.send(b"!")

    def _run(self) -> None:
        while not self._closing.is_set():
            # Retry after any error: the database may be restarting.
            with logged("listener-failed"), suppress(psycopg.Error, Busy):
                self._listen()
            self._closing.wait(LOOK_SECONDS)

    def _listen(self) -> None:
        with connect(self._conninfo, "listen", self._server) as connection, selectors.DefaultSelector() as sources:
            for log in self._all():
                log.looked_at = 0.0
            self._poll(connection)
            listen(connection, CHANNEL)
            listen(connection, KEYS)
            self._keys_changed()  # what was notified before is not heard of
            reports = False
            sources.register(connection, selectors.EVENT_READ)
            sources.register(self._woken, selectors.EVENT_READ)
            while not self._closing.is_set():
                if not reports and any(log.on_report is not None for log in self._all()):
                    listen(connection, REPORTS)
                    reports = True
                self._look()
                self._server.observe(connection)
                for key, _ in sources.select(LOOK_SECONDS):
                    if key.fileobj is self._woken:
                        self._woken.recv(4096)
                self._handle(connection)

    def _poll(self, connection: Connection[Any]) -> None:
        """Read the ends of logs, as long as the server is a standby: of those that are followed often, of others in
        turn."""
        while self._server.observe(connection) and not self._closing.is_set():
            due = self._due(REPLAY_LOOKS_AT_ONCE)
            followed = [log for log in self._all() if log.hub.followers]
            for log in dict.fromkeys((*due, *followed)):
                log.looked_at = time.monotonic()
                with connection.transaction():
                    set_tenant(connection, log.tenant)
                    [(_, position, _)] = connection.execute(sql("log_head").encode(), {"tenant": log.tenant}).fetchall()
                log.advance(position or 0)
            self._woken.settimeout(REPLAY_LOOK_SECONDS if followed else LOOK_SECONDS)
            with suppress(TimeoutError):
                self._woken.recv(4096)

    def _follow(self) -> None:
        """The end of a log is followed: on a standby it is looked for at once, and more often."""
        if self._server.standby:
            self._wake()

    def _handle(self, connection: Connection[Any]) -> None:
        """Handle what was notified since the last time."""
        news = list(connection.notifies(timeout=0))
        if any(each.channel == KEYS for each in news):
            self._keys_changed()
        self._pass_on([each.payload for each in news if each.channel == REPORTS])
        heads: defaultdict[str, int] = defaultdict(int)
        for tenant, head in (read_head(each.payload) for each in news if each.channel == CHANNEL):
            heads[tenant] = max(heads[tenant], head)
            if head == ANNOUNCED:
                call_each(called for log in self._of(tenant) for called in log.hub.on_announcement)
        grown = [log.advance(head) for tenant, head in heads.items() for log in self._of(tenant)]
        if grown and not any(grown):
            self._closing.wait(OWN_PAUSE_SECONDS)

    def _keys_changed(self) -> None:
        call_each(self.on_keys)

    def _pass_on(self, reports: Sequence[str]) -> None:
        for tenant, _, report in (each.partition("\n") for each in reports):
            for log in self._of(tenant) if tenant else self._all():
                if log.on_report is not None:
                    call_each([partial(log.on_report, report)])

    def _look(self) -> None:
        """Read the ends of logs whose turn it is. Raises Busy."""
        for log in self._due(LOOKS_AT_ONCE):
            log.looked_at = time.monotonic()
            log.advance(log.reader.head().position)

    def _due(self, most: int) -> list[Subscription]:
        """The logs that are new; after each interval those, too, that were read longest ago."""
        logs = self._all()
        due = [log for log in logs if log.looked_at == 0.0]
        if time.monotonic() - self._polled_at > LOOK_SECONDS:
            self._polled_at = time.monotonic()
            due += sorted((log for log in logs if log.looked_at), key=lambda log: log.looked_at)[:most]
        return due

    def _all(self) -> list[Subscription]:
        with self._lock:
            return [log for logs in self._logs.values() for log in logs]

    def _of(self, tenant: str) -> list[Subscription]:
        with self._lock:
            return list(self._logs.get(tenant, ()))


def listen(connection: Connection[Any], channel: str) -> None:
    """Be notified of a channel, on this connection."""
    connection.execute(f"LISTEN {channel}")


def read_head(payload: str) -> tuple[str, int]:
    """The tenant of a notification of CHANNEL, and the end of its log."""
    tenant, _, head = payload.rpartition(" ")
    return tenant, int(head) if head.isdigit() else 0
