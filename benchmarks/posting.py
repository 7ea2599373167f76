"""Latencies of POSTs, one after the other on one connection, alone or while something else is asked."""

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from typing import TypeVar

from benchmarks.doors import event
from benchmarks.processes import Connection, Server

T = TypeVar("T")

DEAL = "posted"
"""The deal that grows by these events."""


def opened(server: Server) -> None:
    """Open the deal, if it is not there."""
    with server.connect() as connection:
        body = (
            b'{"id": "posted-opened", "type": "deal.opened", "occurred": "2020-08-06",'
            b' "data": {"title": "Posted to", "kind": "merger", "subject": "target"}}'
        )
        if (answer := connection.ask("POST", f"/v1/deals/{DEAL}/events", body)).status not in (200, 201):
            raise RuntimeError(f"the deal was not opened: {answer.body[:300]!r}")


def posts(connection: Connection, deals: Sequence[str] = (DEAL,)) -> Iterator[float]:
    """Post to these deals in turn, without end: the seconds from each request to the last byte of its answer."""
    sent = event()
    for deal_id in cycle(deals):
        answer = connection.ask("POST", f"/v1/deals/{deal_id}/events", sent)
        if answer.status != 201:
            raise RuntimeError(f"a POST was answered {answer.status}: {answer.body[:300]!r}")
        yield answer.seconds


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@contextmanager
def beside(work: Callable[[], T]) -> "Iterator[Future[T]]":
    """Work in a thread, which the block runs beside; it ends before the block is left."""
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(work)


def read_forever(port: int, paths: Sequence[str], readers: int) -> None:
    """Readers that ask these in turn until their process is ended."""
    with ThreadPoolExecutor(readers) as pool:
        for number in range(readers):
            pool.submit(_read, port, [*paths[number:], *paths[:number]])


def _read(port: int, paths: Sequence[str]) -> None:
    with Connection(port, 60.0) as connection:
        for path in cycle(paths):
            connection.ask("GET", path)
