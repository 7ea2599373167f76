"""Running the server: uvicorn on uvloop and httptools, and a graceful stop."""

import gc
import socket
import sys
from collections.abc import Callable
from logging import getLogger

import uvicorn
from fastapi import FastAPI

from api import limits, logging
from api.app import create_app
from api.http.connection import connections_most, protocol
from api.runtime.runtime import Runtime
from api.settings import Settings, renamed_variables
from domain.errors import ParleyError

log = getLogger("parley.server")


class AddressTaken(ParleyError):
    """The address is in use or is not an address of this machine."""

    code = "address-taken"


def serve(settings: Settings, app: FastAPI | None = None, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called with the URL once requests are accepted.

    Raises WouldBeOpen, AddressTaken, and what the ledger raises when it cannot be opened.
    """
    logging.configure()
    for sentence in renamed_variables():
        log.warning(sentence)
    served = app or create_app(settings)
    listener = listening_socket(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    try:
        served.state.runtime.open()
        _tune_garbage_collector()
        # A costly query holds the interpreter lock; other threads get it after this time.
        sys.setswitchinterval(limits.SWITCH_SECONDS)
        url = f"http://{_in_url(host)}:{port}"
        Server(uvicorn_config(served, settings.connections, settings.proxies), served.state.runtime, ready, url).run(
            sockets=[listener]
        )
    finally:
        served.state.runtime.close()
        listener.close()


def _tune_garbage_collector() -> None:
    """Most objects live as long as a request or as the server: frequent full garbage collections are waste."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def uvicorn_config(
    app: FastAPI, connections: int = limits.CONNECTIONS, proxies: str = "127.0.0.1,::1"
) -> uvicorn.Config:
    """The configuration of uvicorn with this limit of connections, behind these proxies."""
    return uvicorn.Config(
        app,
        loop="auto",
        http=protocol(connections_most(connections)),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips=proxies,
        timeout_keep_alive=limits.IDLE_SECONDS,
        timeout_graceful_shutdown=limits.STOP_SECONDS,
    )


class Server(uvicorn.Server):
    """A uvicorn server that reports when it is ready, and ends its streams when it stops."""

    def __init__(self, config: uvicorn.Config, runtime: Runtime, ready: Callable[[str], None] | None, url: str) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._ready = ready
        self.url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready(self.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._runtime.end_streams()
        await super().shutdown(sockets)


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket that listens at an address. Raises AddressTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as fault:
        listener.close()
        raise AddressTaken(f"Nothing can listen on {host}:{port} ({fault.strerror}): name another --port.") from fault
    listener.set_inheritable(True)
    return listener


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
