"""Waiting for what another thread or process does: by looking again, with a bound that only a fault reaches."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LONGEST_SECONDS = 60.0


def until(look: Callable[[], T], seconds: float = LONGEST_SECONDS) -> T:
    """What `look` gives once it is true."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"it did not come about within {seconds} s"
        time.sleep(0.02)
    return found
