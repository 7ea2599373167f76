"""The progress of projections as far as this process knows it, with asynchronous waiting for a position."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from ledger.unexpected_errors import call_each


@dataclass(frozen=True, slots=True, eq=False)
class _Waiter:
    position: int
    loop: asyncio.AbstractEventLoop
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class ProjectionProgress:
    """The last position of each projection. Safe to share between threads and event loops."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._positions: defaultdict[str, int] = defaultdict(int)
        self._waiting: defaultdict[str, set[_Waiter]] = defaultdict(set)
        self.on_advance: list[Callable[[], None]] = []
        """Called after each change of a position; they must return at once."""

    def advance(self, name: str, position: int) -> None:
        """A projection has come to a position."""
        with self._lock:
            moved = name not in self._positions or self._positions[name] != position
            self._positions[name] = position
            woken = [waiter for waiter in self._waiting[name] if waiter.position <= position]
            self._waiting[name].difference_update(woken)
        for waiter in woken:
            with suppress(RuntimeError):  # the loop was closed: no task waits
                waiter.loop.call_soon_threadsafe(waiter.woken.set)
        call_each(self.on_advance if moved else ())

    def positions(self) -> dict[str, int]:
        """The last position of each projection that has come to one here."""
        with self._lock:
            return dict(self._positions)

    def position(self, name: str) -> int:
        """The last position that a projection came to here; 0 before the first."""
        with self._lock:
            return self._positions.get(name, 0)

    async def wait_for(self, name: str, position: int, timeout_seconds: float) -> bool:
        """Whether a projection came to a position in time."""
        waiter = _Waiter(position, asyncio.get_running_loop())
        with self._lock:
            if self._positions[name] >= position:
                return True
            self._waiting[name].add(waiter)
        try:
            async with asyncio.timeout(timeout_seconds):
                await waiter.woken.wait()
        except TimeoutError:
            return False
        finally:
            with self._lock:
                self._waiting[name].discard(waiter)
        return True
