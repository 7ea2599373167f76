"""The live stream: server-sent events, one message for each event of the log, resumable by position.

A reader who was away begins again after the last position that it saw and misses nothing: the hub remembers the recent
end of the log, the table the rest. Where a filter leaves everything out, a message without content moves that mark on.
On request it also sends time events, as webhooks do; ids then hold a moment beside the position.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import zip_longest
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api import limits
from api.errors import MalformedHeader
from api.events import type_filters
from api.events.stream_sender import SENT_AT_ONCE, StreamSender
from api.http.authentication import Caller, still_admitted
from api.runtime.runtime import Runtime
from domain.errors import BeyondTheEnd, Busy
from domain.time.instants import Moment
from ledger.encoding.event_json import event_to_json
from ledger.models import Recorded
from ledger.subscription.hub import Following
from projections.temporal.time_events import transition_json
from projections.temporal.time_feed import TimeFeed, TimeFilter

MEDIA = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
RETRY = b"retry: 1000\n\n"
"""Reconnection delay of a disconnected client."""

ENCODED_KEPT = 2_000

_PLACE = re.compile("([0-9]{1,18})(?:~([0-9]{1,18}))?")
"""A position, and on a stream with time events the moment up to which they were sent."""


@dataclass(frozen=True, slots=True)
class Filter:
    """The event filter."""

    deals: frozenset[str] | None = None
    """None: all."""
    types: frozenset[str] = frozenset()
    """Names, or groups such as `bid.*`; empty: all."""

    def takes(self, row: Recorded) -> bool:
        """Whether an event matches."""
        if self.deals is not None and row.deal_id not in self.deals:
            return False
        return not self.types or row.type in self.types or f"{row.type.split('.')[0]}.*" in self.types


@dataclass(frozen=True, slots=True)
class Place:
    """The start of a stream."""

    after: int
    """The position after which events come."""

    moment: Moment | None = None
    """The moment after which comes what time makes; None: that of the event at the position."""

    reset: str | None = None
    """Why it does not begin at the requested position: events in between may be missing."""


@dataclass(frozen=True, slots=True)
class Times:
    """The time events that a stream includes, and from which moment."""

    feed: TimeFeed
    wanted: TimeFilter
    after: Moment


def opened(
    request: Request,
    who: Caller,
    after: int | None,
    deals: frozenset[str] | None,
    types: str | None,
    days_ahead: tuple[int, ...],
) -> Response:
    """A stream from `Last-Event-ID`, else `after`, else the end. With notice days or types of time events,
    it includes time events.

    Raises BeyondTheEnd, MalformedHeader, BadQuestion, Busy.
    """
    runtime: Runtime = request.app.state.runtime
    place = _resumed(request.headers.get("last-event-id"), after, who.ledger.head().position)
    of_record, of_time = type_filters.split_types(types)
    wanted = Filter(deals, frozenset((*of_record, *of_time)))
    if runtime.streams >= limits.STREAMS:
        raise Busy(
            f"{runtime.streams} streams are open, which is the most; try again in a while.", extra={"retry_after": 5}
        )
    times = None
    if of_time or days_ahead:
        kinds = frozenset(of_time) if types else frozenset({"time.*"})
        at = place.moment if place.moment is not None else who.log.times.start(_event_at(who, place.after))
        times = Times(who.log.times, TimeFilter(wanted.deals, kinds, days_ahead), at)
    return Stream(runtime, who, place, wanted, times, partial(still_admitted, request, "reader"))


def _resumed(last: str | None, after: int | None, head: int) -> Place:
    if last is not None and (last := last.strip()):
        found = _PLACE.fullmatch(last)
        if found is None:
            raise MalformedHeader(f"Last-Event-ID is {last[:64]!r}: it is the id of a message, a position of the log.")
        position, moment = int(found[1]), int(found[2]) if found[2] else None
        if position > head:
            return Place(head, None, f"The log has {head} positions, and {position} lies beyond them.")
        return Place(position, moment)
    if after is not None and after > head:
        raise BeyondTheEnd(f"The log has {head} positions, and {after} lies beyond them.", extra={"position": head})
    start = head if after is None else after
    return Place(start) if last is None else Place(start, None, "Last-Event-ID is empty.")


def _event_at(who: Caller, position: int) -> Recorded | None:
    """The event at a position, the first at 0; None at the end of the log: from now on."""
    if position == who.ledger.head().position:
        return None
    return next(iter(who.ledger.read_log(max(position - 1, 0), 1)), None)


class Stream(Response):
    """The streamed response; it ends when the client disconnects or the server stops."""

    media_type = MEDIA

    def __init__(
        self,
        runtime: Runtime,
        who: Caller,
        place: Place,
        wanted: Filter,
        times: Times | None,
        admitted: Callable[[], Coroutine[Any, Any, bool]],
    ) -> None:
        """`admitted` returns whether the key of the reader is still valid."""
        super().__init__(headers=HEADERS)
        self.admitted = admitted
        del self.headers["content-length"]
        self.runtime, self.who, self.place, self.wanted, self.times = runtime, who, place, wanted, times
        self.looked_to = times.after if times else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        ours = asyncio.current_task()
        assert ours is not None
        watch = asyncio.create_task(_until_gone(receive, ours))
        guard = asyncio.create_task(_until_refused(self.admitted, ours))
        self.runtime.streams += 1
        try:
            with suppress(asyncio.CancelledError, TimeoutError):
                async with self.who.ledger.hub.follow(self.place.after) as following:
                    sender = StreamSender(following, send, self._at_hand)
                    async for part in self._parts(following, sender):
                        await sender.send(part)
            if not watch.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.runtime.streams -= 1
            watch.cancel()
            guard.cancel()

    def _at_hand(self, rows: list[Recorded]) -> bytes | None:
        """The messages of these rows, made without reading anything; None where a sentence takes more."""
        parts = []
        for row in filter(self.wanted.takes, rows):
            text = self.who.reader.sentence_at_hand(row)
            if text is None:
                return None
            parts.append(encoded(row, text))
        if not self.wanted.takes(rows[-1]):
            parts.append(self._still_here(rows[-1].position))
        return b"".join(parts)

    def _still_here(self, position: int) -> bytes:
        return b"%b\n: still here\n\n" % self._mark(position)

    async def _parts(self, following: Following, sender: StreamSender) -> AsyncIterator[bytes]:
        yield RETRY
        if self.place.reset is not None:
            told = {"type": "reset", "position": self.place.after, "detail": self.place.reset}
            yield b"%b\nevent: reset\ndata: %b\n\n" % (self._mark(self.place.after), orjson.dumps(told))
        hub, loop = self.who.ledger.hub, asyncio.get_running_loop()
        # A stream with time events looks for them with each event.
        seconds, sink = (limits.HEARTBEAT_SECONDS, sender.take) if self.times is None else (limits.TIME_SECONDS, None)
        while not hub.closed:
            rows = await following.next(seconds, sink)
            await sender.finish()
            wanted = [row for row in rows if self.wanted.takes(row)]
            if wanted:
                yield b"".join([self._event(row, text) for row, text in await self._said(wanted)])
            moments = b"" if self.times is None else await self._transitions(self.times, following.after)
            if moments:
                yield moments
            elif rows[-1:] != wanted[-1:] or (not rows and loop.time() - sender.spoke >= limits.HEARTBEAT_SECONDS - 1):
                yield self._still_here(following.after)

    def _mark(self, position: int) -> bytes:
        """The id from which a reader resumes."""
        return b"id: %d" % position if self.looked_to is None else b"id: %d~%d" % (position, self.looked_to)

    async def _said(self, rows: list[Recorded]) -> list[tuple[Recorded, str | None]]:
        """Events with their sentences; a deal is read only where it is not held."""
        reader = self.who.reader
        if len(rows) <= SENT_AT_ONCE:
            said = [(row, reader.sentence_at_hand(row)) for row in rows]
            if all(text is not None for _row, text in said):
                return said
        return await asyncio.to_thread(lambda: [(row, reader.sentence(row)) for row in rows])

    def _event(self, row: Recorded, text: str | None) -> bytes:
        message = encoded(row, text)
        return message if self.looked_to is None else self._mark(row.position) + message[message.index(b"\n") :]

    async def _transitions(self, times: Times, position: int) -> bytes:
        """The time events since the last scan; none while the database is unreachable."""
        assert self.looked_to is not None
        try:
            made, to = await asyncio.to_thread(times.feed.after, self.looked_to, times.wanted)
        except Busy:
            return b""
        parts = []
        for each, following in zip_longest(made, made[1:]):
            # Time events of one moment are sent again together, unless all of them were sent.
            self.looked_to = each.at if following is None or following.at > each.at else each.at - 1
            parts.append(
                b"%b\nevent: %b\ndata: %b\n\n" % (self._mark(position), each.type.encode(), transition_json(each))
            )
        self.looked_to = to
        return b"".join(parts)


async def _until_gone(receive: Receive, stream: "asyncio.Task[object]") -> None:
    """End a stream whose client has disconnected."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.cancel()


async def _until_refused(admitted: Callable[[], Coroutine[Any, Any, bool]], stream: "asyncio.Task[object]") -> None:
    """End a stream whose key is no longer valid."""
    while await admitted():  # noqa: ASYNC110 - nothing signals when a key ends
        await asyncio.sleep(limits.ADMISSION_SECONDS)
    stream.cancel()


@lru_cache(maxsize=ENCODED_KEPT)
def encoded(row: Recorded, text: str | None) -> bytes:
    """The message of an event."""
    content = event_to_json(row) if text is None else {**event_to_json(row), "text": text}
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (row.position, row.type.encode(), orjson.dumps(content))
