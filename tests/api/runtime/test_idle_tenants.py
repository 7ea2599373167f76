"""The logs of many tenants on one server: so many are open at once, and unused ones are closed."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from tests.api.conftest import bid, opened, refused
from tests.api.runtime.log_clients import admin_keys, by, connections
from tests.waiting import until

TENANTS = 4
OPEN = 2
CONNECTIONS_A_LOG = 4


@pytest.fixture
def keys(database: str) -> list[str]:
    """An administrator's key of each tenant; the first is the main one."""
    return admin_keys(database, TENANTS)


@pytest.fixture
def app(database: str, tmp_path: Path) -> FastAPI:
    return create_app(Settings(database=database, tenant="t0", data=tmp_path, logs=OPEN))


@pytest.fixture
def http(app: FastAPI, keys: list[str]) -> Iterator[httpx.Client]:
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


def workers() -> int:
    """The threads that work for logs, but for the heartbeats, which come and go with transactions."""
    names = [thread.name for thread in threading.enumerate()]
    return sum(name.startswith("parley-") and name != "parley-heartbeat" for name in names)


def test_as_many_logs_as_are_allowed_are_open_and_all_are_served(
    http: httpx.Client, app: FastAPI, keys: list[str], database: str
) -> None:
    most = connections(database) + OPEN * CONNECTIONS_A_LOG + 8  # the pool that all share
    for number, key in enumerate(keys[1:]):
        http.headers.update(by(key))
        assert http.post(f"{opened(http)}/events", json=bid(id=f"by-{number}")).status_code == 201
        assert len(app.state.runtime.tenants.logs) <= 1 + OPEN
        assert connections(database) <= most
    for number, key in enumerate(keys[1:]):
        ids = [each["id"] for each in http.get("/v1/deals/tiktok/events", headers=by(key)).json()["items"]]
        assert ids[1:] == ["first-bid", f"by-{number}"]
        assert len(app.state.runtime.tenants.logs) <= 1 + OPEN


def test_a_log_that_nobody_uses_is_closed_with_all_that_worked_for_it(
    http: httpx.Client, app: FastAPI, keys: list[str], database: str
) -> None:
    tenants = app.state.runtime.tenants
    for key in keys[:2]:  # the main log, too: it starts to listen when it is first used
        assert http.get("/v1/deals", headers=by(key)).status_code == 200
    tenants.close_idle(0.0)
    threads, alone = workers(), connections(database)
    for key in keys[1:3]:
        assert http.get("/v1/deals", headers=by(key)).status_code == 200
    assert list(tenants.logs) == ["t0", "t1", "t2"]
    assert workers() == threads, "an open log costs no thread"
    tenants.close_idle(60.0)
    assert list(tenants.logs) == ["t0", "t1", "t2"]
    tenants.close_idle(0.0)
    assert list(tenants.logs) == ["t0"]
    until(lambda: workers() == threads)
    until(lambda: connections(database) <= alone + 8)
    assert http.get("/v1/deals", headers=by(keys[1])).status_code == 200


def test_a_log_in_use_stays_open_and_who_finds_no_room_is_told(
    http: httpx.Client, app: FastAPI, keys: list[str]
) -> None:
    tenants = app.state.runtime.tenants
    for key in keys[1 : 1 + OPEN]:
        http.get("/v1/deals", headers=by(key))
    in_use = [tenants.logs["t1"], tenants.logs["t2"]]
    assert all(map(tenants.enter, in_use))
    tenants.close_idle(0.0)
    assert list(tenants.logs) == ["t0", "t1", "t2"]
    refused(http.get("/v1/deals", headers=by(keys[3])), 503, "busy")
    tenants.leave(in_use[1])
    assert http.get("/v1/deals", headers=by(keys[3])).status_code == 200
    assert list(tenants.logs) == ["t0", "t1", "t3"]


def test_an_open_log_is_found_while_another_is_being_opened(http: httpx.Client, app: FastAPI, keys: list[str]) -> None:
    tenants = app.state.runtime.tenants
    http.get("/v1/deals", headers=by(keys[1]))
    with ThreadPoolExecutor(1) as pool, tenants._opening:
        assert pool.submit(tenants.open, "t1").result(timeout=30) is tenants.logs["t1"]


def test_room_is_made_by_one_question_about_the_log_unused_longest(
    http: httpx.Client, app: FastAPI, keys: list[str]
) -> None:
    for key in keys[1 : 1 + OPEN]:
        http.get("/v1/deals", headers=by(key))
    asked: list[str] = []
    for name, log in app.state.runtime.tenants.logs.items():
        log.unfinished.append(lambda name=name: asked.append(name))
    assert http.get("/v1/deals", headers=by(keys[3])).status_code == 200
    assert asked == ["t1"]
    assert list(app.state.runtime.tenants.logs) == ["t0", "t2", "t3"]


def test_a_log_that_was_closed_is_not_entered(http: httpx.Client, app: FastAPI, keys: list[str]) -> None:
    tenants = app.state.runtime.tenants
    http.get("/v1/deals", headers=by(keys[1]))
    log = tenants.logs["t1"]
    tenants.close_idle(0.0)
    assert not tenants.enter(log)


def test_a_log_with_webhooks_stays_open_for_what_time_makes_due(
    http: httpx.Client, app: FastAPI, keys: list[str]
) -> None:
    tenants = app.state.runtime.tenants
    hook: Any = {"url": "https://example.com/hook"}
    assert http.post("/v1/webhooks", json=hook, headers=by(keys[1])).status_code == 201
    tenants.close_idle(0.0)
    assert list(tenants.logs) == ["t0", "t1"]


def test_a_log_stays_open_until_its_newest_head_is_timestamped(database: str, tmp_path: Path, keys: list[str]) -> None:
    settings = Settings(database=database, tenant="t0", data=tmp_path, logs=OPEN, timestamp_url="http://127.0.0.1:9/")
    app = create_app(settings)
    tenants = app.state.runtime.tenants
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        assert client.get("/v1/deals", headers=by(keys[2])).status_code == 200
        client.headers.update(by(keys[1]))
        opened(client)
        until(lambda: client.get("/v1/log/checkpoint").status_code == 200)
        tenants.close_idle(0.0)
        assert list(tenants.logs) == ["t0", "t1"]
