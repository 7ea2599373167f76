"""Usage counts of open logs: which are used by requests, and since when the others are idle."""

from collections import Counter
from collections.abc import Iterable
from time import monotonic


class LogUsage:
    """The uses of logs, by tenant. Used under a lock."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()
        self._last: dict[str, float] = {}

    def opened(self, tenant: str) -> None:
        """Note that a log is open."""
        self._last[tenant] = monotonic()

    def enter(self, tenant: str) -> None:
        """Note that a request uses an open log."""
        self._uses[tenant] += 1

    def leave(self, tenant: str) -> None:
        """Note that the request has ended."""
        self._uses[tenant] -= 1
        self._last[tenant] = monotonic()

    def closed(self, tenant: str) -> None:
        """Note that a log was closed."""
        self._uses.pop(tenant, None)
        self._last.pop(tenant, None)

    def idle(self, tenants: Iterable[str], seconds: float) -> list[str]:
        """Those of these logs that have been idle for this time; the longest idle first."""
        before = monotonic() - seconds
        unused = [each for each in tenants if not self._uses[each] and self._last.get(each, 0.0) <= before]
        return sorted(unused, key=lambda each: self._last.get(each, 0.0))
