"""A client that disconnects, at any moment, is no server error: nothing is logged as one, nothing is left open."""

import logging
import socket

import httpx
import pytest
from fastapi import FastAPI

from ledger.ledger import Ledger
from tests.api.conftest import bid
from tests.api.live_server import Running
from tests.waiting import LONGEST_SECONDS, until

HOST = b"Host: 127.0.0.1\r\n"
SENT = {
    "before-a-body": b"POST /v1/deals/d/events HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\n",
    "within-a-body": b"POST /v1/deals/d/events HTTP/1.1\r\n" + HOST + b'Content-Length: 100\r\n\r\n{"type": "bid',
    "within-an-import": b"POST /v1/imports HTTP/1.1\r\n" + HOST + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
    "within-a-form": b"POST /sign-in HTTP/1.1\r\nOrigin: http://127.0.0.1\r\n"
    + HOST
    + b"Content-Length: 100\r\n\r\nkey=",
    "within-a-what-if": b"POST /v1/deals/d/what-if HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\n{",
    "within-a-note": b"POST /v1/audit/verify HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\nlog",
    "before-an-answer": b"GET /v1/deals/d/state HTTP/1.1\r\n" + HOST + b"\r\n",
    "within-a-stream": b"GET /v1/stream HTTP/1.1\r\n" + HOST + b"\r\n",
    "within-an-export": b"GET /v1/events HTTP/1.1\r\n" + HOST + b"Accept: application/x-ndjson\r\n\r\n",
    "within-a-head": b"GET /v1/deals HTTP/1.1\r\nHo",
    "ahead-of-answers": (b"GET /v1/deals HTTP/1.1\r\n" + HOST + b"\r\n") * 20,
    "within-a-page": b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",
}


@pytest.mark.parametrize("moment", SENT)
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_a_client_that_hangs_up_is_no_fault_of_ours(
    running: Running, app: FastAPI, moment: str, reset: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        made = running.connect(SENT[moment])
        if "stream" in moment:
            made.recv(1)
        if reset:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        made.close()
        state = running.server.server_state
        until(lambda: not state.tasks and not state.connections)
        assert app.state.runtime.streams == 0
        assert httpx.get(f"{running.url}/healthz", timeout=LONGEST_SECONDS).status_code == 200
    assert [record.getMessage() for record in caplog.records] == []


def test_what_was_sent_in_part_is_not_recorded(running: Running, ledger: Ledger, http: httpx.Client) -> None:
    opening = {"deal_id": "d", "title": "D", "kind": "merger", "subject": "target", "occurred": "2020-01-01"}
    assert http.post("/v1/deals", json=opening).status_code == 201
    line = b'{"deal_id": "d", "type": "deal.paused", "occurred": "2020-02-01", "data": {}}\n'
    head = b"POST /v1/imports HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % (2 * len(line))
    running.connect(head + line).close()
    assert http.post("/v1/deals/d/events", json=bid("b1")).json()["version"] == 2
    assert ledger.head().position == 2
