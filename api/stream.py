"""The live stream: server-sent events, a message for each event of the log, resumed by position.

A reader who was away begins again after the last position that it saw and misses nothing: the hub remembers the recent
end of the log, the table the rest. Where a filter leaves everything out, a message without content moves that mark on.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import limits, listing
from api.house import House
from api.identity import Caller
from api.problems import MalformedHeader
from domain.errors import BeyondTheEnd, Busy
from ledger.hub import Following
from ledger.receipt import Recorded
from ledger.told import as_json

MEDIA = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RETRY = b"retry: 1000\n\n"
"""A client that is cut off comes back after a second."""

ENCODED_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events are wanted; empty: all."""

    deals: frozenset[str] = frozenset()
    types: frozenset[str] = frozenset()
    """Names, or groups such as `bid.*`."""

    def takes(self, row: Recorded) -> bool:
        """Whether an event is among them."""
        if self.deals and row.deal_id not in self.deals:
            return False
        return not self.types or row.type in self.types or f"{row.type.split('.')[0]}.*" in self.types


def opened(request: Request, who: Caller, after: int | None, deal: str | None, types: str | None) -> Response:
    """A stream from a position on: `Last-Event-ID`, else `after`, else the end.

    Raises BeyondTheEnd, MalformedHeader, BadQuestion, Busy.
    """
    house: House = request.app.state.house
    head = who.ledger.head().position
    start = _resumed(request.headers, after, head)
    wanted = Filter(frozenset(listing.names(deal)), frozenset(listing.types(types)))
    if house.streams >= limits.STREAMS:
        raise Busy(
            f"{house.streams} streams are open, which is the most; try again in a while.", extra={"retry_after": 5}
        )
    return Stream(house, who, start, wanted)


def _resumed(headers: Mapping[str, str], after: int | None, head: int) -> int:
    last = headers.get("last-event-id")
    if last is not None:
        if not last.isdecimal() or len(last) > 18:
            raise MalformedHeader(f"Last-Event-ID is {last[:64]!r}: it is the id of a message, a position of the log.")
        after = int(last)
    if after is not None and after > head:
        raise BeyondTheEnd(f"The log has {head} positions, and {after} lies beyond them.", extra={"position": head})
    return head if after is None else after


class Stream(Response):
    """The answer that does not end until the client or the server goes."""

    media_type = MEDIA

    def __init__(self, house: House, who: Caller, after: int, wanted: Filter) -> None:
        super().__init__(headers=HEADERS)
        del self.headers["content-length"]
        self.house, self.who, self.after, self.wanted = house, who, after, wanted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        ours = asyncio.current_task()
        assert ours is not None
        watch = asyncio.create_task(_until_gone(receive, ours))
        self.house.streams += 1
        try:
            with suppress(asyncio.CancelledError, TimeoutError):
                async with self.who.ledger.hub.follow(self.after) as following:
                    async for part in self._parts(following):
                        message = {"type": "http.response.body", "body": part, "more_body": True}
                        async with asyncio.timeout(limits.SLOW_SECONDS):
                            await send(message)
            if not watch.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.house.streams -= 1
            watch.cancel()

    async def _parts(self, following: Following) -> AsyncIterator[bytes]:
        yield RETRY
        hub = self.who.ledger.hub
        while not hub.closed:
            rows = await following.next(limits.HEARTBEAT_SECONDS)
            wanted = [row for row in rows if self.wanted.takes(row)]
            if wanted:
                yield b"".join([encoded(row) for row in wanted])
            if not wanted or wanted[-1] is not rows[-1]:
                yield b"id: %d\n: still here\n\n" % following.after


async def _until_gone(receive: Receive, stream: "asyncio.Task[object]") -> None:
    """End a stream whose client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.cancel()


@lru_cache(maxsize=ENCODED_KEPT)
def encoded(row: Recorded) -> bytes:
    """The message of an event."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (row.position, row.type.encode(), orjson.dumps(as_json(row)))
