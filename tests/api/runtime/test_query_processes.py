"""Costly queries of long records are computed in a process, with the same answers, and end with their client."""

import os
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread

import httpx
import pytest
from fastapi import FastAPI

from api import limits
from api.app import create_app
from api.cli.in_process import Exchange, InProcessTransport
from api.runtime.query_process import Job, command
from api.runtime.query_processes import QueryProcesses
from api.runtime.tenant_services import TenantServices
from api.settings import Settings
from benchmarks import long_deal
from domain.errors import Busy, TooCostly, UnknownDeal
from domain.time.edtf import parse_moment
from ledger.ledger import Ledger
from projections.cancellation import Token, check
from tests.waiting import until

NOW = parse_moment("2030-01-01T00:00:00Z")
EVENTS = 600
DEAL = "http://127.0.0.1/v1/deals/long"
QUERIES = (
    "/diff?from_valid=2023-01-01&to_valid=2024-01-01",
    "/diff?from_known=2020-01-01T00:00:00Z&to_valid=2024-01-01&known_by=published",
    "/history?path=/deadlines/deadline-7/due",
    "/history?path=/deadlines/nowhere/due",
    "/revisions?path=/terms/term-3/value&valid_at=2025-01-01",
    "/first?path=/deadlines/deadline-7/status&op=eq&value=extended",
    "/digest?since_version=590",
    "/replay?to_version=20",
    "/replay?to_version=100000",
)


def process_id(_services: TenantServices) -> bytes:
    return str(os.getpid()).encode()


def refused(services: TenantServices) -> bytes:
    raise UnknownDeal("There is no such deal.", extra={"nearest": [services.ledger.tenant]})


def endless(marker: Path, _services: TenantServices) -> bytes:
    """A query that ends when it is cancelled, and says so."""
    marker.write_text(str(os.getpid()))
    try:
        while True:
            check()
    finally:
        marker.with_suffix(".ended").touch()


def deaf(marker: Path, _services: TenantServices) -> bytes:
    """A query that makes no checks."""
    marker.write_text(str(os.getpid()))
    while True:
        pass


def endless_parts(marker: Path, _services: TenantServices) -> Iterator[bytes]:
    marker.write_text(str(os.getpid()))
    while True:
        yield b"part" * 10_000


def alive(marker: Path) -> bool:
    try:
        os.kill(int(marker.read_text()), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def services(ledger: Ledger, tmp_path: Path) -> TenantServices:
    ledger.import_batch(long_deal.submissions(events=4), "test")
    return TenantServices.open(ledger, Settings(tenant=ledger.tenant, data=tmp_path, run_workers=False), owned=False)


@pytest.fixture(scope="module")
def shared_processes() -> Iterator[QueryProcesses]:
    made = QueryProcesses(Settings(queries=2, run_workers=False))
    yield made
    made.close()


@pytest.fixture
def processes(shared_processes: QueryProcesses, monkeypatch: pytest.MonkeyPatch) -> QueryProcesses:
    """A pool that computes every query in a process, one at a time for each principal."""
    monkeypatch.setattr(limits, "PROCESS_EVENTS", 1)
    return shared_processes


def test_a_query_of_a_short_deal_starts_no_process(services: TenantServices) -> None:
    processes, here = QueryProcesses(Settings()), str(os.getpid()).encode()
    assert processes.about_deal(services, "a", "long", process_id) == here
    assert processes.about_deal(services, "a", "nowhere", process_id) == here
    assert list(processes.stream_about_log(services, "a", process_id)) == [here]
    assert processes.started == 0


def test_one_process_computes_one_query_after_another(processes: QueryProcesses, services: TenantServices) -> None:
    first = processes.about_deal(services, "a", "long", process_id)
    with pytest.raises(UnknownDeal) as caught:
        processes.about_deal(services, "a", "long", refused)
    assert caught.value.extra == {"nearest": [services.ledger.tenant]}
    assert processes.about_deal(services, "b", "long", process_id) == first != str(os.getpid()).encode()


def test_a_query_past_its_deadline_ends_and_leaves_its_process_to_the_next(
    processes: QueryProcesses, services: TenantServices, tmp_path: Path
) -> None:
    warm = processes.about_deal(services, "a", "long", process_id)
    marker = tmp_path / "endless"
    with pytest.raises(TooCostly) as caught:
        Token(0.5, "Ask for less.").run(lambda: processes.about_deal(services, "a", "long", partial(endless, marker)))
    assert caught.value.extra == {"seconds": 0.5, "narrower": "Ask for less."}
    assert marker.with_suffix(".ended").exists()
    assert processes.about_deal(services, "a", "long", process_id) == warm


def test_a_query_that_makes_no_checks_is_killed(
    processes: QueryProcesses, services: TenantServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "QUERY_GRACE_SECONDS", 0.01)
    marker, token = tmp_path / "deaf", Token(600, "")

    def cancel() -> None:
        until(marker.exists)
        token.cancel("The client left.")

    Thread(target=cancel).start()
    with pytest.raises(Busy):
        token.run(lambda: processes.about_deal(services, "a", "long", partial(deaf, marker)))
    assert not alive(marker)
    assert processes.about_deal(services, "a", "long", process_id) != marker.read_bytes()


def test_a_stream_holds_a_process_of_its_principal_until_its_client_leaves(
    processes: QueryProcesses, services: TenantServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "QUERY_WAIT_SECONDS", 0.01)
    marker = tmp_path / "parts"
    parts = processes.stream_about_deal(services, "a", "long", partial(endless_parts, marker))
    assert next(parts).startswith(b"part")
    with pytest.raises(Busy, match="1 of them for you"):
        processes.about_deal(services, "a", "long", process_id)
    parts.close()  # type: ignore[attr-defined]  # a generator
    assert not alive(marker)
    assert processes.about_deal(services, "a", "long", process_id) != marker.read_bytes()


def test_a_process_ends_with_its_server_whatever_it_computes(services: TenantServices, tmp_path: Path) -> None:
    marker, ledger = tmp_path / "deaf", services.ledger
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(command(theirs.fileno()), pass_fds=[theirs.fileno()])
    theirs.close()
    with Connection(ours.detach()) as server:
        server.send((Settings(tenant=ledger.tenant, data=tmp_path, run_workers=False), 600.0))
        server.send(Job(ledger.conninfo, ledger.tenant, ledger.origin, 0, partial(deaf, marker)))
        until(marker.exists)
    assert process.wait(60) == 0


def test_an_idle_process_ends_and_the_next_query_starts_another(
    services: TenantServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PROCESS_EVENTS", 1)
    monkeypatch.setattr(limits, "QUERY_IDLE_SECONDS", 0.2)
    processes = QueryProcesses(Settings(run_workers=False))
    first = processes.about_deal(services, "a", "long", process_id)
    monkeypatch.setattr(limits, "QUERY_IDLE_SECONDS", 600.0)
    until(lambda: processes.running == 0)
    assert processes.about_deal(services, "a", "long", process_id) != first
    processes.close()


@pytest.fixture
def app(ledger: Ledger, tmp_path: Path) -> FastAPI:
    ledger.import_batch(long_deal.submissions(events=EVENTS), "test")
    return create_app(Settings(tenant=ledger.tenant, data=tmp_path, run_workers=False), ledger)


def test_answers_are_the_same_with_and_without_a_process(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    supposed = {"events": [{"type": "deadline.extended", "occurred": "2025-08-01", "id": "supposed",
                            "data": {"deadline_id": "deadline-7", "by": "party-1", "new_due": "2027-01-01"}}],
                "valid_at": "2025-09-01"}  # fmt: skip
    with httpx.Client(transport=InProcessTransport(app), timeout=600) as client:
        client.get(DEAL)  # opens the log
        monkeypatch.setattr(app.state.runtime.main.reader, "now", lambda: NOW)

        def answers() -> list[tuple[int, bytes]]:
            found = [client.get(DEAL + query) for query in QUERIES]
            found.append(client.post(DEAL + "/what-if", json=supposed))
            found.append(client.post("http://127.0.0.1/v1/audit/verify"))
            return [(each.status_code, each.content) for each in found]

        without = answers()
        assert app.state.runtime.processes.started == 0
        monkeypatch.setattr(limits, "PROCESS_EVENTS", 500)
        assert answers() == without
        assert app.state.runtime.processes.started == 1
        assert sorted({status for status, _ in without}) == [200, 404]


def test_a_query_in_a_process_ends_when_its_client_leaves(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(limits, "PROCESS_EVENTS", 500)
    marker = tmp_path / "endless"
    monkeypatch.setattr("api.deals.temporal_routes.temporal_question", lambda *_, **__: partial(endless, marker))
    transport = InProcessTransport(app)
    try:
        exchange = Exchange(transport, httpx.Request("GET", DEAL + QUERIES[0]))
        until(marker.exists)
        with ThreadPoolExecutor(1) as thread:
            left = thread.submit(exchange.close)
            transport.run(exchange.gone.wait())
            left.result(60)
        until(marker.with_suffix(".ended").exists)
        until(lambda: app.state.runtime.pool.running == 0)
    finally:
        transport.close()
