"""Cooperative cancellation: a costly query ends at its deadline, when its client leaves, or when the server stops.

The loops of a query (decoding, placing, folding, deriving, walking, encoding) call `check()`. Outside of a query that
has a token the call costs a lookup and does nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from time import monotonic
from typing import TypeVar

from domain.errors import Busy, TooCostly

T = TypeVar("T")

STRIDE = 64
"""Items of a plain loop between two checks."""


class Token:
    """The cancellation token of one query. Safe to share between threads."""

    def __init__(self, seconds: float, advice: str) -> None:
        self.seconds = seconds
        self.advice = advice
        """A sentence that suggests a narrower query."""
        self.deadline = monotonic() + seconds
        self._cancelled: str | None = None

    def renew(self) -> None:
        """Start the deadline now."""
        self.deadline = monotonic() + self.seconds

    def cancel(self, reason: str) -> None:
        """Cancel the query at its next check."""
        self._cancelled = reason

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled."""
        return self._cancelled is not None

    def check(self) -> None:
        """Raises Busy for a cancelled query, TooCostly past the deadline."""
        if self._cancelled is not None:
            raise Busy(self._cancelled, extra={"retry_after": 1})
        if monotonic() > self.deadline:
            raise self.expired()

    def expired(self) -> TooCostly:
        """The error of a query that has used up its time."""
        return TooCostly(
            f"The answer was not ready after {self.seconds:g} seconds, and its computation was ended. {self.advice}",
            extra={"seconds": self.seconds, "narrower": self.advice},
        )

    def run(self, work: Callable[[], T]) -> T:
        """Do the work under this token. Raises what it raises, and what `check` raises."""
        held = _token.set(self)
        try:
            self.check()
            return work()
        finally:
            _token.reset(held)


_token: ContextVar[Token | None] = ContextVar("parley-query-token", default=None)


def check() -> None:
    """Raises Busy or TooCostly where the query of this thread must end."""
    token = _token.get()
    if token is not None:
        token.check()


def checked(items: Iterable[T]) -> Iterator[T]:
    """The same items, with a check at each STRIDE of them."""
    for number, item in enumerate(items):
        if number % STRIDE == 0:
            check()
        yield item
