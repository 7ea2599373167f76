"""Readers who wait for a position hold no resource that others need; the health routes answer meanwhile."""

import threading
from concurrent.futures import ThreadPoolExecutor

import anyio.to_thread
import httpx
import pytest
from fastapi import FastAPI

from api import limits
from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.api_keys import Access
from ledger.append.writer import lock_key
from ledger.ledger import Ledger
from tests.api.conftest import bid, refused
from tests.api.live_server import Running
from tests.submissions import make_submission
from tests.waiting import LONGEST_SECONDS, until


async def _threads_left() -> float:
    return anyio.to_thread.current_default_thread_limiter().available_tokens


def test_readers_who_wait_for_a_position_hold_no_thread(app: FastAPI, ledger: Ledger) -> None:
    carrier = InProcessTransport(app)
    with httpx.Client(transport=carrier, base_url="http://127.0.0.1", timeout=LONGEST_SECONDS) as client:
        deal = {"deal_id": "d", "title": "D", "kind": "merger", "subject": "target", "occurred": "2020-01-01"}
        assert client.post("/v1/deals", json=deal).status_code == 201
        all_free = carrier.run(_threads_left())
        readers = 60
        with ThreadPoolExecutor(readers) as crowd:
            asked = [crowd.submit(client.get, "/v1/deals/d/state?min_position=2") for _ in range(readers)]
            until(lambda: ledger.hub.followers == readers)
            assert carrier.run(_threads_left()) == all_free
            assert client.post("/v1/deals/d/events", json=bid("b1")).json()["position"] == 2
            assert {each.result(LONGEST_SECONDS).status_code for each in asked} == {200}
        assert ledger.hub.followers == 0


def test_a_position_that_does_not_come_is_waited_for_only_so_long(
    http: httpx.Client, deal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "POSITION_WAIT_SECONDS", 0.05)
    assert "has not reached" in refused(http.get(f"{deal}/state?min_position=99999999999"), 503, "busy")["detail"]
    monkeypatch.setattr(limits, "POSITION_WAITERS", 0)
    assert "wait for the log" in refused(http.get(f"{deal}/state?min_position=99999999999"), 503, "busy")["detail"]


def test_health_is_told_while_every_thread_and_every_connection_is_taken(
    running: Running, app: FastAPI, ledger: Ledger
) -> None:
    Access(ledger, ledger.tenant).make("desk", "reader", by="test")
    app.state.runtime.keys.clear()
    taken, over = threading.Barrier(41), threading.Event()

    def hold() -> None:
        taken.wait(LONGEST_SECONDS)
        over.wait(LONGEST_SECONDS)

    app.add_api_route("/hold", hold)
    with ThreadPoolExecutor(40) as crowd:
        for _ in range(40):
            crowd.submit(httpx.get, f"{running.url}/hold", timeout=LONGEST_SECONDS)
        taken.wait(LONGEST_SECONDS)
        try:
            shown = {"Authorization": "Bearer parley.x.y"}
            assert httpx.get(f"{running.url}/healthz", headers=shown, timeout=LONGEST_SECONDS).json() == {
                "status": "ok"
            }
            assert httpx.get(f"{running.url}/readyz", timeout=LONGEST_SECONDS).status_code == 200
        finally:
            over.set()


def test_a_list_waits_for_a_server_that_has_not_begun_to_update_its_table(ledger: Ledger) -> None:
    ledger.import_batch([make_submission("d", "d-1", "deal.opened", title="D", kind="merger", subject="t")], by="desk")
    other, lock = ledger.database.leader("test"), lock_key(f"projections {ledger.tenant}")
    assert other.lead(lock, lambda: None)
    carrier = InProcessTransport(create_app(Settings(tenant=ledger.tenant), ledger))
    with (
        httpx.Client(transport=carrier, base_url="http://127.0.0.1", timeout=LONGEST_SECONDS) as client,
        ThreadPoolExecutor(1) as asking,
    ):
        asked = asking.submit(client.get, "/v1/deals")
        try:
            with pytest.raises(TimeoutError):
                asked.result(0.4)
        finally:
            other.release(lock)
        assert [each["deal_id"] for each in asked.result(LONGEST_SECONDS).json()["items"]] == ["d"]
