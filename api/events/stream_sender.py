"""Sends the messages of a stream from the hub's wake-up, without a switch to the task of the stream."""

import asyncio
from collections.abc import Callable

from starlette.types import Message, Send

from api import limits
from api.http.eager_awaitable import EagerAwaitable
from ledger.models import Recorded
from ledger.subscription.hub import Following

SENT_AT_ONCE = 20
"""Events that are sent without leaving the loop."""


class StreamSender:
    """Sends what is new to a client that reads; the task of the stream takes over where the client does not, or where
    an event needs more than is at hand."""

    def __init__(self, following: Following, send: Send, at_hand: Callable[[list[Recorded]], bytes | None]) -> None:
        """`at_hand` makes the messages of rows without reading anything; None where that is not possible."""
        self._following, self._send, self._at_hand = following, send, at_hand
        self._loop = asyncio.get_running_loop()
        self._unsent: EagerAwaitable[None] | None = None
        """A message that was begun to be sent, and waits for the client."""
        self._failure: Exception | None = None
        self.spoke = self._loop.time()
        """When a message was sent last, by the clock of the event loop."""

    def take(self, rows: list[Recorded]) -> bool:
        """Send the messages of these rows, while the task waits; False where the task is to do it."""
        part = self._at_hand(rows) if len(rows) <= SENT_AT_ONCE else None
        if part is None:
            return False
        self.spoke = self._loop.time()
        try:
            begun = EagerAwaitable(self._send(message(part)))
        except Exception as error:  # noqa: BLE001 - the task of the stream raises it
            self._failure = error
            self._following.interrupt()
            return True
        if not begun.done:
            self._unsent = begun
            self._following.interrupt()
        return True

    async def finish(self) -> None:
        """Finish the message that was begun. Raises what ended it, and TimeoutError where the client does not read."""
        if self._failure is not None:
            raise self._failure
        begun, self._unsent = self._unsent, None
        if begun is not None:
            async with asyncio.timeout(limits.SLOW_SECONDS):
                await begun

    async def send(self, part: bytes) -> None:
        """Send a part, waiting for the client. Raises TimeoutError where it does not read."""
        async with asyncio.timeout(limits.SLOW_SECONDS):
            await self._send(message(part))
        self.spoke = self._loop.time()


def message(part: bytes) -> Message:
    """The message of a part of a streamed response."""
    return {"type": "http.response.body", "body": part, "more_body": True}
