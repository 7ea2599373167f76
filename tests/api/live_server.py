"""The application behind the server itself, for tests of what a connection may do."""

import socket
import threading
from contextlib import suppress

from fastapi import FastAPI

from api.server import Server, listening_socket, uvicorn_config
from tests.waiting import LONGEST_SECONDS


class Running:
    """The application behind uvicorn on a free port, in a thread."""

    def __init__(self, app: FastAPI, connections: int = 1000) -> None:
        self.listener = listening_socket("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self._ready = threading.Event()
        self.server = Server(uvicorn_config(app, connections), app.state.runtime, lambda _: self._ready.set(), self.url)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]})
        self.thread.start()
        assert self._ready.wait(LONGEST_SECONDS)

    def stop(self) -> None:
        """End the server, and see that it has ended."""
        self.server.should_exit = True
        self.thread.join(LONGEST_SECONDS)
        self.listener.close()
        assert not self.thread.is_alive()

    def connect(self, *said: bytes) -> socket.socket:
        """A connection on which this was sent."""
        made = socket.create_connection(self.listener.getsockname(), LONGEST_SECONDS)
        for part in said:
            made.sendall(part)
        return made

    def say(self, *said: bytes) -> bytes:
        """All that is answered to these bytes, to the end of the connection."""
        with self.connect() as made:
            with suppress(ConnectionError):
                for part in said:
                    made.sendall(part)
            return read_all(made)


def read_all(made: socket.socket) -> bytes:
    """What comes until the other side ends."""
    parts = []
    with suppress(ConnectionError):
        while part := made.recv(65536):
            parts.append(part)
    return b"".join(parts)


def status_of(answer: bytes) -> int:
    """The status of the first answer; 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0
