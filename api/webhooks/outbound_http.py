"""HTTP requests to webhook receivers, by httpcore: the address is checked first, and everything has a limit.

The host name is resolved once and the connection goes to the address that was checked, so that a name cannot point to
another address between the check and the connection. Redirects are not followed: they would bypass the check.
"""

import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from threading import Lock
from time import monotonic
from typing import Any

import httpcore

from api.webhooks.target_address import resolve_target

CONNECT_SECONDS = 5.0
"""To connect; and again for the TLS handshake."""

TOTAL_SECONDS = 15.0
"""From the connection to the end of the response, however slowly its bytes arrive."""

RESPONSE_BYTES = 16 * 1024
"""At most this much of a response body is read, and discarded."""

AGENT = "parley-webhooks"

ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    OSError,
    ValueError,
)


class NoResponse(Exception):
    """There was no response; the text says why."""


class OutboundHttp:
    """Sends requests, all of which can be cancelled. Safe to share between threads."""

    def __init__(self, *, private: bool = False) -> None:
        """`private`: also into private networks, and without TLS."""
        self._private = private
        self._sockets: set[socket.socket] = set()
        self._lock = Lock()
        self._cancelled = False

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is first needed: it holds the certificates of all authorities."""
        return ssl.create_default_context()

    def cancel(self) -> None:
        """End every request under way, and start no more."""
        with self._lock:
            self._cancelled = True
            for each in self._sockets:
                _shut_down(each)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a body; returns the status of the response. Raises ForbiddenAddress, NoResponse."""
        try:
            with self._connection(resolve_target(url, private=self._private)) as connection:
                sent = [*{"User-Agent": AGENT, "Connection": "close", **headers}.items()]
                limit = {"timeout": {"connect": CONNECT_SECONDS, "read": TOTAL_SECONDS, "write": TOTAL_SECONDS}}
                with connection.stream("POST", url, headers=sent, content=body, extensions=limit) as response:
                    _discard(response)
                    return response.status
        except ERRORS as error:
            raise NoResponse(f"{type(error).__name__}: {error or 'no answer'}") from error

    @contextmanager
    def _connection(self, address: str) -> Iterator[httpcore.ConnectionPool]:
        """A pool of the one connection to an address, which cancel() and TOTAL_SECONDS end."""
        network = _Network(address, self)
        with network, httpcore.ConnectionPool(self._tls, max_connections=1, network_backend=network) as pool:
            yield pool

    def register(self, connected: socket.socket) -> None:
        """Let cancel() reach a connection."""
        with self._lock:
            self._sockets.add(connected)
            if self._cancelled:
                raise NoResponse("The delivery worker has stopped.")

    def unregister(self, connected: Iterable[socket.socket]) -> None:
        with self._lock:
            self._sockets.difference_update(connected)


class _Network(httpcore.NetworkBackend):
    """Connects to one address regardless of the host's name; TLS still verifies the certificate for that name."""

    def __init__(self, address: str, requests: OutboundHttp) -> None:
        self._address, self._requests = address, requests
        self._network = httpcore.SyncBackend()
        self._sockets: list[socket.socket] = []
        self.deadline = monotonic() + TOTAL_SECONDS

    def __enter__(self) -> "_Network":
        return self

    def __exit__(self, *_: object) -> None:
        self._requests.unregister(self._sockets)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return self.watch(self._network.connect_tcp(self._address, port, timeout, local_address, socket_options))

    def watch(self, stream: httpcore.NetworkStream) -> httpcore.NetworkStream:
        connected = stream.get_extra_info("socket")
        self._sockets.append(connected)
        try:
            self._requests.register(connected)
        except NoResponse:
            stream.close()
            raise
        return _Stream(stream, self)


class _Stream(httpcore.NetworkStream):
    """A connection whose every operation has only the time that is left of the whole."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream, self._network = stream, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._left(timeout, httpcore.ConnectTimeout)
        return self._network.watch(self._stream.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, timeout: float | None, expired: type[httpcore.TimeoutException]) -> float:
        left = self._network.deadline - monotonic()
        if left <= 0:
            raise expired(f"the request took longer than {TOTAL_SECONDS:.0f} seconds")
        return left if timeout is None else min(left, timeout)


def _discard(response: httpcore.Response) -> None:
    """Read the beginning of a body: its status counts, however the body ends."""
    size = 0
    with suppress(*ERRORS):
        for part in response.iter_stream():
            size += len(part)
            if size >= RESPONSE_BYTES:
                break


def _shut_down(connected: socket.socket) -> None:
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
