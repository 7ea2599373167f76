"""A stream ends within seconds once its reader could not open it again; nothing recorded later is sent on it."""

from collections.abc import Callable, Iterator

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api import limits
from api.runtime import key_cache
from domain.time.instants import SECOND
from ledger.api_keys import Access
from ledger.ledger import Ledger
from projections.state.state_reader import clock
from tests.api.conftest import opened
from tests.api.live_server import Running
from tests.waiting import LONGEST_SECONDS


@pytest.fixture
def running(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(limits, "ADMISSION_SECONDS", 0.05)
    monkeypatch.setattr(key_cache, "CACHE_SECONDS", 0.1)
    server = Running(app)
    yield server
    server.stop()


def followed(running: Running, key: str | None, then: Callable[[], object]) -> str:
    """All that a stream sends to its end, when something happens after its first message."""
    shown = {"Authorization": f"Bearer {key}"} if key else {}
    with httpx.stream("GET", f"{running.url}/v1/stream?after=0", headers=shown, timeout=LONGEST_SECONDS) as answer:
        assert answer.status_code == 200
        parts = answer.iter_text()
        told = next(parts)
        then()
        return told + "".join(parts)


def test_a_key_that_is_revoked_by_another_process_ends_its_streams(running: Running, ledger: Ledger) -> None:
    access = Access(ledger, ledger.tenant)
    held, key = access.make("desk", "reader", by="test")
    told = followed(running, key, lambda: access.revoke(held.id, by="test"))
    assert told.startswith("retry:")


def test_a_key_that_expires_ends_its_streams(running: Running, ledger: Ledger) -> None:
    held, key = Access(ledger, ledger.tenant).make("desk", "reader", by="test", expires_at=clock() + 3600 * SECOND)

    def expire() -> None:
        with psycopg.connect(ledger.conninfo) as connection:
            connection.execute("UPDATE api_keys SET expires_at = clock_timestamp() WHERE id = %s", (held.id,))

    assert followed(running, key, expire)


def test_the_first_key_ends_the_streams_of_those_who_showed_none(
    running: Running, ledger: Ledger, http: httpx.Client
) -> None:
    opened(http)
    told = followed(running, None, lambda: Access(ledger, ledger.tenant).make("desk", "reader", by="test"))
    assert "event: deal.opened" in told


def test_a_key_that_holds_keeps_its_stream(running: Running, ledger: Ledger, http: httpx.Client) -> None:
    access = Access(ledger, ledger.tenant)
    revoked, _ = access.make("other", "reader", by="test")
    _, key = access.make("desk", "recorder", by="test")
    shown = {"Authorization": f"Bearer {key}"}
    with httpx.stream("GET", f"{running.url}/v1/stream", headers=shown, timeout=LONGEST_SECONDS) as answer:
        parts = answer.iter_text()
        assert next(parts).startswith("retry:")
        access.revoke(revoked.id, by="test")
        opening = {"deal_id": "d", "title": "D", "kind": "merger", "subject": "target", "occurred": "2020-01-01"}
        for _ in range(3):
            assert httpx.get(f"{running.url}/v1/deals", headers=shown, timeout=LONGEST_SECONDS).status_code == 200
        assert (
            httpx.post(f"{running.url}/v1/deals", json=opening, headers=shown, timeout=LONGEST_SECONDS).status_code
            == 201
        )
        assert "event: deal.opened" in next(parts)
