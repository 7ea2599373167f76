"""Heavy questions about a deal of 20,000 events: what they cost beside states, and what they cost those who post."""

import random
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from threading import Event

from benchmarks import long_deal
from benchmarks.loading import load
from benchmarks.measure import Missing, Result, at_most, result
from benchmarks.posting import beside, opened, percentile, posts
from benchmarks.processes import Connection, Server, serving
from ledger.ledger import open_ledger

GOALS = at_most(heavy_vs_idle_p99=2, diff_20k_vs_state=4)

ROUNDS = 5
POSTS = 600
"""A round, of each kind: six are beyond the 99th percentile."""

STRETCH_DAYS = 365
"""Between the two moments of a difference."""

TIMEOUT_SECONDS = 60.0


def measure(url: str) -> Iterator[Result]:
    """The ratios, on an empty server."""
    with tempfile.TemporaryDirectory() as folder:
        with open_ledger(url) as ledger:
            load(url, ledger, [long_deal.submissions])
        with serving(url, Path(folder)) as server, server.connect(TIMEOUT_SECONDS) as connection:
            draw = random.Random(1)
            state_seconds(connection, draw)  # the deal is read
            ratios = [difference_ratio(connection, draw) for _ in range(ROUNDS)]
            yield result(GOALS["diff_20k_vs_state"], "two states on drawn days", ratios)
            opened(server)
            ratios = [p99_ratio(server, draw) for _ in range(ROUNDS)]
            yield result(GOALS["heavy_vs_idle_p99"], "a POST's p99 while nothing else is asked", ratios)


def difference_ratio(connection: Connection, draw: random.Random) -> float:
    """The seconds of a difference of a year by those of two states, each of moments that were not asked before."""
    states = state_seconds(connection, draw) + state_seconds(connection, draw)
    answer = connection.ask("GET", _difference(*_moments(draw)))
    if answer.status != 200:
        raise Missing(f"the difference of a year was answered {answer.status} after {answer.seconds:.0f} s")
    return answer.seconds / states


def state_seconds(connection: Connection, draw: random.Random) -> float:
    """The seconds of one state."""
    return connection.get(f"/v1/deals/{long_deal.DEAL}/state?valid_at={_moments(draw)[0]}").seconds


def p99_ratio(server: Server, draw: random.Random) -> float:
    """The 99th percentile of POSTs while differences are asked, one after the other, by that of POSTs alone."""
    with server.connect() as posting:
        each = posts(posting)
        alone = list(islice(each, POSTS))
        enough = Event()
        with beside(partial(_ask_differences, server, draw, enough)) as asking:
            loaded = list(islice(each, POSTS))
            enough.set()
        asking.result()
    return percentile(loaded, 0.99) / percentile(alone, 0.99)


def _ask_differences(server: Server, draw: random.Random, enough: Event) -> None:
    """Ask until it is enough; the last answer is waited for. One that was too costly (503) is an answer."""
    with server.connect(TIMEOUT_SECONDS) as connection:
        while not enough.is_set():
            connection.ask("GET", _difference(*_moments(draw)))


def _moments(draw: random.Random) -> tuple[str, str]:
    begins = long_deal.FIRST + timedelta(days=draw.randrange(long_deal.DAYS - STRETCH_DAYS))
    time = f"T{draw.randrange(24):02}:{draw.randrange(60):02}:{draw.randrange(60):02}Z"
    return f"{begins}{time}", f"{begins + timedelta(days=STRETCH_DAYS)}{time}"


def _difference(begins: str, ends: str) -> str:
    return f"/v1/deals/{long_deal.DEAL}/diff?from_valid={begins}&to_valid={ends}"
