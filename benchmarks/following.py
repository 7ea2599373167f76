"""Following: how long after its commit an event is with a client of the stream, against a TCP echo on the same machine.

The server is a process of its own that notes when each batch was committed; the client is this process. Both read one
clock (CLOCK_MONOTONIC). One event at a time is posted, so what is measured is the way, not a queue.
"""

import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import orjson

from benchmarks.doors import event, request
from benchmarks.events import opening
from benchmarks.measure import ROUNDS, Result, at_most, result
from ledger.ledger import open_ledger

GOALS = at_most(sse_vs_tcp=3.5)

EVENTS = 300
"""A round, and as many echoes, in turn."""

WARMING = 100
TIMEOUT_SECONDS = 30

ECHO = """
import asyncio, uvloop

class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

async def serve():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

uvloop.run(serve())
"""


def measure(url: str) -> Iterator[Result]:
    with open_ledger(url) as ledger:
        ledger.import_batch([opening("hot")], "bench")
    with ExitStack() as stack:
        port = stack.enter_context(announced_port([sys.executable, "-m", "benchmarks.follow_server", url]))
        echo_port = stack.enter_context(announced_port([sys.executable, "-c", ECHO]))
        poster, stream, echo = (
            stack.enter_context(socket.create_connection(("127.0.0.1", each), TIMEOUT_SECONDS))
            for each in (port, port, echo_port)
        )
        for each in (poster, stream, echo):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream.sendall(request("GET", "/v1/stream"))
        until(stream, b"retry: 1000")
        size = len(deliver(poster, stream, echo, b"x", WARMING)[2])
        values = []
        for _ in range(ROUNDS):
            arrived, round_trips, _ = deliver(poster, stream, echo, b"x" * size, EVENTS)
            values.append(statistics.median(since_commit(port, arrived)) / statistics.median(round_trips))
        versus = "a round trip of as many bytes to an idle TCP echo (uvloop)"
        yield result(GOALS["sse_vs_tcp"], versus, values)


def deliver(
    poster: socket.socket, stream: socket.socket, echo: socket.socket, said: bytes, events: int
) -> tuple[list[int], list[int], bytes]:
    """Post events one by one, and after each send the echo something: both servers have been idle meanwhile.

    Nanoseconds at which each event was with the stream's client; those of each round trip; the last event as it came.
    """
    arrived, round_trips, message = [], [], b""
    sent = request("POST", "/v1/deals/hot/events", event())
    for _ in range(events):
        poster.sendall(sent)
        message = until(stream, b"event: bid.submitted", b"\n\n\r\n")
        arrived.append(time.monotonic_ns())
        until(poster, b"HTTP/1.1 201", b"}]", b"}")
        started = time.monotonic_ns()
        echo.sendall(said)
        missing = len(said)
        while missing:
            missing -= len(echo.recv(65536))
        round_trips.append(time.monotonic_ns() - started)
    return arrived, round_trips, message


def since_commit(port: int, arrived: list[int]) -> list[int]:
    """Nanoseconds from the commit of each of the last events to its arrival."""
    with socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS) as asking:
        asking.sendall(request("GET", f"/rivals/commits?last={len(arrived)}"))
        committed = orjson.loads(until(asking, b"HTTP/1.1 200", b"]").partition(b"\r\n\r\n")[2])
    return [there - here for here, there in zip(committed, arrived, strict=True)]


def until(connection: socket.socket, *parts: bytes) -> bytes:
    """Read until all parts have come, one after the other."""
    held = b""
    while True:
        at = 0
        for part in parts:
            at = held.find(part, at)
            if at < 0:
                break
            at += len(part)
        else:
            return held
        said = connection.recv(65536)
        if not said:
            raise RuntimeError(f"the server hung up after {held[:500]!r}")
        held += said


@contextmanager
def announced_port(command: list[str]) -> Iterator[int]:
    """A process that listens, and says at which port."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline().rpartition(":")[2])
        finally:
            server.terminate()
