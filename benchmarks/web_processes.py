"""Two web processes on one socket against one: how many hot states a second they answer.

The clients share the cores with the servers, so on two cores the ratio is below two however well the servers scale.
"""

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

GOALS = at_least(workers_2_vs_1=1.6)

REQUESTS = 6_000
"""Of a round."""
WARM_REQUESTS = 1_000


def measure(url: str) -> Iterator[Result]:
    with open_ledger(url) as ledger:
        ledger.import_batch([opening("hot")], "bench")
    reading = request("GET", "/v1/deals/hot/state?valid_at=2020-09-01")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="parley-workers-")))
        one, two = (stack.enter_context(serving(url, folder / str(n), workers=str(n))) for n in (1, 2))
        for server in (one, two):
            asyncio.run(load(server.port, reading, WARM_REQUESTS))
        ratios = [rate(two, reading) / rate(one, reading) for _ in range(ROUNDS)]
    yield result(GOALS["workers_2_vs_1"], "one web process, the clients on the same cores", ratios)


def rate(server: Server, sent: bytes) -> float:
    """Requests a second."""
    started = time.perf_counter()
    asyncio.run(load(server.port, sent, REQUESTS))
    return REQUESTS / (time.perf_counter() - started)
