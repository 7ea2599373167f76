"""Two hundred logs that are open and idle: the share of a core that the server uses for them.

CPU time is counted of all processes of the server, so that other work of the machine changes it little. That of
PostgreSQL is not in it.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import ROUNDS, Result, at_most, result
from benchmarks.processes import Server, cpu_seconds_of_all, serving
from ledger.api_keys import Access
from ledger.database import Database
from ledger.ledger import open_ledger

GOALS = at_most(logs_200_idle_cpu=0.05)

LOGS = 200
SETTLE_SECONDS = 30.0
"""After the logs were opened."""
ROUND_SECONDS = 20.0


def measure(url: str) -> Iterator[Result]:
    with open_ledger(url):
        pass  # which migrates the database
    keys = make_keys(url)
    with TemporaryDirectory(prefix="parley-logs-") as folder, serving(url, Path(folder), rate="0") as server:
        open_all(server, keys)
        time.sleep(SETTLE_SECONDS)
        shares = [busy_share(server) for _ in range(ROUNDS)]
    yield result(GOALS["logs_200_idle_cpu"], f"one core, with {LOGS} open logs that are idle", shares)


def make_keys(url: str) -> list[str]:
    """A key of each of the logs."""
    made = []
    with Database(url, size=1) as shared:
        for number in range(LOGS):
            ledger = open_ledger(url, f"bench-{number}", migrating=False, database=shared)
            made.append(Access(ledger, ledger.tenant).make("bench", "admin", by="bench")[1])
    return made


def open_all(server: Server, keys: list[str]) -> None:
    """Open every log by a request. Raises RuntimeError for an error response."""
    with server.connect() as connection:
        for key in keys:
            answer = connection.ask("GET", "/v1/deals", headers={"Authorization": f"Bearer {key}"})
            if answer.status != 200:
                raise RuntimeError(f"the first request of a log answered {answer.status}: {answer.body[:300]!r}")


def busy_share(server: Server) -> float:
    """CPU time of the server by the time of a round."""
    before, started = cpu_seconds_of_all(server.pid), time.monotonic()
    time.sleep(ROUND_SECONDS)
    return (cpu_seconds_of_all(server.pid) - before) / (time.monotonic() - started)
