"""Which of the open logs are used by a request, and since when the others are not."""

from collections import Counter
from collections.abc import Iterable
from time import monotonic


class LogUsage:
    """The uses of logs, by tenant. Used under a lock."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()
        self._last: dict[str, float] = {}

    def opened(self, tenant: str) -> None:
        """A log was opened, or found open."""
        self._last[tenant] = monotonic()

    def enter(self, tenant: str) -> None:
        """A request uses an open log."""
        self._uses[tenant] += 1

    def leave(self, tenant: str) -> None:
        """That request has been answered."""
        self._uses[tenant] -= 1
        self._last[tenant] = monotonic()

    def closed(self, tenant: str) -> None:
        """A log was closed."""
        self._uses.pop(tenant, None)
        self._last.pop(tenant, None)

    def idle(self, tenants: Iterable[str], seconds: float) -> list[str]:
        """Those of these logs that nobody uses, and that were not used for so long; the longest unused first."""
        before = monotonic() - seconds
        unused = [each for each in tenants if not self._uses[each] and self._last.get(each, 0.0) <= before]
        return sorted(unused, key=lambda each: self._last.get(each, 0.0))
