"""The cost of posting and reading over HTTP, against handlers on the same server that do next to nothing."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import orjson

from benchmarks.events import opening
from benchmarks.measure import ROUNDS, Result, at_least, result
from benchmarks.processes import cpu_seconds
from ledger.ledger import open_ledger

GOALS = at_least(post_vs_validate_only=1.2, state_http_vs_trivial=1.5)

CONNECTIONS = 64
REQUESTS = 4_000
"""Of each kind a round."""


def measure(url: str) -> Iterator[Result]:
    with open_ledger(url) as ledger:
        ledger.import_batch([opening("hot")], "bench")
    with served(url) as (port, pid):
        posting = request("POST", "/v1/deals/hot/events", event())
        validating = request("POST", "/rivals/validate", event())
        reading = request("GET", "/v1/deals/hot/state?valid_at=2020-09-01")
        trivial = request("GET", "/rivals/trivial")
        for warm in (posting, validating, reading, trivial):
            asyncio.run(load(port, warm, 500))
        costs = [spent(pid, port, validating) / spent(pid, port, posting) for _ in range(ROUNDS)]
        versus = "validating with pydantic, storing nothing (CPU of the web process)"
        yield result(GOALS["post_vs_validate_only"], versus, costs)
        rates = [rate(port, reading) / rate(port, trivial) for _ in range(ROUNDS)]
        yield result(GOALS["state_http_vs_trivial"], "a handler that answers a constant, on the same server", rates)


def event() -> bytes:
    """A bid as the rivals of recording get it too; the server makes its id."""
    return orjson.dumps(
        {
            "type": "bid.submitted",
            "occurred": "2020-08-27",
            "actor": "microsoft",
            "summary": "Microsoft and Walmart bid for the business in the United States",
            "sources": [
                {
                    "title": "Walmart joins Microsoft's bid",
                    "publisher": "CNBC",
                    "url": "https://www.cnbc.com/2020/08/27",
                }
            ],
            "data": {
                "bid_id": "bid-msft",
                "bidders": ["microsoft", "walmart"],
                "territories": ["US", "CA", "AU", "NZ"],
                "price": {"amount": "20000000000", "currency": "USD"},
            },
        }
    )


def request(method: str, path: str, body: bytes = b"") -> bytes:
    """A request as bytes on a kept connection."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


@contextmanager
def served(url: str) -> Iterator[tuple[int, int]]:
    """A server: its port, and the id of the process that answers."""
    command = [sys.executable, "-m", "benchmarks.door_server", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline().rpartition(":")[2])
        try:
            yield port, httpx.get(f"http://127.0.0.1:{port}/rivals/process").json()
        finally:
            server.terminate()


def spent(pid: int, port: int, sent: bytes) -> float:
    """CPU seconds of the server's process for a round of requests."""
    before = cpu_seconds(pid)
    asyncio.run(load(port, sent, REQUESTS))
    return cpu_seconds(pid) - before


def rate(port: int, sent: bytes) -> float:
    """Requests a second."""
    started = time.perf_counter()
    asyncio.run(load(port, sent, REQUESTS))
    return REQUESTS / (time.perf_counter() - started)


async def load(port: int, sent: bytes, requests: int) -> None:
    """Send requests over kept connections, each waiting for its answer."""
    share, rest = divmod(requests, CONNECTIONS)
    await asyncio.gather(*(_connection(port, sent, share + (number < rest)) for number in range(CONNECTIONS)))


async def _connection(port: int, sent: bytes, requests: int) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()
    transport, _ = await loop.create_connection(lambda: _Client(sent, requests, done), "127.0.0.1", port)
    try:
        await done
    finally:
        transport.close()


class _Client(asyncio.Protocol):
    """Sends the next request when an answer is whole."""

    def __init__(self, sent: bytes, requests: int, done: "asyncio.Future[None]") -> None:
        self._sent, self._left, self._done = sent, requests, done
        self._held = b""
        self._write: Callable[[bytes], None] = lambda _: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._write = transport.write
        self._next()

    def _next(self) -> None:
        if self._left == 0:
            self._done.set_result(None)
            return
        self._left -= 1
        self._write(self._sent)

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, body = self._held.partition(b"\r\n\r\n")
        if not found:
            return
        if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            self._done.set_exception(RuntimeError(self._held[:500].decode(errors="replace")))
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self._held = b""
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(exc or RuntimeError("the server hung up"))
