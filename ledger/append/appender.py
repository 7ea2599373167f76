"""Group commit: one bounded queue and one appender per log and process, served by one thread at a time.

A single append does not wait, and concurrent ones share the round trips. A request is answered when its batch is on
disk, is a duplicate, or is refused.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import psycopg

from domain.errors import Busy, OutcomeUnknown, ParleyError
from domain.unknown_references import Names
from ledger.append import clock
from ledger.append.answer_delivery import Answer, AnswerDelivery, Pending
from ledger.append.append_threads import AppendThreads, WriterSlot
from ledger.append.batch import BatchView
from ledger.append.decision import dated, decide_request
from ledger.append.idempotency import key_hashes
from ledger.append.memory import LogMemory
from ledger.append.preparation import Prepared, prepare
from ledger.append.request_queue import RETRY_SECONDS, RequestQueue
from ledger.append.writer import Writer
from ledger.models import Receipt, Recorded, Request
from ledger.postgres.connection import away
from ledger.unexpected_errors import logged

REFUSAL_SECONDS = 5.0
"""How long a batch that failed for lack of resources is reported as the current condition."""

EVENT_IDS = "events_tenant_id_key"
"""The constraint that an event sent again violates."""

MOVED = "57MOV"
"""SQLSTATE of a write to a log that is being moved to another database, or was moved: see refuse_moved_log."""

NO_MEANS = ("53", "58")
"""Classes of SQLSTATE that are not about a batch: insufficient resources, such as a full disk, and system errors."""


class Appender:
    """Appends to a log, alone in this process; it calls `committed` with each batch, in order."""

    def __init__(
        self,
        threads: AppendThreads,
        tenant: str,
        origin: str,
        committed: Callable[[Sequence[Recorded]], None],
        names: Names,
    ) -> None:
        """`threads` serve it, beside other logs of the database."""
        self._threads = threads
        self._tenant = tenant
        self._origin = origin
        self._committed = committed
        self._delivery = AnswerDelivery(names, threads.completing)
        self._slot: WriterSlot | None = None
        """The connection of the thread that serves the queue, or served it last."""
        self._memory = LogMemory()
        self._queue = RequestQueue()
        self._refused: tuple[float, str] | None = None
        """When the database last lacked resources to write a batch, and its message; None after the next success."""
        self.batches = 0
        """Batches committed since the start."""
        self.appended = 0
        """Events committed since the start."""
        self.commit_seconds = 0.0
        """Time spent in batches, from lock to disk."""

    @property
    def queued_events(self) -> int:
        return self._queue.events

    @property
    def alive(self) -> bool:
        """Whether requests are accepted."""
        return not self._threads.closed and not self._queue.closing

    @property
    def refusal(self) -> str | None:
        """Why the last batch was not written, such as a full disk, if that was recently."""
        refused = self._refused
        return refused[1] if refused is not None and time.monotonic() - refused[0] < REFUSAL_SECONDS else None

    def append(self, request: Request) -> Future[Receipt]:
        """Queue a request; the future gives its receipt or raises its error. Raises InvalidInput and Busy at once."""
        future: Future[Receipt] = Future()
        self._enqueue(Pending(request, self._prepare(request), future, None))
        return future

    def append_soon(self, request: Request) -> asyncio.Future[Receipt]:
        """`append` for the running event loop, which is woken once for a whole batch."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._enqueue(Pending(request, self._prepare(request), future, loop))
        return future

    def close(self) -> None:
        """Finish what is queued, then stop."""
        self._queue.close()
        self._delivery.close()

    def _enqueue(self, pending: Pending) -> None:
        if self._queue.put(pending):
            self._threads.schedule(self)

    def _prepare(self, request: Request) -> tuple[Prepared, ...]:
        if not request.submissions:
            raise ValueError("a request holds at least one submission")
        return tuple([prepare(self._origin, submission, request.by) for submission in request.submissions])

    def serve(self, slot: WriterSlot) -> bool:
        """Write one batch on the connection of a thread; False where nothing is queued."""
        batch = self._queue.take()
        if not batch:
            return False
        self._slot = slot
        try:
            slot.turn_to(self._tenant)
            answers = self._answers(batch)
        except BaseException as error:  # noqa: BLE001 - the waiting threads get it, and this thread goes on
            answers = [error] * len(batch)
            self._drop_writer()
        self._queue.answering(len(batch))
        self._delivery.deliver(batch, answers)
        return True

    def leave(self) -> bool:
        """Have the next request ask for a thread; False where there is one already."""
        return self._queue.leave()

    @property
    def _writer(self) -> Writer | None:
        return self._slot.writer if self._slot is not None else None

    def _answers(self, batch: list[Pending]) -> list[Answer]:
        """Answers of one batch, in its order."""
        started = time.perf_counter()
        answers = self._append_at_once(batch, started)
        return self._append_in_two(batch, started) if answers is None else answers

    def _append_at_once(self, batch: list[Pending], started: float) -> list[Answer] | None:
        """The answers, from one round trip; None where it takes two, and nothing is written yet."""
        writer = self._writer
        if writer is None or not writer.idle:
            return None
        view = self._memory.view((pending.request, pending.prepared) for pending in batch)
        if view is None:
            return None
        answers = [self._decide(view, writer, pending) for pending in batch]
        receipts = [answer for answer in answers if isinstance(answer, Receipt)]
        if len(receipts) < len(batch):
            self._memory.forget()
            return None
        try:
            if not writer.append_at_once(view, clock.latest(view.recorded)):
                self._memory.forget()
                return None
        except psycopg.errors.UniqueViolation as error:
            if error.diag.constraint_name == EVENT_IDS:
                self._memory.forget()
            else:
                self._memory.was_stale()
            return None
        except psycopg.Error as error:
            self._memory.forget()
            if writer.lost:
                return self._after_failure(batch, [*receipts], view, writer, error)
            if isinstance(error, psycopg.errors.LockNotAvailable):
                return [away(error)] * len(batch)
            return None
        self._wrote(view, started)
        return [dated(receipt, view) for receipt in receipts]

    def _append_in_two(self, batch: list[Pending], started: float) -> list[Answer]:
        """The answers, from a round trip that reads and one that writes."""
        try:
            view, answers = self._begin_and_decide(batch)
        except psycopg.Error as error:
            return [away(error)] * len(batch)
        writer = self._writer
        assert writer is not None
        try:
            if not view.rows and not view.new_keys:
                writer.abandon()
                return answers
            clock.check(view.clock, view.recorded)
            writer.write(view)
        except clock.ClockAhead as refusal:
            writer.abandon()
            return [refusal if _rests_on(*each, view.head) else each[1] for each in zip(batch, answers, strict=True)]
        except psycopg.Error as error:
            return self._after_failure(batch, answers, view, writer, error)
        self._wrote(view, started)
        return answers

    def _wrote(self, view: BatchView, started: float) -> None:
        """A batch is on disk."""
        self._refused = None
        self.batches += 1
        self.appended += len(view.rows)
        spent = time.perf_counter() - started
        self.commit_seconds += spent
        self._queue.committed(spent)
        if view.rows:
            self._memory.remember(view)
            with logged("batch-not-passed-on"):  # it is recorded, and so it is answered
                self._committed(view.rows)

    def _begin_and_decide(self, batch: list[Pending]) -> tuple[BatchView, list[Answer]]:
        """Nothing is written yet, so a connection that was lost since the last batch is simply replaced."""
        fresh = self._writer is None
        while True:
            try:
                writer = self._writer or self._open_writer()
                view = writer.begin(
                    [one for pending in batch for one in pending.prepared],
                    keys=key_hashes(pending.request for pending in batch),
                )
                return view, [self._decide(view, writer, pending) for pending in batch]
            except psycopg.Error:
                lost = self._writer is not None and self._writer.lost
                self._drop_writer()
                if fresh or not lost:
                    raise
                fresh = True

    def _decide(self, view: BatchView, writer: Writer, pending: Pending) -> Answer:
        try:
            return decide_request(view, writer, pending.request, pending.prepared)
        except ParleyError as refusal:
            return refusal

    def _after_failure(
        self, batch: list[Pending], answers: list[Answer], view: BatchView, writer: Writer, error: psycopg.Error
    ) -> list[Answer]:
        """A batch failed at insert or commit: by a refusal of the server, or with the connection."""
        lost = writer.lost
        self._drop_writer()
        if error.sqlstate == MOVED:
            return [
                away(error) if _rests_on(*each, view.head) else each[1] for each in zip(batch, answers, strict=True)
            ]
        if lost:
            return [
                _outcome_unknown(pending) if _rests_on(pending, answer, view.head) else answer
                for pending, answer in zip(batch, answers, strict=True)
            ]
        if len(batch) > 1:
            return [answer for pending in batch for answer in self._answers([pending])]
        said = str(error).strip().splitlines()[0]
        if isinstance(error, psycopg.errors.ReadOnlySqlTransaction) or (error.sqlstate or "")[:2] in NO_MEANS:
            self._refused = time.monotonic(), said
        return [
            Busy(
                f"The database refused to record this ({said}); nothing was recorded.",
                extra={"retry_after": RETRY_SECONDS},
            )
        ]

    def _open_writer(self) -> Writer:
        assert self._slot is not None
        return self._slot.open(self._tenant)

    def _drop_writer(self) -> None:
        if self._slot is not None:
            self._slot.drop()
        self._memory.forget()


def _rests_on(pending: Pending, answer: Answer, head: int) -> bool:
    """Whether an answer holds only if the batch after `head` was committed."""
    return isinstance(answer, Receipt) and answer.position > head and not pending.request.dry_run


def _outcome_unknown(pending: Pending) -> OutcomeUnknown:
    ids = [one.id for one in pending.prepared]
    return OutcomeUnknown(
        f"The connection to the database was lost while {', '.join(ids[:3])}{' and others' if len(ids) > 3 else ''} "
        "was being committed; it may be recorded or not. Send it again with the same id.",
        extra={"retry_after": RETRY_SECONDS, "ids": ids},
    )
