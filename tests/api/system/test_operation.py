"""Metrics, logs and request ids of the server; an unexpected error reveals no internals."""

import gzip
import json
import logging
import threading
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api import limits
from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.http.routing import ApiRoute
from api.settings import Settings
from ledger.ledger import Ledger
from tests.api.conftest import bid, opened, refused


def test_numbers_are_told_for_prometheus(http: httpx.Client, deal: str, ledger: Ledger) -> None:
    told = http.get("/metrics").text
    held = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in told.splitlines() if line[:1] != "#"}
    log = f'{{log="{ledger.tenant}"}}'
    assert held[f"parley_log_position{log}"] == 2
    assert held[f"parley_append_events_total{log}"] == 2
    assert held[f"parley_signed_lag_events{log}"] == 2
    assert held[f"parley_webhook_queue_messages{log}"] == 0
    assert held[f"parley_clock_behind_seconds{log}"] == 0
    assert held[f'parley_projection_lag_events{{log="{ledger.tenant}",projection="deals"}}'] == 2
    assert held["parley_stream_clients"] == 0
    posted = 'parley_http_answers_total{method="POST",route="/v1/deals/{deal_id}/events",status="201"}'
    assert held[posted] == 1


def test_what_nobody_foresaw_tells_nothing_but_an_id(
    http: httpx.Client, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request: Request) -> Response:
        raise RuntimeError("the password is 1234")

    app.router.routes.insert(0, ApiRoute("/v1/broken", broken, methods=["GET"]))
    with caplog.at_level(logging.ERROR, "parley.requests"):
        answer = http.get("/v1/broken")
    told = refused(answer, 500, "internal-error")
    assert "1234" not in answer.text
    assert told["request_id"] == answer.headers["x-request-id"]
    [record] = [each for each in caplog.records if each.name == "parley.requests"]
    assert getattr(record, "request_id", None) == told["request_id"]
    assert "1234" in str(record.exc_info)


def test_every_answer_is_logged_where_that_is_asked_for(ledger: Ledger, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(tenant=ledger.tenant, run_workers=False, log="requests"), ledger)
    with (
        httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client,
        caplog.at_level(logging.INFO, "parley.requests"),
    ):
        client.get("/v1/deals", headers={"X-Request-Id": "abc"})
    [record] = [each.__dict__ for each in caplog.records if each.name == "parley.requests"]
    assert (record["request_id"], record["status"], record["path"]) == ("abc", 200, "/v1/deals")
    assert record["principal"] == "local"


def test_a_reader_waits_for_the_position_it_asks_for(http: httpx.Client, deal: str) -> None:
    position = http.post(f"{deal}/events", json=bid("b2")).json()["position"]
    assert http.get(f"{deal}/state?min_position={position}").json()["basis"]["known_position"] == position
    refused(http.get(f"{deal}/state?min_position=soon"), 400, "bad-question")


def test_a_long_answer_is_compressed_for_who_takes_that(http: httpx.Client) -> None:
    deal = opened(http)
    http.post(f"{deal}/events", json=[bid(f"b{n}") for n in range(40)])
    exact = f"{deal}/state?valid_at=2020-09-01&known_version=42"
    plain = http.get(exact, headers={"Accept-Encoding": "identity"})
    packed = http.get(exact, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    for etag in (plain.headers["etag"], packed.headers["etag"]):
        assert http.get(exact, headers={"If-None-Match": etag}).status_code == 304
    assert int(packed.headers["content-length"]) < len(gzip.compress(json.dumps({}).encode())) + len(plain.content) // 3


def test_a_body_that_does_not_come_is_not_waited_for(
    http: httpx.Client, deal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BODY_PART_SECONDS", 0.1)
    gate = threading.Event()

    def slow() -> Iterator[bytes]:
        yield b"{"
        gate.wait(20)

    answer = http.post(f"{deal}/events", content=slow())
    gate.set()
    refused(answer, 408, "body-too-slow")
