"""Unexpected errors in threads that serve several logs: each is logged, and the thread goes on."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger()


@contextmanager
def logged(event: str) -> Iterator[None]:
    """Log an error as `event`, with its traceback, and go on after the block."""
    try:
        yield
    except Exception:  # of any class: a thread that ended would leave every other log that it serves without it
        log.exception(event)


def call_each(callbacks: Iterable[Callable[[], None]]) -> None:
    """Call each, whatever another raises; that is logged as `callback-failed`."""
    for called in list(callbacks):
        with logged("callback-failed"):
            called()
