"""Usage counts of open logs: which are used by requests, and since when the others are idle."""

from collections import Counter
from collections.abc import Hashable, Iterable
from time import monotonic
from typing import Generic, TypeVar

L = TypeVar("L", bound=Hashable)


class LogUsage(Generic[L]):
    """The uses of logs. Used under a lock."""

    def __init__(self) -> None:
        self._uses: Counter[L] = Counter()
        self._last: dict[L, float] = {}

    def opened(self, log: L) -> None:
        """Note that a log is open."""
        self._last[log] = monotonic()

    def enter(self, log: L) -> None:
        """Note that a request uses an open log."""
        self._uses[log] += 1

    def leave(self, log: L) -> None:
        """Note that the request has ended."""
        self._uses[log] -= 1
        self._last[log] = monotonic()

    def closed(self, log: L) -> None:
        """Note that a log was closed."""
        self._uses.pop(log, None)
        self._last.pop(log, None)

    def used(self, log: L) -> bool:
        """Whether requests use a log."""
        return self._uses[log] > 0

    def idle(self, logs: Iterable[L], seconds: float) -> list[L]:
        """Those of these logs that have been idle for this time; the longest idle first."""
        before = monotonic() - seconds
        unused = [each for each in logs if not self._uses[each] and self._last.get(each, 0.0) <= before]
        return sorted(unused, key=lambda each: self._last.get(each, 0.0))
