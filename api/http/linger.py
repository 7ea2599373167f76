"""Closing a TCP connection so that the last answer arrives.

A socket that is closed while something lies unread in it sends a reset, and the client's system then throws away the
answer that was on its way. So the end of our side is announced first, and what the client still sends is thrown away,
for a bounded time and a bounded number of bytes.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from api import limits


class LingeringTransport:
    """A transport whose `close` lingers; it delegates everything else."""

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, is_read: Callable[[], bool]
    ) -> None:
        """`is_read` returns whether the client has sent its request completely."""
        self._transport = transport
        self._loop = loop
        self._is_read = is_read
        self._closing = False
        self._discarded = 0
        self._end: asyncio.TimerHandle | None = None
        self.write = transport.write
        self.pause_reading = transport.pause_reading
        self.resume_reading = transport.resume_reading
        self.abort = transport.abort

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._closing or self._transport.is_closing()

    def close(self) -> None:
        """End the connection once all that was written is sent; by force where the client takes too long for that."""
        if self.is_closing():
            return
        self._closing = True
        self._end = self._loop.call_later(limits.LINGER_SECONDS, self._transport.abort)
        if self._is_read():
            self._transport.close()
        else:
            self._transport.write_eof()
            self._transport.resume_reading()

    def close_now(self) -> None:
        """End the connection without waiting: where the client has sent something, the answer may be lost."""
        self._closing = True
        self._transport.close()

    def discard(self, count: int) -> None:
        """Count bytes received after the end; they are discarded."""
        self._discarded += count
        if self._discarded > limits.LINGER_BYTES:
            self._transport.abort()

    def lost(self) -> None:
        """The connection is closed."""
        if self._end is not None:
            self._end.cancel()
