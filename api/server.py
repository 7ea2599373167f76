"""Running the server: uvicorn on uvloop and httptools, and a graceful stop."""

import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from logging import getLogger
from secrets import token_hex
from threading import Lock

import uvicorn
from fastapi import FastAPI

from api import limits, logging
from api.app import create_app
from api.background import run_background
from api.http.connection import connections_most, protocol
from api.runtime import garbage_collector
from api.runtime.runtime import Runtime
from api.settings import Settings, renamed_variables
from api.supervisor import Supervisor
from domain.errors import ParleyError

log = getLogger("parley.server")


class AddressTaken(ParleyError):
    """The address is in use or is not an address of this machine."""

    code = "address-taken"


def serve(settings: Settings, app: FastAPI | None = None, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; `ready` is called with the URL once requests are accepted.

    The workers run in a process of their own, and each of `settings.workers` processes answers requests, with 503
    while the database of the settings is not available yet. An `app` whose
    workers run in threads is served in this process alone. Raises WouldBeOpen, AddressTaken, and what the ledger raises
    when it cannot be opened.
    """
    logging.configure()
    for sentence in renamed_variables():
        log.warning(sentence)
    background = settings.run_workers and (app is None or app.state.runtime.background is not None)
    served = app or create_app(settings, background=token_hex(8) if background else None)
    listener = listening_socket(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    url = f"http://{_in_url(host)}:{port}"

    def answer(is_ready: Callable[[], None]) -> None:
        _answer_requests(settings, served, listener, url, lambda _: is_ready())

    def work(is_ready: Callable[[], None]) -> None:
        listener.close()
        run_background(settings, is_ready, served.state.runtime.background)

    try:
        if not background and (settings.workers == 1 or app is not None):
            _answer_requests(settings, served, listener, url, ready)
            return
        runs = [("web", answer)] * settings.workers + ([("background", work)] if background else [])
        garbage_collector.freeze_objects()
        if code := Supervisor(runs, lambda: ready(url) if ready is not None else None, listener.close).run():
            raise SystemExit(code)
    finally:
        listener.close()


def _answer_requests(
    settings: Settings, served: FastAPI, listener: socket.socket, url: str, ready: Callable[[str], None] | None
) -> None:
    """Answer requests in this process until SIGINT or SIGTERM."""
    runtime: Runtime = served.state.runtime
    try:
        config = uvicorn_config(served, settings.connections, settings.proxies)
        server = Server(config, runtime, ready, url)
        runtime.open_or_wait(server.opened)
        garbage_collector.tune()
        # A costly query holds the interpreter lock; other threads get it after this time.
        sys.setswitchinterval(limits.SWITCH_SECONDS)
        server.run(sockets=[listener])
        if runtime.failure is not None:
            raise runtime.failure
    finally:
        runtime.close()


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
    """A uvicorn server that reports when it is ready, and ends its streams when it stops.

    It is ready once it accepts requests and the runtime is open; until then requests are refused.
    """

    def __init__(self, config: uvicorn.Config, runtime: Runtime, ready: Callable[[str], None] | None, url: str) -> None:
        super().__init__(config)
        self._runtime = runtime
        self._ready = ready
        self._reporting = Lock()
        self.url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened()

    def opened(self) -> None:
        """Report readiness, if the runtime is open and requests are accepted; stop if it cannot be opened."""
        if self._runtime.failure is not None:
            self.should_exit = True
        with self._reporting:
            if self.started and not self._runtime.waiting and self._ready is not None:
                self._ready(self.url)
                self._ready = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT stop the server; an ignored SIGINT stays ignored, such as beside a supervisor."""
        ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
        with super().capture_signals():
            if ignored:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            yield

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
