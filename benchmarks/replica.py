"""Reads of a server on a hot standby against the same reads of a server on its primary."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.doors import load, request
from benchmarks.events import opening
from benchmarks.measure import ROUNDS, Result, at_least, result
from benchmarks.processes import Server, serving
from ledger.ledger import open_ledger
from ledger.postgres.embedded.server import ephemeral
from ledger.postgres.embedded.standby import standby_of

GOALS = at_least(replica_read_vs_primary=0.9)

REQUESTS = 1_500
"""Of each kind in a round."""
WARM_REQUESTS = 300
READS = ("/v1/deals/hot/state?valid_at=2020-09-01", "/v1/deals/hot/events?limit=50", "/v1/deals?limit=50")
"""A state that is at hand, events from the record, and a list from its table."""


def measure(_url: str) -> Iterator[Result]:
    with ExitStack() as stack:
        primary = stack.enter_context(ephemeral(durable=True))
        with open_ledger(primary.url) as ledger:
            ledger.import_batch([opening("hot")], "bench")
        keys = Path(stack.enter_context(TemporaryDirectory(prefix="parley-replica-")))
        there = stack.enter_context(serving(primary.url, keys))
        standby = stack.enter_context(standby_of(primary))
        here = stack.enter_context(serving(standby.url, keys))
        sent = [request("GET", path) for path in READS]
        for server in (there, here):
            _ask(server, sent, WARM_REQUESTS)
        ratios = [_ask(there, sent, REQUESTS) / _ask(here, sent, REQUESTS) for _ in range(ROUNDS)]
    yield result(GOALS["replica_read_vs_primary"], "a server on the primary, the same reads", ratios)


def _ask(server: Server, sent: list[bytes], requests: int) -> float:
    """The seconds that so many requests of each kind take."""
    started = time.perf_counter()
    for each in sent:
        asyncio.run(load(server.port, each, requests))
    return time.perf_counter() - started
