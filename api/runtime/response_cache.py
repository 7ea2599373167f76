"""A cache of encoded responses: a repeated query returns the same bytes until the deal or a linked one changes.

A response about the current time states its basis to the microsecond; it is reused for at most a second.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from domain.events.link import DealLinked
from domain.events.record import RecordCorrected
from domain.time.instants import Moment
from ledger.ledger import Ledger
from ledger.models import Recorded
from ledger.subscription.hub import STRETCH_EVENTS

CACHE_BYTES = 64 * 1024 * 1024
"""Bytes of all responses."""

SECONDS_KEPT = 1.0
"""Lifetime of a response whose basis depends on the current time."""

LINKING = frozenset({DealLinked.NAME, RecordCorrected.NAME})
"""Types of events by which the record of one deal may come to name another in a link."""

Key = tuple[str, str, bytes]
"""Tenant, deal, query string."""


@dataclass(slots=True)
class CachedResponse:
    """A response, the position of the log up to which it is valid, when it expires, and the linked deals in it."""

    content: bytes
    headers: dict[str, str]
    position: int
    until: float | None
    linked: frozenset[str] = frozenset()


class _Computation:
    """A response that is being computed."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.waiting = 0
        """Threads that compute it or wait for it."""


class ResponseCache:
    """A bounded cache. Safe to share between threads."""

    def __init__(self) -> None:
        self._responses: OrderedDict[Key, CachedResponse] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()
        self._computing: dict[Key, _Computation] = {}

    def find(self, ledger: Ledger, deal_id: str, query: bytes) -> CachedResponse | None:
        """The cached response to the query, if it is still valid."""
        key = (ledger.tenant, deal_id, query)
        with self._lock:
            kept = self._responses.get(key)
        if kept is None:
            return None
        if (kept.until is not None and kept.until < monotonic()) or not _holds(kept, ledger, deal_id):
            self._drop(key)
            return None
        return kept

    def store(self, ledger: Ledger, deal_id: str, query: bytes, kept: CachedResponse) -> None:
        """Store a response; the oldest are evicted."""
        key = (ledger.tenant, deal_id, query)
        self._drop(key)
        with self._lock:
            self._responses[key] = kept
            self._bytes += len(kept.content)
            while self._bytes > CACHE_BYTES:
                _, oldest = self._responses.popitem(last=False)
                self._bytes -= len(oldest.content)

    def waiting(self, ledger: Ledger, deal_id: str, query: bytes) -> int:
        """The number of threads that compute a response or wait for it."""
        computation = self._computing.get((ledger.tenant, deal_id, query))
        return computation.waiting if computation else 0

    @contextmanager
    def computed_once(self, ledger: Ledger, deal_id: str, query: bytes) -> Iterator[CachedResponse | None]:
        """Compute equal concurrent queries once: the others wait, and share the response if it is still valid."""
        key = (ledger.tenant, deal_id, query)
        with self._lock:
            computation = self._computing.setdefault(key, _Computation())
            computation.waiting += 1
            alone = computation.waiting == 1
        try:
            with computation.lock:
                yield None if alone else self.find(ledger, deal_id, query)
        finally:
            with self._lock:
                computation.waiting -= 1
                if not computation.waiting:
                    del self._computing[key]

    def _drop(self, key: Key) -> None:
        with self._lock:
            dropped = self._responses.pop(key, None)
            self._bytes -= len(dropped.content) if dropped else 0


class StampedCache:
    """A small cache of costly responses, each valid while its stamp is unchanged and up to a moment. Thread-safe."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[int, bytes, Moment | None]] = OrderedDict()
        self._lock = Lock()

    def find(self, asked: Hashable, stamp: int, now: Moment) -> bytes | None:
        """The cached response to the query with the same stamp, if it is still valid."""
        with self._lock:
            stored, content, until = self._kept.get(asked, (None, None, None))
        return content if stored == stamp and (until is None or now < until) else None

    def store(self, asked: Hashable, stamp: int, content: bytes, until: Moment | None) -> None:
        """Store a response, valid before a moment or, with None, at any time; the oldest is evicted."""
        with self._lock:
            self._kept.pop(asked, None)
            self._kept[asked] = (stamp, content, until)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)


def _holds(kept: CachedResponse, ledger: Ledger, deal_id: str) -> bool:
    """Whether nothing that it depends on was recorded since; events that were checked are not checked again."""
    while kept.position < ledger.hub.position:
        rows = ledger.hub.recent(kept.position)
        if not rows or any(_bears_on(row, deal_id, kept.linked) for row in rows):
            return False
        kept.position = rows[-1].position
        if len(rows) < STRETCH_EVENTS:
            break
    return True


def _bears_on(row: Recorded, deal_id: str, linked: frozenset[str]) -> bool:
    """Whether an event belongs to the deal or to a linked one, or may link another deal to it."""
    if row.deal_id == deal_id or row.deal_id in linked:
        return True
    return row.type in LINKING and (row.payload is None or deal_id.encode() in row.payload)
