"""One HTTP/1.1 connection within bounds: uvicorn's protocol on httptools, with a limit on everything a client may send,
withhold or leave unread.

httptools puts no bound on the head of a request, and uvicorn ends only the connections that are idle between requests.
"""

import asyncio
import re
import resource
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api import limits
from api.errors import HeadTooLarge, HeadTooSlow, MalformedRequest, TargetTooLong
from api.http.http_1_0 import close_delimited
from api.http.linger import LingeringTransport
from api.http.middleware import raw_response
from domain.errors import Busy, ParleyError

_AUTHORITY = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")


class Connections:
    """The connections of one server, and the idle ones, longest idle first."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.waiting: dict[Connection, float] = {}
        """Connections without a request under way -> since when."""
        self.refused = 0
        """Connections beyond the limit whose 503 response is still being sent."""

    def make_room(self, now: float) -> bool:
        """Close the connection that has been idle the longest, if it had time to send a request."""
        longest = next(iter(self.waiting), None)
        if longest is None or now - self.waiting[longest] < limits.IDLE_FREED_SECONDS:
            return False
        longest.give_up()
        return True


def connections_most(wanted: int) -> int:
    """The connections that a server takes: what is wanted, and no more than leaves descriptors for PostgreSQL."""
    open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if open_files == resource.RLIM_INFINITY:
        return wanted
    kept = min(max(limits.DESCRIPTORS_KEPT, open_files // 4), open_files // 2)
    return min(wanted, open_files - kept)


def protocol(most: int) -> type["Connection"]:
    """The protocol class of a server with this limit of connections."""
    return type("BoundedConnection", (Connection,), {"table": Connections(most)})


class Connection(HttpToolsProtocol):
    """The protocol of one connection. `table` is shared by all connections of a server."""

    table: Connections

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._part = "idle"
        """What is read now: `idle` between requests, `head`, `body`; `nothing` where no more is to be understood."""
        self._pending = 0
        """Bytes received since the parser last made progress: it holds all of them in memory."""
        self._head_bytes = 0
        self._refused = False
        self._running: RequestResponseCycle | None = None
        """The request that is being answered, or was last; `cycle` may be a later one that was sent ahead."""
        self._deadline: asyncio.TimerHandle | None = None
        """The time limit for the head of a request, or for the rest of a body that the application no longer reads."""
        self._write_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        lingering = LingeringTransport(transport, self.loop, self._is_read)
        if len(self.connections) >= self.table.most and not self.table.make_room(self.loop.time()):
            self._refuse_connection(lingering)
            return
        super().connection_made(lingering)  # type: ignore[arg-type]  # it does all that uvicorn asks of one
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel(self._deadline)
        self._cancel(self._write_deadline)
        self.table.waiting.pop(self, None)
        self.transport.lost()  # type: ignore[attr-defined]  # a LingeringTransport
        if self._refused:
            self.table.refused -= 1
            return
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._part == "nothing" or self.transport.is_closing():
            self.transport.discard(len(data))  # type: ignore[attr-defined]  # a LingeringTransport
            return
        self._unset_keepalive_if_required()
        self._pending += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            pass  # answered as if nothing had been said of another protocol (RFC 9110, section 7.8)
        except httptools.HttpParserError as fault:
            cause = fault.__context__
            self._refuse(cause if isinstance(cause, ParleyError) else MalformedRequest("This is not HTTP/1.1."))
            return
        if self._pending > limits.HEAD_BYTES:
            self._refuse(_too_large())
        elif self._deadline is None and self._awaits_request():
            self._set_deadline(limits.HEAD_SECONDS)

    def on_message_begin(self) -> None:
        self._part, self._pending, self._head_bytes = "head", 0, 0
        if len(self.pipeline) >= limits.PIPELINED_REQUESTS:
            raise MalformedRequest(f"More than {limits.PIPELINED_REQUESTS} requests were sent ahead of their answers.")
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > limits.TARGET_BYTES:
            raise TargetTooLong(f"The request target has more than {limits.TARGET_BYTES} bytes: ask for less at once.")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_bytes += len(name) + len(value) + 4
        if self._head_bytes > limits.HEAD_BYTES or len(self.headers) >= limits.HEADERS:
            raise _too_large()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._part, self._pending = "body", 0
        self._cancel(self._deadline)
        self._deadline = None
        self.table.waiting.pop(self, None)
        if (version := self.parser.get_http_version()) not in ("1.0", "1.1"):
            raise MalformedRequest(f"HTTP/{version} is not spoken here in the form of HTTP/1.1.")
        if (authority := _AUTHORITY.match(self.url)) is not None:
            # Of an absolute URL its host counts, and Host is ignored (RFC 9112, section 3.2.2).
            self.headers[:] = [each for each in self.headers if each[0] != b"host"]
            self.headers.append((b"host", authority[1]))
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        is_old = cycle.scope["http_version"] == "1.0"
        super()._start_asgi_task(cycle, close_delimited(app, cycle) if is_old else app)

    def on_body(self, body: bytes) -> None:
        self._pending = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._part, self._pending = "idle", 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._part == "body":
            self._set_deadline(limits.LINGER_SECONDS)
        elif self._awaits_request():
            self.table.waiting[self] = self.loop.time()
            if self._part == "head":
                self._unset_keepalive_if_required()
                self._set_deadline(limits.HEAD_SECONDS)

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._write_deadline is None:
            self._write_deadline = self.loop.call_later(limits.SLOW_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._cancel(self._write_deadline)
        self._write_deadline = None
        super().resume_writing()

    def _unsupported_upgrade_warning(self) -> None:
        """A client may ask for a protocol that is not spoken here as often as it likes: that is nothing to log."""

    def give_up(self) -> None:
        """Close an idle connection."""
        self.table.waiting.pop(self, None)
        self.transport.close()

    def _await_request(self) -> None:
        self.table.waiting[self] = self.loop.time()
        self._set_deadline(limits.HEAD_SECONDS)

    def _awaits_request(self) -> bool:
        return self._part != "body" and not self.pipeline and self._is_answered()

    def _is_answered(self) -> bool:
        return self._running is None or self._running.response_complete

    def _is_read(self) -> bool:
        """Whether the client has sent its request completely."""
        return self._part == "idle" and self._pending == 0

    def _set_deadline(self, seconds: float) -> None:
        self._cancel(self._deadline)
        self._deadline = self.loop.call_later(seconds, self._out_of_time)

    def _out_of_time(self) -> None:
        self._deadline = None
        if self._part == "head" and self._awaits_request():
            told = f"The head of the request did not come within {limits.HEAD_SECONDS:.0f} seconds."
            self._refuse(HeadTooSlow(told))
        elif self._is_answered():
            self.give_up()

    def _refuse(self, error: ParleyError) -> None:
        """Answer with an error, if the answer can still be understood, and close the connection."""
        running = self._running
        if running is not None and not running.response_complete:
            if running is not self.cycle or not running.more_body:  # a later request is wrong: this one is answered
                running.keep_alive = False
                self.pipeline.clear()
                self._part = "nothing"
                self.flow.pause_reading()
                return
            running.disconnected = True
            running.message_event.set()
        if running is None or running.response_complete or not running.response_started:
            self.transport.write(raw_response(error))
        self.give_up()

    def _refuse_connection(self, transport: LingeringTransport) -> None:
        self._refused, self._part = True, "nothing"
        self.transport = transport  # type: ignore[assignment]  # it does all that uvicorn asks of one
        self.table.refused += 1
        told = f"{self.table.most} connections are open, which is the most; try again in a moment."
        transport.write(raw_response(Busy(told, extra={"retry_after": 1})))
        if self.table.refused > limits.REFUSED_CONNECTIONS:
            transport.close_now()
        else:
            transport.close()

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()


def _too_large() -> HeadTooLarge:
    return HeadTooLarge(
        f"The head of a request has at most {limits.HEAD_BYTES} bytes and {limits.HEADERS} headers: send fewer."
    )
