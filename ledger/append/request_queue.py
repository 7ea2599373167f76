"""The queue of a group commit: requests wait in it, and are taken in batches by whichever thread serves it.

While a batch is written the next one is collected; its clients, once answered, are given a moment to ask again.
"""

import threading
from collections import deque

from domain.errors import Busy
from ledger.append.answer_delivery import Pending

QUEUE_EVENTS = 10_000
"""Maximum number of queued events; beyond it Busy is raised."""

BATCH_EVENTS = 1_000
"""Maximum number of events in one transaction, unless one request has more."""

MAX_DELAY_SECONDS = 0.002
"""Maximum time to wait for more requests before a commit."""

RETRY_SECONDS = 1
"""Retry-After of a refusal."""


class RequestQueue:
    """A bounded queue that several threads fill and one empties."""

    def __init__(self) -> None:
        self.events = 0
        """Events that are queued."""
        self.closing = False
        self._served = False
        """Whether a thread takes its batches, or is asked to."""
        self._queue: deque[Pending] = deque()
        self._changed = threading.Condition()
        self._answered = 0
        """Requests of the last batch."""
        self._expected = 0
        """How many requests are waited for."""
        self._delay = 0.0
        """For how many seconds."""

    def put(self, pending: Pending) -> bool:
        """Queue a request; whether a thread has to be asked to serve the queue. Raises Busy."""
        size = len(pending.prepared)
        with self._changed:
            if self.closing:
                raise Busy("The ledger is closing; try again in a moment.", extra={"retry_after": RETRY_SECONDS})
            if self.events and self.events + size > QUEUE_EVENTS:
                raise Busy(
                    f"{self.events} events are waiting to be recorded; try again in a moment.",
                    extra={"retry_after": RETRY_SECONDS},
                )
            self.events += size
            self._queue.append(pending)
            if len(self._queue) == self._expected:
                self._changed.notify()
            unserved, self._served = not self._served, True
            return unserved

    def take(self) -> list[Pending]:
        """The next batch: all queued requests, within BATCH_EVENTS; empty where there are none."""
        with self._changed:
            if not self._queue:
                return []
            self._gather()
            batch: list[Pending] = []
            size = 0
            while self._queue and (not batch or size + len(self._queue[0].prepared) <= BATCH_EVENTS):
                batch.append(self._queue.popleft())
                size += len(batch[-1].prepared)
            self.events -= size
            return batch

    def leave(self) -> bool:
        """Note that no thread serves the queue; False where requests are queued."""
        with self._changed:
            if self._queue:
                return False
            self._served = False
            self._changed.notify_all()
            return True

    def _gather(self) -> None:
        """Wait briefly for further requests of the clients just answered, so that one flush to disk serves them all.

        There is no wait after a single request, and at most a tenth of the duration of a batch.
        """
        if self._answered > 1 and not self.closing:
            self._expected = len(self._queue) + self._answered
            self._changed.wait_for(lambda: len(self._queue) >= self._expected or self.closing, self._delay)
            self._expected = 0

    def answering(self, requests: int) -> None:
        """Note how many clients are about to be answered."""
        self._answered = requests

    def committed(self, seconds: float) -> None:
        """Note the duration of a batch that was written."""
        self._delay = min(seconds / 10, MAX_DELAY_SECONDS)

    def close(self) -> None:
        """Accept no more requests, and wait until those that are queued were taken and answered."""
        with self._changed:
            self.closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._served)
