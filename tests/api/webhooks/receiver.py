"""A receiver of webhooks on this machine, a sender to it, and the application that lets them meet."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import Settings
from api.webhooks.delivery import DeliveryWorker
from ledger.ledger import Ledger


class Receiver:
    """Takes messages on a free port of this machine; refuses the first time each is sent, if it is to fail."""

    def __init__(self, failing: bool = False, status: int = 204, location: str | None = None) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.seen: set[str] = set()
        self.changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = self.headers["webhook-id"]
                first = message not in receiver.seen
                receiver.seen.add(message)
                refusing = failing and first
                if not refusing:  # noted before the response: who waits for that looks at once
                    with receiver.changed:
                        receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                        receiver.changed.notify_all()
                self.send_response(500 if refusing else status)
                if location is not None:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def enough(self, count: int) -> bool:
        """Wait until so many were taken; False when they were not in time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.taken) >= count, 30)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def app(ledger: Ledger) -> FastAPI:
    """The application, which lets webhooks reach this machine."""
    return create_app(Settings(tenant=ledger.tenant, run_workers=False, webhooks_allow_private=True), ledger)


@pytest.fixture(params=[False, True], ids=["sound", "failing half the time"])
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    made = Receiver(failing=request.param)
    yield made
    made.close()


@pytest.fixture
def sender(ledger: Ledger) -> Iterator[DeliveryWorker]:
    made = DeliveryWorker(ledger, private=True, retry_seconds=(0, 0))
    yield made
    made.stop()


def hook(http: httpx.Client, url: str, **members: Any) -> dict[str, Any]:
    answer = http.post("/v1/webhooks", json={"url": url, **members})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def drain(sender: DeliveryWorker) -> None:
    while sender.step():
        pass
