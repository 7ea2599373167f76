"""The subscription hub of a process: committed events are passed on in order of position, without gaps.

The appender publishes its own batches after commit; for those of other processes the listener reports the head
and the hub reads the table. Followers have no queue: each remembers its position and takes the next stretch from a
window of recent rows, or from the table if it lags too far behind. So a slow one costs nothing and misses nothing.
"""

import asyncio
import threading
from bisect import bisect_right
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from itertools import accumulate

from ledger.encoding.event_codec import erased_by
from ledger.models import Recorded
from ledger.unexpected_errors import call_each

WINDOW_EVENTS = 5_000
"""Recent rows kept at least, within WINDOW_BYTES; at most twice as many."""

WINDOW_BYTES = 8 * 1024 * 1024
"""Of the leaves and payloads of recent rows kept of a log; at most twice as many."""

STRETCH_EVENTS = 500
"""Rows handed to a follower at once."""

Sink = Callable[[list[Recorded]], bool]
"""Takes the next stretch of a follower that waits, in its event loop; False where the follower is to take it itself."""

Read = Callable[[int, int], list[Recorded]]
"""Reads the table: rows after a position, at most so many."""


class Hub:
    """The recent events of one log. Safe to share between threads and event loops."""

    def __init__(self, read: Read, head: int) -> None:
        self._read = read
        self._changed = threading.Condition()
        self._rows: list[Recorded] = []
        self._bytes = 0
        """Of the leaves and payloads of `_rows`."""
        self._before = head
        """The position before the first of `_rows`."""
        self._reported_head = head
        self._following: set[Following] = set()
        self.on_growth: list[Callable[[], None]] = []
        """Called after each growth of the log; they must return at once."""
        self.on_announcement: list[Callable[[], None]] = []
        """Called when a process announces the log without an append; they must return at once."""
        self.on_follow: list[Callable[[], None]] = []
        """Called when the end of the log is followed; they must return at once."""
        self.closed = False

    @property
    def position(self) -> int:
        """The last position handed on."""
        return self._before + len(self._rows)

    @property
    def followers(self) -> int:
        return len(self._following)

    def publish(self, rows: Sequence[Recorded]) -> None:
        """Publish a committed batch of this process. One that arrives before its predecessor waits for `catch_up`."""
        with self._changed:
            self._reported_head = max(self._reported_head, rows[-1].position)
            if rows[0].position > self.position + 1:
                return
            self._extend(rows)
        self._wake()

    def advance_head(self, head: int) -> bool:
        """Note a reported head of the log. True when rows up to there must be read from the table."""
        with self._changed:
            self._reported_head = max(self._reported_head, head)
            return self._reported_head > self.position

    def catch_up(self) -> None:
        """Read reported rows from the table. Raises Busy if the database is unreachable."""
        while self._reported_head > self.position:
            rows = self._read(self.position, STRETCH_EVENTS)
            if not rows:
                return
            with self._changed:
                self._extend(rows)
            self._wake()

    def recent(self, after: int, limit: int = STRETCH_EVENTS) -> list[Recorded] | None:
        """Rows after a position, perhaps none yet; None when the window does not reach back so far."""
        with self._changed:
            start = after - self._before
            return None if start < 0 else self._rows[start : start + limit]

    def reached(self, position: int, timeout_seconds: float) -> bool:
        """Wait until the log has reached a position; False when it has not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self.position >= position or self.closed, timeout_seconds) and (
                self.position >= position
            )

    async def arrival(self, position: int, timeout_seconds: float) -> bool:
        """`reached` for the running event loop: it holds no thread while it waits."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds), self.follow(self.position) as following:
                while self.position < position and not self.closed:
                    await following.growth()
        return self.position >= position

    def follow(self, after: int) -> "Following":
        """Everything after a position, for the running event loop."""
        following = Following(self, after, asyncio.get_running_loop())
        with self._changed:
            self._following.add(following)
        call_each(self.on_follow)
        return following

    def close(self) -> None:
        """End all subscriptions."""
        with self._changed:
            self.closed = True
        self._wake()

    def _extend(self, rows: Sequence[Recorded]) -> None:
        fresh = rows[max(self.position + 1 - rows[0].position, 0) :]
        self._rows += fresh
        self._bytes += sum(map(_size, fresh))
        for gone in filter(None, map(erased_by, fresh)):
            # Erased payloads are not passed on.
            self._rows = [row._replace(payload=None, salt=None) if row.id == gone else row for row in self._rows]
        if len(self._rows) > 2 * WINDOW_EVENTS or self._bytes > 2 * WINDOW_BYTES:
            self._narrow()

    def _narrow(self) -> None:
        """Drop the oldest rows, down to WINDOW_EVENTS and WINDOW_BYTES: who lags so far reads the table."""
        sizes = list(accumulate(map(_size, reversed(self._rows[-WINDOW_EVENTS:]))))
        surplus = len(self._rows) - bisect_right(sizes, WINDOW_BYTES)
        del self._rows[:surplus]
        self._before += surplus
        self._bytes = sum(map(_size, self._rows))

    def _wake(self) -> None:
        """Wake all waiting threads, and each event loop once."""
        loops: defaultdict[asyncio.AbstractEventLoop, list[Following]] = defaultdict(list)
        with self._changed:
            self._changed.notify_all()
            for following in self._following:
                if not following.woken:
                    following.woken = True
                    loops[following.loop].append(following)
        for loop, followings in loops.items():
            with suppress(RuntimeError):  # the loop was closed: no task waits
                loop.call_soon_threadsafe(_wake_all, followings)
        call_each(self.on_growth)

    def _leave(self, following: "Following") -> None:
        with self._changed:
            self._following.discard(following)


def _size(row: Recorded) -> int:
    return len(row.leaf) + len(row.payload or b"")


def _wake_all(followings: list["Following"]) -> None:
    for following in followings:
        following.wake()


class Following:
    """One reader of the log's end: an asynchronous iterator of stretches, none empty, none skipped.

    Close it, or use it in an `async with`. It ends when the hub is closed.
    """

    def __init__(self, hub: Hub, after: int, loop: asyncio.AbstractEventLoop) -> None:
        self._hub = hub
        self.after = after
        """The last position handed out."""
        self.loop = loop
        self.changed = asyncio.Event()
        self.woken = False
        self._sink: Sink | None = None
        self._interrupted = False

    def interrupt(self) -> None:
        """Let the task that waits go on with nothing, for what its sink has left to it."""
        self._interrupted = True
        self.changed.set()

    def wake(self) -> None:
        """Pass what is new to the sink, or wake the task that waits."""
        if self._sink is not None and not self.changed.is_set() and not self._hub.closed:
            self.woken = False
            rows = self._hub.recent(self.after)
            if rows == []:
                return  # taken already, at an earlier call
            if rows and self._sink(rows):
                self.after = rows[-1].position
                if self.after == self._hub.position:
                    return
        self.changed.set()

    async def next(self, timeout_seconds: float | None = None, sink: Sink | None = None) -> list[Recorded]:
        """The next stretch; empty when there is none in time, or the hub was closed. Raises Busy.

        What a sink takes meanwhile is not handed out, and costs no switch to the task that waits here.
        """
        while True:
            self.changed.clear()
            self.woken = False
            rows = self._hub.recent(self.after)
            if rows is None:
                rows = await asyncio.to_thread(self._hub._read, self.after, STRETCH_EVENTS)
            if rows:
                self.after = rows[-1].position
                return rows
            if self._hub.closed:
                return []
            self._sink = sink
            try:
                async with asyncio.timeout(timeout_seconds):  # unlike wait_for it makes no task
                    await self.changed.wait()
            except TimeoutError:
                return []
            finally:
                self._sink = None
            if self._interrupted:
                self._interrupted = False
                return []

    async def growth(self) -> None:
        """Wait until the log has grown since this was last awaited, or the hub is closed."""
        await self.changed.wait()
        self.changed.clear()
        self.woken = False

    async def __aiter__(self) -> AsyncIterator[list[Recorded]]:
        while rows := await self.next():
            yield rows

    def close(self) -> None:
        self._hub._leave(self)

    async def __aenter__(self) -> "Following":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()
