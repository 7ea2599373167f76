"""The server is killed and its database falls over while a crowd writes and others follow: every event once, no gap."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from api.client.client import Client
from api.client.errors import ApiError, ServerUnavailable
from api.client.subscription import follow
from ledger.ledger import Ledger, open_ledger
from ledger.models import Recorded
from ledger.postgres.embedded.server import Embedded, running
from ledger.subscription.hub import STRETCH_EVENTS
from projections.batch_update import position_of
from projections.rebuild import rebuild
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS, list_deals
from tests.cli.conftest import Serving, start
from tests.waiting import until

EVENTS = int(os.environ.get("PARLEY_TEST_CRASH_EVENTS", "1000"))
"""A tenth of the 10,000 that are promised: what is tried are the interruptions, and the whole suite takes minutes."""

WRITERS = 64
DEALS_WRITTEN = 8
FOLLOWERS = 3
PATIENCE_SECONDS = 30 + EVENTS / 50

started = contextmanager(start)

Acknowledged = dict[str, tuple[int, int]]
"""Version and position by event id, from the receipts."""


class Server:
    """`parley serve` on a data folder, killed without a word and started again on the same port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.up = threading.Event()
        self._life = ExitStack()
        self.url = self._begin("0").url

    def _begin(self, port: str) -> Serving:
        serving = self._life.enter_context(started("serve", "--data", str(self.data), "--port", port))
        self.up.set()
        return serving

    def kill(self) -> None:
        """SIGKILL, at once."""
        self.up.clear()
        self._life.close()

    def again(self) -> None:
        self._begin(self.url.rpartition(":")[2])


class Crowd:
    """Clients that post one event each in turn, and again with the same id until it is acknowledged."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.acknowledged: Acknowledged = {}
        self.repeated = 0
        self._numbers = count(1)
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, share: float) -> None:
        """Until this share of the events is acknowledged."""
        with self._changed:
            wanted = int(EVENTS * share)
            assert self._changed.wait_for(lambda: len(self.acknowledged) >= wanted, PATIENCE_SECONDS)

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
            assert not thread.is_alive()

    def _write(self) -> None:
        with Client(self.server.url) as parley:
            while (number := next(self._numbers)) <= EVENTS:
                deal, event = f"deal-{number % DEALS_WRITTEN}", bid(number)
                [recorded] = self._insist(lambda: parley.record(deal, event))["events"]  # noqa: B023 - called at once
                with self._changed:
                    self.acknowledged[event["id"]] = (recorded["version"], recorded["position"])
                    self._changed.notify_all()

    def _insist(self, post: Callable[[], Any]) -> Any:
        while True:
            assert self.server.up.wait(PATIENCE_SECONDS)
            try:
                return post()
            except ServerUnavailable:
                self.repeated += 1
            except ApiError as refused:
                if refused.status != 503:
                    raise
                self.repeated += 1


class Follower:
    """Reads the live stream from the start of the log until the last position, through every interruption."""

    def __init__(self, url: str, last: int) -> None:
        self.url = url
        self.last = last
        self.seen: list[tuple[int, str]] = []
        self.begun = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(PATIENCE_SECONDS)
        assert not self._thread.is_alive(), f"{self.seen[-1:]} of {self.last}"

    def _follow(self) -> None:
        with Client(self.url) as parley:
            for event in follow(parley, after=0):
                self.seen.append((event["position"], event["id"]))
                self.begun.set()
                if event["position"] >= self.last:
                    return


def bid(number: int) -> dict[str, Any]:
    data = {"bid_id": f"bid-{number % 7}", "bidders": ["oracle"]}
    return {"id": f"e{number}", "type": "bid.submitted", "occurred": "2020-08-20", "data": data}


def fell_over(database: Embedded) -> None:
    """PostgreSQL drops everything, connections and memory, as in a crash, and is started again by its supervisor."""
    told = database.data / "server.json"
    before = json.loads(told.read_text(encoding="utf-8"))["pid"]
    os.kill(before, signal.SIGQUIT)


def whole_log(ledger: Ledger) -> list[Recorded]:
    rows: list[Recorded] = []
    while stretch := ledger.read_log(len(rows), STRETCH_EVENTS):
        rows += stretch
    return rows


@pytest.fixture
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A durable PostgreSQL on a data folder of its own; the test's use of it outlives the servers that are killed."""
    with running(tmp_path_factory.mktemp("crashes") / "data") as embedded:
        yield embedded


def test_a_server_killed_three_times_and_its_database_once_records_every_event_once(database: Embedded) -> None:
    server = Server(database.data)
    last = DEALS_WRITTEN + EVENTS
    try:
        with Client(server.url) as parley:
            for number in range(DEALS_WRITTEN):
                parley.record(f"deal-{number}", opening(number))
        followers = [Follower(server.url, last) for _ in range(FOLLOWERS)]
        assert all(follower.begun.wait(PATIENCE_SECONDS) for follower in followers)
        crowd = Crowd(server)
        for share in (0.2, 0.4, 0.6, 0.8):
            crowd.wait_for(share)
            if share == 0.6:
                fell_over(database)
            else:
                server.kill()
                server.again()
        crowd.join()
        assert crowd.repeated >= 4

        with open_ledger(database.url) as ledger:
            rows = whole_log(ledger)
            assert [row.position for row in rows] == list(range(1, last + 1))
            wanted = {f"e{number}" for number in range(1, EVENTS + 1)} | {f"o{n}" for n in range(DEALS_WRITTEN)}
            assert {row.id for row in rows} == wanted
            told = {row.id: (row.version, row.position) for row in rows if row.id.startswith("e")}
            assert crowd.acknowledged == told
            for number in range(DEALS_WRITTEN):
                versions = [row.version for row in rows if row.deal_id == f"deal-{number}"]
                assert versions == list(range(1, len(versions) + 1))

            for follower in followers:
                follower.join()
                assert follower.seen == [(row.position, row.id) for row in rows]

            until(lambda: position_of(ledger, DEALS) >= last, PATIENCE_SECONDS)
            live = list_deals(ledger)
            assert [row.version for row in live] == [EVENTS // DEALS_WRITTEN + 1] * DEALS_WRITTEN
            with Client(server.url) as parley:
                served = {row.deal_id: parley.state(row.deal_id)["state_hash"] for row in live}
            server.kill()
            reader = StateReader(ledger)
            rebuild(ledger, DEALS, reader)
            assert list_deals(ledger) == live
            assert {row.deal_id: reader.state(row.deal_id)["state_hash"] for row in live} == served
    finally:
        server.kill()


def opening(number: int) -> dict[str, Any]:
    data = {"title": f"Deal {number}", "kind": "merger", "subject": "target"}
    return {"id": f"o{number}", "type": "deal.opened", "occurred": "2020-01-01", "data": data}
