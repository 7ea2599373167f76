"""A bounded pool of processes for costly queries of long records, so that they do not slow the other requests.

A query of a short record is computed where it is asked: a process would cost more than it saves. Processes are started
when first needed. A query that is cancelled or past its deadline is ended in its process; one that does not end soon is
killed with it.
"""

import pickle
import socket
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from threading import Condition
from time import monotonic

import structlog

from api import limits
from api.runtime.query_process import BEGUN, END, FAILED, PART, Cancel, Job, Question, command
from api.runtime.tenant_services import TenantServices
from api.settings import Settings
from domain.errors import Busy, ParleyError
from projections.cancellation import check

log = structlog.get_logger()

LOOK_SECONDS = 0.1
"""Interval at which a thread that waits for a process looks whether its query was cancelled."""

STOP_SECONDS = 2.0
"""A process that has nothing to compute and does not end within this time is killed."""


class ProcessEnded(Exception):
    """The process has ended, or does not read."""


class QueryProcess:
    """A process and the connection to it. Used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._connection = Connection(ours.detach())
        self.busy = False
        """Whether it computes a query."""
        self.about: object = None
        """What its last query was about: it holds the decoded events of it."""
        self._send((settings, limits.QUERY_IDLE_SECONDS))

    def begin(self, job: Job, about: object) -> None:
        """Begin a query. Raises ProcessEnded, and what `check` raises."""
        self.about, self.busy = about, True
        self._send(job)
        if self._receive() != BEGUN:
            raise ProcessEnded

    def parts(self) -> Iterator[bytes]:
        """The parts of the answer. Raises the errors of the query, ProcessEnded, and what `check` raises."""
        while (kind := self._receive()) == PART:
            yield self._receive()
        if kind not in (END, FAILED):
            raise ProcessEnded
        error = pickle.loads(self._receive()) if kind == FAILED else None  # noqa: S301 - from our own process
        self.busy = False
        if error is not None:
            raise error

    def cancel(self, reason: str) -> None:
        """Let the query that is computed end, and wait briefly until it has."""
        until = monotonic() + limits.QUERY_GRACE_SECONDS
        with suppress(EOFError, OSError, ProcessEnded):
            self._send(Cancel(reason))
            while self.busy and self._connection.poll(max(0.0, until - monotonic())):
                kind = self._connection.recv_bytes()
                if kind in (PART, FAILED):
                    self._connection.recv_bytes()
                self.busy = kind not in (END, FAILED)

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """Let the process end, which it does when the connection is closed."""
        self._connection.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
            return
        self.kill()

    def kill(self) -> None:
        """End the process at once."""
        self._connection.close()
        self._process.kill()
        self._process.wait()

    def _send(self, message: object) -> None:
        try:
            self._connection.send(message)
        except OSError as error:
            raise ProcessEnded from error

    def _receive(self) -> bytes:
        try:
            while not self._connection.poll(LOOK_SECONDS):
                check()
            return self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise ProcessEnded from error


class QueryProcesses:
    """The processes of one server. Its methods are called on the threads of the pool of costly queries."""

    def __init__(self, settings: Settings) -> None:
        self.most = settings.queries
        self.per_principal = max(1, settings.queries // 2)
        self.started = 0
        """Processes started so far."""
        self._enabled = settings.query_processes
        self._settings = settings.model_copy(update={"run_workers": False})
        self._changed = Condition()
        self._idle: list[QueryProcess] = []
        self._held: Counter[str] = Counter()
        """Processes in use, by principal."""
        self._closed = False

    @property
    def running(self) -> int:
        """Processes that have not ended."""
        with self._changed:
            return self._held.total() + sum(process.running for process in self._idle)

    def about_deal(self, services: TenantServices, principal: str, deal_id: str, question: Question) -> bytes:
        """The answer to a query of a deal. Raises its errors, Busy and TooCostly."""
        if self._is_short_deal(services, deal_id):
            return b"".join(_parts_of(question(services)))
        return b"".join(self._computed(services, principal, deal_id, question))

    def stream_about_deal(
        self, services: TenantServices, principal: str, deal_id: str, question: Question
    ) -> Iterator[bytes]:
        """The parts of the answer to a query of a deal, as they are computed."""
        if self._is_short_deal(services, deal_id):
            return iter(_parts_of(question(services)))
        return self._computed(services, principal, deal_id, question)

    def stream_about_log(self, services: TenantServices, principal: str, question: Question) -> Iterator[bytes]:
        """The parts of the answer to a query of a whole log, as they are computed."""
        if self._is_short(services.ledger.head().position):
            return iter(_parts_of(question(services)))
        return self._computed(services, principal, None, question)

    def close(self) -> None:
        """End the processes. Those in use end with their queries."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            self._changed.notify_all()
        for process in idle:
            process.close()

    def _is_short_deal(self, services: TenantServices, deal_id: str) -> bool:
        head = services.ledger.deal_head(deal_id) if self._enabled else None
        return self._is_short(0 if head is None else head.version)

    def _is_short(self, events: int) -> bool:
        return not self._enabled or events < limits.PROCESS_EVENTS

    def _computed(
        self, services: TenantServices, principal: str, deal_id: str | None, question: Question
    ) -> Iterator[bytes]:
        ledger = services.ledger
        job = Job(ledger.conninfo, ledger.tenant, ledger.origin, services.reader.now(), question)
        self._enter(principal)
        process: QueryProcess | None = None
        try:
            process = self._begun(job, (ledger.tenant, deal_id))
            yield from process.parts()
        except ProcessEnded:
            log.warning("query-process-ended", deal=deal_id)
            raise Busy("The process of this query has ended; try again.", extra={"retry_after": 1}) from None
        except ParleyError as error:
            if process is not None and process.busy:
                process.cancel(error.detail)
            raise
        finally:
            self._leave(principal, process)

    def _begun(self, job: Job, about: object) -> QueryProcess:
        """A process that has begun a query: an idle one, best one that was busy with the same deal, else a new one."""
        for attempt in count(1):
            with self._changed:
                same = (each for each in self._idle if each.about == about)
                process = next(same, self._idle[-1] if self._idle else None)
                if process is not None:
                    self._idle.remove(process)
            if process is None:
                self.started += 1
                process = QueryProcess(self._settings)
            try:
                process.begin(job, about)
            except ProcessEnded:  # as an idle one does
                process.kill()
                if attempt > self.most:
                    raise
            except BaseException:
                process.kill()
                raise
            else:
                return process
        raise AssertionError

    def _enter(self, principal: str) -> None:
        """Wait for a process to be free for a principal. Raises Busy, and what `check` raises."""
        until = monotonic() + limits.QUERY_WAIT_SECONDS
        with self._changed:
            while not self._free(principal):
                check()
                if monotonic() > until or self._closed:
                    raise Busy(
                        f"{self._held.total()} costly queries of long records are being computed, "
                        f"{self._held[principal]} of them for you. Try again in a moment.",
                        extra={"retry_after": 2},
                    )
                self._changed.wait(LOOK_SECONDS)
            self._held[principal] += 1

    def _free(self, principal: str) -> bool:
        return self._held.total() < self.most and self._held[principal] < self.per_principal

    def _leave(self, principal: str, process: QueryProcess | None) -> None:
        """Keep a process that has ended its query for the next one. One that computes it still is killed: the client of
        a stream has left, or the query makes no checks."""
        kept = process is not None and not process.busy and process.running
        with self._changed:
            self._held[principal] -= 1
            if not self._held[principal]:
                del self._held[principal]
            if process is not None and kept and not self._closed:
                self._idle.append(process)
                process = None
            self._changed.notify_all()
        if process is not None:
            process.kill()


def _parts_of(found: bytes | Iterable[bytes]) -> Iterable[bytes]:
    return (found,) if isinstance(found, bytes) else found
