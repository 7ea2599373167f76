"""A server with the shipped record, for the checks that ask it from outside."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from api.app import create_app
from api.demo import load
from api.server import Server, listening_socket, uvicorn_config
from api.settings import Settings
from ledger.api_keys import Access
from ledger.ledger import Ledger, open_ledger
from ledger.postgres.embedded.server import ephemeral


@dataclass(frozen=True)
class Service:
    """Where the server listens, a key of the role admin, and the log that it serves."""

    url: str
    key: str
    database: str
    ledger: Ledger


@contextmanager
def serving() -> Iterator[Service]:
    """Serve a throwaway log of the shipped timelines, signed and kept up to date."""
    with ephemeral() as server, open_ledger(server.url) as ledger:
        for _ in load(ledger):
            pass
        _, key = Access(ledger, ledger.tenant).make("contract", "admin", by="contract")
        app = create_app(Settings(data=server.data), ledger)
        listener = listening_socket("127.0.0.1", 0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        ready = threading.Event()
        running = Server(uvicorn_config(app), app.state.runtime, lambda _: ready.set(), url)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        ready.wait(60)
        try:
            yield Service(url, key, server.url, ledger)
        finally:
            running.should_exit = True
            thread.join()
