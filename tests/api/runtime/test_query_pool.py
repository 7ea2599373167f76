"""Costly queries are bounded: in number, in time, and by the client's connection."""

import asyncio
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import StreamingResponse

from api import limits
from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.runtime.query_pool import QueryPool
from api.settings import Settings
from domain.errors import Busy, TooCostly
from ledger.ledger import Ledger
from ledger.models import Request as Append
from projections.cancellation import STRIDE, Token, check, checked
from projections.state.state_reader import StateReader
from tests.api.conftest import opened, refused

NARROWER = "Ask for less."


def request_that_stays() -> Request:
    """A request whose client waits for ever."""
    return Request({"type": "http", "headers": []}, asyncio.Event().wait)


def request_left_after(event: asyncio.Event) -> Request:
    """A request whose client leaves when the event is set."""

    async def receive() -> dict[str, Any]:
        await event.wait()
        return {"type": "http.disconnect"}

    return Request({"type": "http", "headers": []}, receive)


def without_end(started: Callable[[], object] = lambda: None) -> None:
    """Work that ends by cancellation alone."""
    started()
    while True:
        check()


async def read_all(answer: StreamingResponse) -> bytes:
    return b"".join([bytes(part) async for part in answer.body_iterator])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the pool does not signal when a worker is free
            await asyncio.sleep(0.005)


@pytest.fixture
def pool() -> Iterator[QueryPool]:
    """A pool of two workers, of which one principal has one, with a deadline that no test waits for."""
    made = QueryPool(workers=2, seconds=600)
    yield made
    made.close()


def test_a_query_past_its_deadline_ends_and_names_a_narrower_one() -> None:
    async def ask(pool: QueryPool) -> None:
        with pytest.raises(TooCostly) as caught:
            await pool.answer(request_that_stays(), "a", without_end, NARROWER)
        assert NARROWER in caught.value.detail
        assert caught.value.extra == {"seconds": 0.05, "narrower": NARROWER}
        await until(lambda: pool.running == 0)

    pool = QueryPool(workers=1, seconds=0.05)
    asyncio.run(ask(pool))
    pool.close()


def test_work_that_makes_no_checks_is_answered_without_and_keeps_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "QUERY_GRACE_SECONDS", 0.01)
    go_on = Event()

    async def ask(pool: QueryPool) -> None:
        with pytest.raises(TooCostly):
            await pool.answer(request_that_stays(), "a", go_on.wait, NARROWER)
        assert pool.running == 1
        go_on.set()
        await until(lambda: pool.running == 0)

    pool = QueryPool(workers=1, seconds=0.5)  # long enough for the work to start on a busy machine
    asyncio.run(ask(pool))
    pool.close()


def test_a_query_ends_when_its_client_leaves(pool: QueryPool) -> None:
    async def ask() -> None:
        left, loop = asyncio.Event(), asyncio.get_running_loop()
        with pytest.raises(Busy):
            await pool.answer(
                request_left_after(left), "a", lambda: without_end(lambda: loop.call_soon_threadsafe(left.set)), ""
            )
        await until(lambda: pool.running == 0)

    asyncio.run(ask())


def test_a_query_whose_task_is_cancelled_frees_its_worker(pool: QueryPool) -> None:
    async def ask() -> None:
        task = asyncio.create_task(pool.answer(request_that_stays(), "a", without_end, NARROWER))
        await until(lambda: pool.running == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: pool.running == 0)

    asyncio.run(ask())


def test_every_query_ends_when_the_server_stops_and_no_further_one_begins(pool: QueryPool) -> None:
    async def ask() -> None:
        asked = [asyncio.create_task(pool.answer(request_that_stays(), who, without_end, "")) for who in "ab"]
        await until(lambda: pool.running == 2)
        pool.cancel()
        for task in asked:
            with pytest.raises(Busy):
                await task
        with pytest.raises(Busy):
            await pool.answer(request_that_stays(), "c", lambda: 1, "")

    asyncio.run(ask())


def test_one_principal_has_half_of_the_workers_and_is_told_when_to_come_back(
    pool: QueryPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "QUERY_WAIT_SECONDS", 0.01)

    async def ask() -> None:
        task = asyncio.create_task(pool.answer(request_that_stays(), "a", without_end, NARROWER))
        await until(lambda: pool.running == 1)
        with pytest.raises(Busy) as caught:
            await pool.answer(request_that_stays(), "a", lambda: 1, NARROWER)
        assert caught.value.extra["retry_after"] == 2
        assert await pool.answer(request_that_stays(), "b", lambda: 1, NARROWER) == 1
        task.cancel()

    asyncio.run(ask())


def test_a_query_that_waits_is_computed_when_a_worker_is_free(pool: QueryPool) -> None:
    go_on = Event()

    async def ask() -> None:
        first = asyncio.create_task(pool.answer(request_that_stays(), "a", go_on.wait, NARROWER))
        await until(lambda: pool.running == 1)
        second = asyncio.create_task(pool.answer(request_that_stays(), "a", lambda: 2, NARROWER))
        await asyncio.sleep(0)
        assert not second.done()
        go_on.set()
        assert await first is True
        assert await second == 2
        assert pool.running == 0

    asyncio.run(ask())


def test_a_stream_that_has_begun_waits_for_its_turn(pool: QueryPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "QUERY_STRETCH_PARTS", 1)
    go_on = Event()

    async def ask() -> None:
        streamed = await pool.stream(request_that_stays(), "a", lambda: iter([b"1", b"2"]), "text/plain", NARROWER)
        before = asyncio.create_task(pool.answer(request_that_stays(), "a", go_on.wait, NARROWER))
        await until(lambda: pool.running == 1)
        monkeypatch.setattr(limits, "QUERY_WAIT_SECONDS", 0.01)
        rest = asyncio.create_task(read_all(streamed))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await pool.answer(request_that_stays(), "a", lambda: 1, NARROWER)
        assert not rest.done(), "it waits although a query that came later was refused"
        go_on.set()
        assert await rest == b"12"
        assert await before is True

    try:
        asyncio.run(ask())
    finally:
        go_on.set()


def test_a_stream_computes_as_it_is_read_and_stops_when_it_is_closed(
    pool: QueryPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "QUERY_STRETCH_PARTS", 2)
    made: list[int] = []

    def parts() -> Iterator[bytes]:
        for number in checked(range(10_000)):
            made.append(number)
            yield b"%d\n" % number

    async def read() -> None:
        answer = await pool.stream(request_that_stays(), "a", parts, "text/plain", NARROWER)
        content = answer.body_iterator
        assert await anext(content) == b"0\n1\n"
        assert await anext(content) == b"2\n3\n"
        assert pool.running == 0
        await content.aclose()

    asyncio.run(read())
    assert made == [0, 1, 2, 3]


ROUTES = ("diff", "history?path=/status", "revisions?path=/status", "first?path=/status", "digest?since_version=0",
          "replay", "what-if", "state", "events", "timemap", "events/first-bid/lineage",
          "events/first-bid/diff")  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
def test_each_costly_route_has_a_deadline(ledger: Ledger, route: str) -> None:
    app = create_app(Settings(tenant=ledger.tenant, run_workers=False, query_seconds=1e-9), ledger)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        path = f"{opened(client)}/{route}"
        closing = {"type": "deal.closed", "occurred": "2020-09-01", "data": {"effective": "2020-09-01"}}
        answer = client.post(path, json={"events": [closing]}) if route == "what-if" else client.get(path)
        told = refused(answer, 503, "too-costly")
        assert told["narrower"] in told["detail"]
        assert client.get("/healthz").status_code == 200


def test_an_application_that_is_started_again_answers_costly_queries(app: FastAPI) -> None:
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        path = opened(client)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        assert client.get(f"{path}/history", params={"path": "/status"}).status_code == 200


def test_what_was_decoded_before_the_deadline_is_not_decoded_again(ledger: Ledger, submission: Any) -> None:
    class Ending(Token):
        """Ends at its third check."""

        checks = 0

        def check(self) -> None:
            self.checks += 1
            if self.checks == 3:
                raise self.expired()

    terms = [submission("d", f"t{number}", "terms.changed", term="fee", to=number) for number in range(3 * STRIDE)]
    ledger.append(Append((submission("d", "o", "deal.opened"), *terms), by="test")).result()
    reader = StateReader(ledger)
    with pytest.raises(TooCostly):
        Ending(600, NARROWER).run(lambda: reader.history("d"))
    read: list[int] = []
    rows = ledger.read_deal
    ledger.read_deal = lambda deal_id, after_version=0, **more: (  # type: ignore[method-assign]  # noted, and read
        read.append(after_version) or rows(deal_id, after_version, **more)
    )
    assert reader.history("d").version == 3 * STRIDE + 1
    assert read == [STRIDE]
