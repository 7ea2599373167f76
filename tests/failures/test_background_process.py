"""The background process of a server: killed, stopped, run alone, and run by two servers of one database."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.client.client import Client
from api.client.errors import ApiError, ServerUnavailable
from ledger.ledger import Ledger, open_ledger
from projections.batch_update import position_of
from projections.tables.deals import DEALS
from tests.cli.conftest import COMMAND, start
from tests.failures.test_crashes import bid, opening
from tests.failures.test_supervisor import is_alive
from tests.waiting import LONGEST_SECONDS, until

WRITERS = 8
EVENTS = 200

serving = contextmanager(start)


def children(pid: int) -> list[int]:
    """The processes that a server runs, in the order in which they were started: the background last."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    started: dict[int, int] = {}
    for child in map(int, found):
        with suppress(FileNotFoundError):  # it has just ended
            status = Path(f"/proc/{child}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            started[child] = int(status[19])
    return sorted(started, key=lambda child: started[child])


def covered(ledger: Ledger) -> bool:
    """Whether all that is recorded is signed, and in the projections."""
    head = ledger.head().position
    signed = ledger.rows("newest_checkpoint")
    return bool(signed) and signed[0][0] == head and position_of(ledger, DEALS) == head


def failing(url: str) -> list[str]:
    """The workers that fail, by the server's readiness."""
    return [each["worker"] for each in httpx.get(f"{url}/readyz", timeout=LONGEST_SECONDS).json()["failures"]]


def leading(url: str) -> dict[str, float]:
    """Whether each worker leads, by the server's metrics."""
    text = httpx.get(f"{url}/metrics", timeout=LONGEST_SECONDS).text
    return {
        sample.labels["worker"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "parley_worker_leading"
    }


class Writers:
    """Clients that post one event each in turn, and again with the same id until it is acknowledged."""

    def __init__(self, url: str) -> None:
        self.acknowledged: set[str] = set()
        self._url = url
        self._numbers = count(1)
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, share: float) -> None:
        """Until this share of the events is acknowledged."""
        until(lambda: len(self.acknowledged) >= EVENTS * share)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(LONGEST_SECONDS)
            assert not thread.is_alive()

    def _write(self) -> None:
        with Client(self._url) as parley:
            while (number := next(self._numbers)) <= EVENTS:
                while not self._posted(parley, number):
                    pass
                self.acknowledged.add(f"e{number}")

    @staticmethod
    def _posted(parley: Client, number: int) -> bool:
        try:
            parley.record("deal-0", bid(number))
        except (ServerUnavailable, ApiError) as refused:
            if isinstance(refused, ApiError) and refused.status != 503:
                raise
            return False
        return True


def kill_and_wait(server: int, killed: int) -> None:
    """Kill a process of a server, and wait until there is another in its place."""
    before = len(children(server))
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(now := children(server)) == before and killed not in now)


def test_processes_that_are_killed_under_writers_lose_nothing_and_the_background_goes_on(database: str) -> None:
    with serving("serve", "--database", database, "--port", "0", "--workers", "2") as server:
        pid = server.process.pid
        first = until(lambda: found if len(found := children(pid)) == 3 else None)
        with Client(server.url) as parley:
            parley.record("deal-0", opening(0))
        writers = Writers(server.url)
        for share, victim in ((0.2, -1), (0.5, 0), (0.8, -1)):
            writers.wait_for(share)
            kill_and_wait(pid, first[victim] if victim == 0 else children(pid)[victim])
        writers.join()

        with open_ledger(database, migrating=False) as ledger:
            rows = ledger.read_log(0)
            assert [row.position for row in rows] == list(range(1, EVENTS + 2))
            assert {row.id for row in rows} == {"o0"} | writers.acknowledged
            assert len(writers.acknowledged) == EVENTS
            until(lambda: covered(ledger))
        listed = httpx.get(f"{server.url}/v1/deals?min_position={EVENTS + 1}", timeout=LONGEST_SECONDS).json()
        assert (listed["as_of_position"], listed["lag"]) == (EVENTS + 1, 0)
        until(lambda: failing(server.url) == [])

        ended = children(pid)
        assert server.stop(signal.SIGTERM) == 0
        assert not any(map(is_alive, ended))


@contextmanager
def working(database: str) -> Iterator["subprocess.Popen[str]"]:
    """`parley work` on a database, once it works."""
    process = subprocess.Popen([*COMMAND, "work", "--database", database], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert "Parley works" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_background_that_runs_alone_works_for_all_servers_until_it_stops_and_another_takes_over(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with working(database) as background, serving("serve", "--database", database, "--port", "0") as other:
        monkeypatch.setenv("PARLEY_RUN_WORKERS", "false")
        with serving("serve", "--database", database, "--port", "0") as server:
            assert children(server.process.pid) == []
            with closing(open_ledger(database, migrating=False)) as ledger, Client(server.url) as parley:
                assert listed(parley, 0) == 1
                until(lambda: leading(server.url) == {"signer": 1, "projections": 1})
                until(lambda: leading(other.url) == {"signer": 0, "projections": 0})
                until(lambda: covered(ledger))

                background.send_signal(signal.SIGTERM)
                assert background.wait(LONGEST_SECONDS) == 0
                assert listed(parley, 1) == 2
                until(lambda: covered(ledger))
                until(lambda: leading(other.url) == {"signer": 1, "projections": 1})
        assert other.stop(signal.SIGTERM) == 0


def listed(parley: Client, number: int) -> int:
    """Open a deal; the number of deals that a list has which waits for it."""
    receipt: dict[str, Any] = parley.record(f"deal-{number}", opening(number))
    return len(parley.get("/v1/deals", min_position=receipt["position"])["items"])
