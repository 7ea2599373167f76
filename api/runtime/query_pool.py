"""Costly queries: run by a bounded number of threads, each with a deadline, cancelled when no client waits.

A query holds a worker while it runs. Beyond the limit it waits briefly, and is then refused with 503 and
Retry-After; past its deadline it is refused with 503 `too-costly`. It ends when its client leaves, or the server stops.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial, wraps
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api import limits
from domain.errors import Busy
from projections.cancellation import Token

T = TypeVar("T")

STOPPING = "The server is stopping: ask again in a moment."
ONCE_MORE = "Ask once more: what was read of the deal is kept."
"""The advice of a route that is slow only the first time."""

GONE = "The client left before the answer was ready."


class QueryPool:
    """The workers of one server. All but `bounded`, `cancel` and `close` is called on the server's event loop."""

    def __init__(self, workers: int, seconds: float, bundle_seconds: float | None = None) -> None:
        self.workers = workers
        self.per_principal = max(1, workers // 2)
        self.seconds = seconds
        self.bundle_seconds = bundle_seconds or seconds
        self.started = 0
        """Work items passed to a worker so far."""
        self._threads = ThreadPoolExecutor(workers, "parley-query")
        self._running: Counter[str] = Counter()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []
        self._tokens: set[Token] = set()
        self._stopping = False

    @property
    def running(self) -> int:
        """Busy workers."""
        return self._running.total()

    async def answer(
        self, request: Request, principal: str, work: Callable[[], T], advice: str, seconds: float | None = None
    ) -> T:
        """The result of the work. Raises its errors, and Busy and TooCostly beyond the limits."""
        token = self._token(advice, seconds)
        try:
            with _watched(request, token):
                return await self._compute(token, principal, work)
        finally:
            self._tokens.discard(token)

    def bounded(self, work: Callable[[], T], advice: str) -> T:
        """The result of the work, run in the calling thread with the deadline of a query; cancelled when it stops."""
        token = self._token(advice)
        try:
            return token.run(work)
        finally:
            self._tokens.discard(token)

    async def stream(
        self,
        request: Request,
        principal: str,
        parts: Callable[[], Iterator[bytes]],
        media: str,
        advice: str,
        seconds: float | None = None,
    ) -> StreamingResponse:
        """A response computed while it is sent. Errors of the first part are raised here.

        A worker is held for a batch of parts at a time, and not while the client reads. Each batch has the deadline
        of a query, or `seconds`. Once the response has begun it can no longer be refused: its further batches wait for
        their turn, however long the queries before them take, which their own deadlines bound.
        """
        token = self._token(advice, seconds)
        try:
            with _watched(request, token):
                made = await self._compute(token, principal, parts)
                first = await self._compute(token, principal, partial(_stretch, made))
        except BaseException:
            self._tokens.discard(token)
            raise

        async def content() -> AsyncIterator[bytes]:
            stretch = first
            try:
                while stretch:
                    yield b"".join(stretch)
                    token.renew()
                    stretch = await self._compute(token, principal, partial(_stretch, made), begun=True)
            finally:
                token.cancel(GONE)
                self._tokens.discard(token)

        return StreamingResponse(content(), media_type=media)

    def cancel(self) -> None:
        """Cancel all queries, as the server stops."""
        self._stopping = True
        for token in list(self._tokens):
            token.cancel(STOPPING)

    def close(self) -> None:
        """Cancel all queries and wait for the workers."""
        self.cancel()
        self._threads.shutdown(cancel_futures=True)

    def _token(self, advice: str, seconds: float | None = None) -> Token:
        if self._stopping:
            raise Busy(STOPPING, extra={"retry_after": 1})
        token = Token(seconds or self.seconds, advice)
        self._tokens.add(token)
        return token

    async def _compute(self, token: Token, principal: str, work: Callable[[], T], *, begun: bool = False) -> T:
        """Run the work on a worker, which is released when the work has ended."""
        await self._enter(principal, begun=begun)
        token.renew()
        self.started += 1
        try:
            future = asyncio.get_running_loop().run_in_executor(self._threads, token.run, work)
        except RuntimeError:
            self._leave(principal)
            raise Busy(STOPPING, extra={"retry_after": 1}) from None
        future.add_done_callback(lambda _: self._leave(principal))
        try:
            done, _ = await asyncio.wait({future}, timeout=token.seconds + limits.QUERY_GRACE_SECONDS)
        except asyncio.CancelledError:
            token.cancel(GONE)
            future.add_done_callback(_ignore)
            raise
        if not done:
            future.add_done_callback(_ignore)
            raise token.expired()
        return future.result()

    async def _enter(self, principal: str, *, begun: bool) -> None:
        """Acquire a worker. Raises Busy if none is free in time, unless a response has begun that needs it."""
        if self._free(principal) and not self._waiting:
            self._running[principal] += 1
            return
        if not begun and len(self._waiting) >= limits.QUERIES_WAITING:
            raise self._busy(principal)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((principal, turn))
        self._admit()
        try:
            async with asyncio.timeout(None if begun else limits.QUERY_WAIT_SECONDS):
                await asyncio.shield(turn)
        except BaseException as error:
            if turn.done():
                self._leave(principal)
            else:
                self._waiting.remove((principal, turn))
            if isinstance(error, TimeoutError):
                raise self._busy(principal) from None
            raise

    def _leave(self, principal: str) -> None:
        self._running[principal] -= 1
        if not self._running[principal]:
            del self._running[principal]
        self._admit()

    def _admit(self) -> None:
        """Assign free workers to the queue, in order; a principal at its limit is skipped."""
        for each in list(self._waiting):
            principal, turn = each
            if self._free(principal):
                self._waiting.remove(each)
                self._running[principal] += 1
                turn.set_result(None)

    def _free(self, principal: str) -> bool:
        return self.running < self.workers and self._running[principal] < self.per_principal

    def _busy(self, principal: str) -> Busy:
        told = (
            f"{self.running} costly queries are being computed, {self._running[principal]} of them for you; at most "
            f"{self.workers} are, and {self.per_principal} for one client. Try again in a moment."
        )
        return Busy(told, extra={"retry_after": 2})


def _stretch(parts: Iterator[bytes]) -> list[bytes]:
    """The next parts of a stream: at least one, more while they come quickly."""
    until = monotonic() + limits.QUERY_STRETCH_SECONDS
    made = []
    for part in islice(parts, limits.QUERY_STRETCH_PARTS):
        made.append(part)
        if monotonic() > until:
            break
    return made


@contextmanager
def _watched(request: Request, token: Token) -> Iterator[None]:
    """Meanwhile, cancel the token when the client disconnects."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        token.cancel(GONE)

    task = asyncio.ensure_future(watch())
    try:
        yield
    finally:
        task.cancel()


def _ignore(future: "asyncio.Future[Any]") -> None:
    """Consume the error of an abandoned query."""
    if not future.cancelled():
        future.exception()


Route = Callable[..., Response]


def costly(advice: str, *, bundle: bool = False) -> Callable[[Route], Callable[..., Coroutine[Any, Any, Response]]]:
    """A route whose endpoint runs in the pool. `advice` is a sentence that suggests a narrower query.

    The endpoint takes `request` and `who` by these names. `bundle`: it has the time of a bundle.
    """

    def decorate(endpoint: Route) -> Callable[..., Coroutine[Any, Any, Response]]:
        @wraps(endpoint)
        async def computed(**given: Any) -> Response:
            request: Request = given["request"]
            pool: QueryPool = request.app.state.runtime.pool
            seconds = pool.bundle_seconds if bundle else pool.seconds
            return await pool.answer(request, given["who"].principal, partial(endpoint, **given), advice, seconds)

        return computed

    return decorate


def bounded(advice: str) -> Callable[[Route], Route]:
    """A route that is usually quick but has the deadline of a costly query."""

    def decorate(endpoint: Route) -> Route:
        @wraps(endpoint)
        def computed(**given: Any) -> Response:
            pool: QueryPool = given["request"].app.state.runtime.pool
            return pool.bounded(partial(endpoint, **given), advice)

        return computed

    return decorate
