"""A server that took 1,000,000 lines over HTTP: its memory, against that of one that took 10,000, and its start."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson

from benchmarks import book
from benchmarks.appends import database
from benchmarks.measure import Result, at_most, result
from benchmarks.processes import Answer, Connection, resident_bytes, serving
from ledger.ledger import open_ledger

GOALS = at_most(import_rss_1m_vs_10k=1.5, start_1m_vs_empty=1.3)

EVENTS = 200
"""Of a deal, on average."""
SMALL, LARGE = 50, 5_000
"""Deals of the two imports."""
IMPORT_SECONDS = 1_200.0

START_ROUNDS = 3


def measure(url: str) -> Iterator[Result]:
    """One import of each size, on a server without workers, for the import alone is measured; then the starts."""
    small, large = (database(url, f"bench_memory_{deals}") for deals in (SMALL, LARGE))
    resident = [_resident_after(small, SMALL), _resident_after(large, LARGE)]
    versus = f"{SMALL * EVENTS:,} lines; one import of each size"
    yield result(GOALS["import_rss_1m_vs_10k"], versus, [resident[1] / resident[0]])
    yield _starts(large, database(url, "bench_empty"))


def _resident_after(url: str, deals: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lines.ndjson"
        write(file, deals, EVENTS)
        with serving(url, Path(folder), run_workers="false") as server, server.connect(IMPORT_SECONDS) as connection:
            imported(connection, file)
            return resident_bytes(server.pid)


def write(file: Path, deals: int, events: int, seed: int = 1) -> int:
    """Write a book as lines to import; how many there are."""
    today, count = datetime.now(UTC).date(), 0
    with file.open("wb") as out:
        for number in range(deals):
            for line in book.lines(number, events, today, seed):
                out.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
                count += 1
    return count


def imported(connection: Connection, file: Path) -> Answer:
    """Import a file. Raises RuntimeError where a line is refused."""
    headers = {"Content-Type": "application/x-ndjson", "Content-Length": str(file.stat().st_size)}
    with file.open("rb") as body:
        answer = connection.ask("POST", "/v1/imports", body, headers)
    if answer.status not in (200, 201):
        raise RuntimeError(f"the import was answered {answer.status}: {answer.body[:500]!r}")
    return answer


def _starts(large: str, empty: str) -> Result:
    """From the start of a server to its readiness, on the long log and on a database without an event."""
    with open_ledger(empty):
        pass  # its schema is made
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for _ in range(START_ROUNDS):
            seconds = [_ready_seconds(each, Path(folder)) for each in (large, empty)]
            ratios.append(seconds[0] / seconds[1])
    return result(GOALS["start_1m_vs_empty"], "the start of a server on an empty log", ratios)


def _ready_seconds(url: str, folder: Path) -> float:
    with serving(url, folder) as server:
        return server.ready_seconds
