"""Rate limit per principal: a token bucket for each."""

from time import monotonic

from api.errors import TooManyRequests

MAX_BUCKETS = 10_000


class RateLimit:
    """Requests per second and principal, with bursts of one second's worth. 0: no limit."""

    def __init__(self, per_second: int) -> None:
        self.per_second = per_second
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, tenant: str, principal: str) -> None:
        """Take a token. Raises TooManyRequests with the time until the next token."""
        if not self.per_second:
            return
        now = monotonic()
        tokens, since = self._buckets.get((tenant, principal), (float(self.per_second), now))
        tokens = min(float(self.per_second), tokens + (now - since) * self.per_second)
        if tokens < 1:
            raise TooManyRequests(
                f"{principal} may send {self.per_second} requests a second; slow down a little.",
                extra={"retry_after": 1, "limit": self.per_second},
            )
        if len(self._buckets) >= MAX_BUCKETS:
            self._buckets.clear()
        self._buckets[(tenant, principal)] = (tokens - 1, now)
