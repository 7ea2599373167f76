"""The application called in this process: commands on a database go through the same
routes as requests over HTTP, and no port is opened.

A loop in a thread of its own runs the application; requests are handed over one at a time. Bodies stream both ways: a
request's is read as the application asks for it, an answer's is taken as it is read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, MutableMapping
from concurrent.futures import wait
from contextlib import AbstractAsyncContextManager
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any, Protocol, TypeVar

import httpx

CHUNKS_AHEAD = 64
"""Parts of a response that are buffered."""

CLIENT = ("127.0.0.1", 0)
"""The client address that the application sees: this machine."""

Message = MutableMapping[str, Any]
T = TypeVar("T")


class Router(Protocol):
    def lifespan_context(self, app: Any) -> AbstractAsyncContextManager[Any]: ...


class Application(Protocol):
    """An ASGI application with Starlette's lifespan."""

    @property
    def router(self) -> Router: ...

    def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> Awaitable[None]: ...


class InProcessTransport(httpx.BaseTransport):
    """A transport to an application in this process, which is started now and stopped by close()."""

    def __init__(self, app: Application) -> None:
        self.app = app
        self.loop = asyncio.new_event_loop()
        self.thread = Thread(target=self.loop.run_forever, name="parley-in-process", daemon=True)
        self.thread.start()
        self._life = app.router.lifespan_context(app)
        try:
            self.run(self._life.__aenter__())
        except BaseException:
            self._stop()
            raise

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the application's loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        exchange = Exchange(self, request)
        start = exchange.start()
        return httpx.Response(start["status"], headers=start["headers"], stream=exchange)

    def close(self) -> None:
        if self.loop.is_running():
            try:
                self.run(self._life.__aexit__(None, None, None))
            finally:
                self._stop()

    def _stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Exchange(httpx.SyncByteStream):
    """One request and its response."""

    def __init__(self, transport: InProcessTransport, request: httpx.Request) -> None:
        self.request = request
        self.transport = transport
        self.body = iter(request.stream) if isinstance(request.stream, httpx.SyncByteStream) else iter(())
        self.sent = False
        self.left = False
        self.gone = asyncio.Event()
        self.room = Semaphore(CHUNKS_AHEAD)
        self.messages: SimpleQueue[Message | None] = SimpleQueue()
        """The messages that the application sends; None when it has ended."""
        url = request.url
        self.scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.split(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "server": (url.host, url.port),
            "client": CLIENT,
        }
        self.work = asyncio.run_coroutine_threadsafe(self._run(), transport.loop)

    async def _run(self) -> None:
        try:
            await self.transport.app(self.scope, self._receive, self._send)
        finally:
            self.messages.put(None)

    async def _receive(self) -> Message:
        if self.sent:
            await self.gone.wait()
            return {"type": "http.disconnect"}
        if isinstance(self.request.stream, httpx.ByteStream):
            self.sent = True
            return {"type": "http.request", "body": b"".join(self.body), "more_body": False}
        chunk = await asyncio.to_thread(next, self.body, None)
        self.sent = chunk is None
        return {"type": "http.request", "body": chunk or b"", "more_body": not self.sent}

    async def _send(self, message: Message) -> None:
        if self.left:
            raise OSError("the reader has left")
        if not self.room.acquire(blocking=False):
            await asyncio.to_thread(self.room.acquire)
        self.messages.put(message)

    def start(self) -> Message:
        """Status and headers of the response. Raises what the application raised instead of responding."""
        message = self.messages.get()
        if message is None:
            self.work.result()
            raise httpx.RemoteProtocolError("the application gave no answer")
        return message

    def __iter__(self) -> Iterator[bytes]:
        while (message := self.messages.get()) is not None:
            self.room.release()
            if message.get("body"):
                yield message["body"]

    def close(self) -> None:
        self.left = True
        if self.transport.loop.is_closed():
            return  # the application ended before its reader, who wanted no more of the response
        self.transport.loop.call_soon_threadsafe(self.gone.set)
        self.room.release(CHUNKS_AHEAD)
        wait([self.work])
