"""The listener for appends of other processes: LISTEN on a connection of its own, and polling once a second."""

import selectors
import socket
import threading
import time
from contextlib import suppress

import psycopg

from domain.errors import Busy
from ledger.event_reader import EventReader
from ledger.postgres.connection import connect
from ledger.subscription.hub import Hub

CHANNEL = "parley"
LOOK_SECONDS = 1.0
"""Polling interval, for lost notifications."""

OWN_PAUSE_SECONDS = 0.005
"""Pause after a notification of this process itself, so that a busy appender is not slowed by its own notifications."""


class Listener:
    """A thread that updates a hub. It reconnects when the connection breaks."""

    def __init__(self, conninfo: str, tenant: str, reader: EventReader, hub: Hub) -> None:
        self._conninfo = conninfo
        self._tenant = tenant
        self._reader = reader
        self._hub = hub
        self._closing = threading.Event()
        self._woken, self._waker = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="parley-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closing.set()
        self._waker.send(b"!")
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
        with connect(self._conninfo) as connection, selectors.DefaultSelector() as sources:
            connection.execute(f"LISTEN {CHANNEL}")
            sources.register(connection, selectors.EVENT_READ)
            sources.register(self._woken, selectors.EVENT_READ)
            looked = 0.0
            while not self._closing.is_set():
                if time.monotonic() - looked > LOOK_SECONDS:
                    self._look()
                    looked = time.monotonic()
                sources.select(LOOK_SECONDS)
                news = list(connection.notifies(timeout=0))
                heads = [head for tenant, head in map(_read, news) if tenant == self._tenant]
                if heads and self._hub.advance_head(max(heads)):
                    self._hub.catch_up()
                elif news:
                    self._closing.wait(OWN_PAUSE_SECONDS)

    def _look(self) -> None:
        if self._hub.advance_head(self._reader.head().position):
            self._hub.catch_up()


def _read(news: psycopg.Notify) -> tuple[str, int]:
    tenant, _, head = news.payload.rpartition(" ")
    return tenant, int(head) if head.isdigit() else 0
