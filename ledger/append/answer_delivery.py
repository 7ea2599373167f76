"""Delivery of the answers to queued requests: each to the thread or the event loop that waits for it.

An answer that names the names nearest to an unknown reference is completed by another thread, so that neither the lock
of the log nor the queue waits.
"""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, replace

from domain.errors import ParleyError, UnknownDeal
from domain.unknown_references import Names, complete, lacks_nearest, with_nearest
from ledger.append.preparation import Prepared
from ledger.models import Receipt, Request

MOST_INCOMPLETE = 32
"""Answers that may wait for the nearest names; further ones are given without."""

Answer = Receipt | BaseException


@dataclass(frozen=True, slots=True, eq=False)
class Pending:
    """A queued request with the future of its answer, of a thread or of an event loop."""

    request: Request
    prepared: tuple[Prepared, ...]
    future: Future[Receipt] | asyncio.Future[Receipt]
    loop: asyncio.AbstractEventLoop | None


class AnswerDelivery:
    """Delivers the answers of each batch, those to complete by an executor, which other logs may use too."""

    def __init__(self, names: Names, executor: Executor) -> None:
        self.names = names
        self._executor = executor
        self._room = threading.Semaphore(MOST_INCOMPLETE)
        self._incomplete: set[Future[None]] = set()

    def deliver(self, batch: Sequence[Pending], answers: Sequence[Answer]) -> None:
        """Deliver complete answers, and pass the rest to the other thread; as they are if its queue is full."""
        ready: list[tuple[Pending, Answer]] = []
        for pending, answer in zip(batch, answers, strict=True):
            if not (_lacks_nearest(answer) and self._room.acquire(blocking=False)):
                ready.append((pending, answer))
                continue
            try:
                completion = self._executor.submit(self._complete, pending, answer)
            except RuntimeError:  # it was shut down, or no thread can be started
                self._room.release()
                ready.append((pending, answer))
            else:
                self._incomplete.add(completion)
                completion.add_done_callback(self._incomplete.discard)
        _deliver(ready)

    def close(self) -> None:
        """Finish the answers that are being completed."""
        wait(list(self._incomplete))

    def _complete(self, pending: Pending, answer: Answer) -> None:
        """Deliver an answer with the nearest names in it; without them where they cannot be read."""

        def names(deal_id: str, kind: str, wanted: str) -> list[str]:
            siblings = (one for one in pending.prepared if one.deal_id == deal_id)
            own = [name for one in siblings for of, name in one.created_entities if of == kind]
            return [*own, *self.names(deal_id, kind, wanted)]

        try:
            with suppress(ParleyError):
                if isinstance(answer, Receipt):
                    answer = replace(answer, warnings=with_nearest(answer.warnings, names))
                elif isinstance(answer, ParleyError):
                    complete(answer, names)
        finally:  # whatever fails here, the request was decided and is answered
            self._room.release()
            _deliver([(pending, answer)])


def _lacks_nearest(answer: Answer) -> bool:
    problems = answer.warnings if isinstance(answer, Receipt) else getattr(answer, "problems", ())
    return isinstance(answer, UnknownDeal) or lacks_nearest(problems)


def _deliver(answered: Sequence[tuple[Pending, Answer]]) -> None:
    """Hand out the answers, waking each event loop once."""
    by_loop: defaultdict[asyncio.AbstractEventLoop, list[tuple[Pending, Answer]]] = defaultdict(list)
    for pending, answer in answered:
        if pending.loop is not None:
            by_loop[pending.loop].append((pending, answer))
        elif pending.future.set_running_or_notify_cancel():  # type: ignore[union-attr]  # a caller without a loop holds a concurrent future
            _settle(pending, answer)
    for loop, settled in by_loop.items():
        with suppress(RuntimeError):  # the loop was closed: no task waits
            loop.call_soon_threadsafe(_settle_all, settled)


def _settle_all(settled: Iterable[tuple[Pending, Answer]]) -> None:
    for pending, answer in settled:
        if not pending.future.cancelled():
            _settle(pending, answer)


def _settle(pending: Pending, answer: Answer) -> None:
    if isinstance(answer, Receipt):
        pending.future.set_result(answer)
    else:
        pending.future.set_exception(answer)
