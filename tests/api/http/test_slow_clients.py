"""Clients that send nothing, send slowly or read nothing are let go in time; a full server says so and recovers."""

import contextlib
import resource
import socket
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from api import limits
from api.http.connection import connections_most
from tests.api.conftest import bid
from tests.api.live_server import Running, read_all, status_of
from tests.waiting import LONGEST_SECONDS, until

GET = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of time so short that a test can wait for them."""
    monkeypatch.setattr(limits, "HEAD_SECONDS", 1.0)  # a client connects, and has to be scheduled before it sends
    monkeypatch.setattr(limits, "LINGER_SECONDS", 0.3)
    monkeypatch.setattr(limits, "BODY_PART_SECONDS", 0.3)
    monkeypatch.setattr(limits, "SLOW_SECONDS", 0.3)
    monkeypatch.setattr(limits, "IDLE_SECONDS", 0.3)


@pytest.fixture
def running(hasty: None, app: FastAPI) -> Iterator[Running]:
    server = Running(app)
    yield server
    server.stop()


def dripping(running: Running, start: bytes, drop: bytes) -> bytes:
    """What is answered to a client that goes on byte by byte."""
    with running.connect(start) as made, contextlib.suppress(ConnectionError):
        made.settimeout(0.05)
        for _ in range(400):
            made.sendall(drop)
            with contextlib.suppress(TimeoutError):
                return made.recv(4096)
    return b""


def test_a_connection_on_which_nothing_is_asked_ends(running: Running) -> None:
    assert running.say() == b""


@pytest.mark.parametrize("said", [b"G", GET, b"\r\n"])
def test_a_request_whose_head_does_not_come_is_not_waited_for(running: Running, said: bytes) -> None:
    assert status_of(running.say(said)) in (408, 0)


def test_a_head_that_drips_gains_no_time_by_it(running: Running) -> None:
    assert status_of(dripping(running, GET, b"X")) == 408


def test_the_head_of_a_later_request_is_not_waited_for_either(running: Running) -> None:
    answer = running.say(GET + b"\r\n" + GET)
    assert answer.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 408" in answer


def test_a_body_that_drips_is_not_waited_for(running: Running) -> None:
    head = b"POST /v1/deals HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
    assert status_of(dripping(running, head, b" ")) == 408


def test_the_rest_of_a_body_that_nobody_reads_is_not_waited_for(running: Running) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n"
    assert status_of(running.say(head)) == 200


def test_a_client_that_reads_nothing_of_a_long_answer_is_let_go(running: Running, http: httpx.Client) -> None:
    opening = {"deal_id": "d", "title": "D", "kind": "merger", "subject": "target", "occurred": "2020-01-01"}
    assert http.post("/v1/deals", json=opening).status_code == 201
    long = [bid(f"b{n}", note="x" * 40_000) for n in range(20)]
    assert http.post("/v1/deals/d/events", json=long).status_code == 201
    ask = b"GET /v1/events?limit=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.settimeout(LONGEST_SECONDS)
    made.connect(running.listener.getsockname())
    with made:
        made.sendall(ask * 20)
        until(lambda: not running.server.server_state.connections)


def test_a_full_server_says_so_and_makes_room_for_those_who_ask(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HEAD_SECONDS", 600.0)
    monkeypatch.setattr(limits, "IDLE_FREED_SECONDS", 600.0)
    running = Running(app, connections=8)
    try:
        held = [running.connect() for _ in range(8)]
        monkeypatch.setattr(limits, "REFUSED_CONNECTIONS", 4)
        crowd = [running.connect() for _ in range(8)]
        told = [read_all(made) for made in crowd]
        assert [status_of(answer) for answer in told] == [503] * 8
        assert b"retry-after: 1" in told[0].lower()
        monkeypatch.setattr(limits, "IDLE_FREED_SECONDS", 0.0)
        assert httpx.get(f"{running.url}/healthz", timeout=LONGEST_SECONDS).status_code == 200
        assert len(running.server.server_state.connections) <= 8
        for made in (*held, *crowd):
            made.close()
    finally:
        running.stop()


def test_connections_leave_open_files_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    for open_files, most in ((400, 272), (1024, 768), (64, 32), (65536, 10_000), (resource.RLIM_INFINITY, 10_000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=open_files: (soft, soft))
        assert connections_most(10_000) == most
