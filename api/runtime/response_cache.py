"""Encoded answers of hot deals: a question asked again is answered with the same bytes, until the deal moves on.

An answer about now tells its basis to the microsecond, and stays true of it; it is given again for a second at most.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from ledger.ledger import Ledger
from ledger.subscription.hub import STRETCH_EVENTS

BYTES_KEPT = 64 * 1024 * 1024
"""Over all answers."""

SECONDS_KEPT = 1.0
"""An answer whose basis depends on when it was asked."""

Key = tuple[str, str, bytes]
"""Tenant, deal, query string."""


@dataclass(slots=True)
class CachedResponse:
    """An answer, the position of the log up to which it is known to hold, and when it ends."""

    content: bytes
    headers: dict[str, str]
    position: int
    until: float | None


class _Flight:
    """An answer in the making."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.aboard = 0
        """Threads that make it or wait for it."""


class ResponseCache:
    """A bounded cache. Safe to share between threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, CachedResponse] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._flights: dict[Key, _Flight] = {}

    def find(self, ledger: Ledger, deal_id: str, query: bytes) -> CachedResponse | None:
        """The answer to the same question, if it still holds."""
        key = (ledger.tenant, deal_id, query)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            return None
        if (kept.until is not None and kept.until < monotonic()) or not _holds(kept, ledger, deal_id):
            self._drop(key)
            return None
        return kept

    def keep(self, ledger: Ledger, deal_id: str, query: bytes, kept: CachedResponse) -> None:
        """Remember an answer; the oldest make room."""
        key = (ledger.tenant, deal_id, query)
        self._drop(key)
        with self._lock:
            self._kept[key] = kept
            self._bytes += len(kept.content)
            while self._bytes > BYTES_KEPT:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.content)

    def aboard(self, ledger: Ledger, deal_id: str, query: bytes) -> int:
        """How many make an answer or wait for it."""
        flight = self._flights.get((ledger.tenant, deal_id, query))
        return flight.aboard if flight else 0

    @contextmanager
    def flight(self, ledger: Ledger, deal_id: str, query: bytes) -> Iterator[CachedResponse | None]:
        """Whoever asks a question while its answer is being made waits, and has that answer, if it holds by then."""
        key = (ledger.tenant, deal_id, query)
        with self._lock:
            flight = self._flights.setdefault(key, _Flight())
            flight.aboard += 1
            alone = flight.aboard == 1
        try:
            with flight.lock:
                yield None if alone else self.find(ledger, deal_id, query)
        finally:
            with self._lock:
                flight.aboard -= 1
                if not flight.aboard:
                    del self._flights[key]

    def _drop(self, key: Key) -> None:
        with self._lock:
            dropped = self._kept.pop(key, None)
            self._bytes -= len(dropped.content) if dropped else 0


class MadeOnce:
    """A few answers that cost much to make, each for as long as what it was made from stays. Safe to share."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[int, bytes]] = OrderedDict()
        self._lock = Lock()

    def find(self, asked: Hashable, stamp: int) -> bytes | None:
        """The answer to the same question, made from what bears the same stamp."""
        with self._lock:
            kept = self._kept.get(asked)
        return kept[1] if kept is not None and kept[0] == stamp else None

    def keep(self, asked: Hashable, stamp: int, content: bytes) -> None:
        """Remember an answer; the oldest makes room."""
        with self._lock:
            self._kept.pop(asked, None)
            self._kept[asked] = (stamp, content)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)


def _holds(kept: CachedResponse, ledger: Ledger, deal_id: str) -> bool:
    """Whether nothing was recorded of the deal since; what is looked through once is not looked at again."""
    while kept.position < ledger.hub.position:
        rows = ledger.hub.recent(kept.position)
        if not rows or any(row.deal_id == deal_id for row in rows):
            return False
        kept.position = rows[-1].position
        if len(rows) < STRETCH_EVENTS:
            break
    return True
