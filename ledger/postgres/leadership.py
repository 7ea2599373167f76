"""Connections of leaders: a lock makes its holder the leader, and ends with the connection."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Any

import psycopg
from psycopg import Connection

from ledger.sql import sql

LEADER_SECONDS = 15
"""A leader whose connection was idle for so long is taken for frozen: its lock is released, and another may lead."""

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
        with suppress(psycopg.Error):  # its user finds the connection lost
            while not ended.wait(HEARTBEAT_SECONDS):
                ping(connection)

    thread = Thread(target=beat, name="parley-heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
