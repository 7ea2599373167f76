"""Many logs open in one server: what they cost it, and the first request of each."""

import threading

import httpx
import pytest
from fastapi import FastAPI

from ledger.database import Database
from ledger.ledger import open_ledger
from projections.tables.deals import DEALS
from tests.api.conftest import opened, refused
from tests.api.runtime.log_clients import admin_keys, app, by, connections, http
from tests.waiting import until

__all__ = ["app", "http"]

LOGS = 60
CONNECTIONS = 20
THREADS = 40


@pytest.fixture
def keys(database: str) -> list[str]:
    """An administrator's key of each log; the first is the main one."""
    return admin_keys(database, LOGS)


def test_many_logs_share_few_connections_and_threads_and_each_is_served_from_its_first_request(
    http: httpx.Client, app: FastAPI, keys: list[str], database: str
) -> None:
    threads = threading.active_count()
    for key in keys:
        for path in ("/v1/deals", "/v1/deadlines"):
            answer = http.get(path, headers=by(key))
            assert (answer.status_code, answer.json()["items"]) == (200, []), answer.text
    assert len(app.state.runtime.tenants.logs) == LOGS
    assert connections(database) <= CONNECTIONS
    assert threading.active_count() - threads <= THREADS
    last = keys[-1]
    http.headers.update(by(last))
    opened(http)
    assert http.get("/v1/deals", params={"min_position": 2}).json()["items"][0]["deal_id"] == "tiktok"
    until(lambda: http.get("/v1/log/checkpoint").text.splitlines()[1:2] == ["2"])
    assert connections(database) <= CONNECTIONS


def test_what_is_recorded_elsewhere_in_each_of_many_logs_is_listed_and_signed_here(
    http: httpx.Client, app: FastAPI, keys: list[str], database: str, submission
) -> None:
    for key in keys[:12]:
        http.get("/v1/deals", headers=by(key))
    logs = list(app.state.runtime.tenants.logs.values())
    with Database(database, size=1) as shared:
        for log in logs:
            with open_ledger(database, log.ledger.tenant, migrating=False, database=shared) as elsewhere:
                elsewhere.import_batch([submission("d", "opened", "deal.opened")], "other")
    until(lambda: all(log.runner.reached.position(DEALS.name) == 1 for log in logs))
    until(lambda: all((head := log.transparency_log.head()) is not None and head.size == 1 for log in logs))


def test_a_log_that_cannot_be_opened_for_lack_of_a_connection_is_unavailable_for_a_moment(
    http: httpx.Client, app: FastAPI, keys: list[str]
) -> None:
    main = app.state.runtime.main.ledger
    reachable, main.conninfo = main.conninfo, "host=127.0.0.1 port=1 dbname=none"
    refused(http.get("/v1/deals", headers=by(keys[1])), 503, "busy")
    main.conninfo = reachable
    assert http.get("/v1/deals", headers=by(keys[1])).status_code == 200
