"""Locks of the processes that use one data folder, by files in it: see `supervisor.py` for their meaning."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ledger.postgres.embedded import cluster
from ledger.postgres.embedded.errors import StartFailed

START_SECONDS = 120.0
"""How long another process may take to start the server."""


def supervised(data: Path) -> bool:
    """Whether a supervisor runs on `data`."""
    try:
        descriptor = cluster.lock_file(data / "supervisor.lock")
    except FileNotFoundError:
        return False  # a throwaway folder that is already removed
    try:
        return not try_lock(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold `path` exclusively: processes that start or join do so one after another."""
    descriptor = cluster.lock_file(path)
    try:
        wait_until(
            lambda: try_lock(descriptor, fcntl.LOCK_EX), START_SECONDS, f"another process holds the lock on {path}"
        )
        yield
    finally:
        os.close(descriptor)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take a lock of a kind if it is free; whether it was."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Poll until `condition` holds; raises `StartFailed` with `otherwise` after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise StartFailed(f"{otherwise} within {seconds:.0f} seconds")
        time.sleep(cluster.POLL_SECONDS)
