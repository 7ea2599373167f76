"""Unpredictable bytes, drawn from the system for many uses at once.

Each call to the system hands the interpreter to another thread, which costs more than the bytes.
"""

import os

DRAWN = 256
"""Uses for which bytes are drawn at once."""


class RandomBytes:
    """Draws so many unpredictable bytes at a time, never the same again, also after a fork. Safe to share."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ahead: list[bytes] = []
        os.register_at_fork(after_in_child=self._ahead.clear)

    def draw(self) -> bytes:
        """The next ones."""
        try:
            return self._ahead.pop()
        except IndexError:
            block = os.urandom(self._size * DRAWN)
            first, *others = (block[at : at + self._size] for at in range(0, len(block), self._size))
            self._ahead.extend(others)
            return first
