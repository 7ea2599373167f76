"""A process that computes costly queries for a server: one after another, each over the connection it was given.

It ends when its server does, and when it has had nothing to do for a while: then what it holds in memory is freed.
"""

import os
import pickle
import signal
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from multiprocessing.connection import Connection
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

import structlog

from api import logging
from api.runtime import garbage_collector
from api.runtime.tenant_services import TenantServices
from api.settings import Settings
from domain.errors import ParleyError
from domain.time.instants import Moment
from ledger.database import Database
from ledger.ledger import Ledger
from projections.cancellation import Token

log = structlog.get_logger()

NICENESS = 10
"""Added to the scheduling priority: requests that are quick come first on a busy machine."""

CONNECTIONS = 2
"""To PostgreSQL, at most."""

OPEN_LOGS = 4
"""Logs whose decoded events are held in memory."""

PART_BYTES = 64 * 1024
PART_SECONDS = 0.1
"""Parts of a stream are sent together up to this size and for this time."""

BEGUN, PART, END, FAILED = b"begun", b"part", b"end", b"failed"
"""The kinds of messages to the server. A part and an error are followed by their bytes."""

Question = Callable[[TenantServices], bytes | Iterable[bytes]]
"""A costly query of a log. It is pickled: a function of a module, with its arguments by `functools.partial`."""


@dataclass(frozen=True, slots=True)
class Job:
    """A query, the log that it is about, and the moment at which it was asked."""

    conninfo: str
    tenant: str
    origin: str
    now: Moment
    question: Question


@dataclass(frozen=True, slots=True)
class Cancel:
    """The request to end the query that is being computed."""

    reason: str


class QueryWorker:
    """Computes the queries that arrive on a connection."""

    def __init__(self, server: Connection) -> None:
        self._server = server
        self._settings: Settings
        self._idle_seconds: float
        self._settings, self._idle_seconds = server.recv()
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._token = Token(inf, "")
        self._logs: OrderedDict[tuple[str, str], TenantServices] = OrderedDict()
        self._databases: dict[str, Database] = {}

    def run(self) -> None:
        """Compute until there was no query for a while."""
        Thread(target=self._read, name="parley-query-messages", daemon=True).start()
        self._answer(self._jobs.get())  # what it was started for
        with suppress(Empty):
            while True:
                self._answer(self._jobs.get(timeout=self._idle_seconds))

    def _read(self) -> None:
        """Receive queries and cancellations. The end of the server is the end of the process, whatever it computes."""
        try:
            while True:
                message = self._server.recv()
                if isinstance(message, Cancel):
                    self._token.cancel(message.reason)
                else:
                    self._token = Token(inf, "")
                    self._jobs.put(message)
        except (EOFError, OSError):
            os._exit(0)

    def _answer(self, job: Job) -> None:
        self._server.send_bytes(BEGUN)
        try:
            for part in self._token.run(lambda: self._parts(job)):
                self._server.send_bytes(PART)
                self._server.send_bytes(part)
        except Exception as error:  # noqa: BLE001 - raised again where it was asked
            self._server.send_bytes(FAILED)
            self._server.send_bytes(_pickled(error))
        else:
            self._server.send_bytes(END)

    def _parts(self, job: Job) -> Iterator[bytes]:
        log = self._log(job)
        log.reader.now = lambda: job.now
        found = job.question(log)
        return iter((found,)) if isinstance(found, bytes) else self._under_token(_together(found))

    def _under_token(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        """The same parts, each computed under the token of the query."""
        while (part := self._token.run(lambda: next(parts, None))) is not None:
            yield part

    def _log(self, job: Job) -> TenantServices:
        name = (job.conninfo, job.tenant)
        if name not in self._logs:
            if job.conninfo not in self._databases:
                self._databases[job.conninfo] = Database(job.conninfo, CONNECTIONS)
            ledger = Ledger(self._databases[job.conninfo], job.tenant, job.origin, owns_database=False)
            self._logs[name] = TenantServices.open(ledger, self._settings, owned=True)
        self._logs.move_to_end(name)
        while len(self._logs) > OPEN_LOGS:
            self._logs.popitem(last=False)[1].stack.close()
        return self._logs[name]


def _together(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Small parts joined, while they come quickly."""
    held: list[bytes] = []
    size, since = 0, monotonic()
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= PART_BYTES or monotonic() - since >= PART_SECONDS:
            yield b"".join(held)
            held, size, since = [], 0, monotonic()
    if held:
        yield b"".join(held)


def _pickled(error: Exception) -> bytes:
    """An error as bytes; one that cannot be sent is described."""
    if not isinstance(error, ParleyError):
        log.error("costly-query-failed", exc_info=error)
    try:
        content = pickle.dumps(error)
        pickle.loads(content)  # noqa: S301 - just pickled
    except Exception:  # noqa: BLE001 - whatever an error of a library does when it is pickled
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
    return content


def main(descriptor: int) -> None:
    """Compute the queries that arrive on an inherited socket."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server of a terminal ends its processes itself
    os.nice(NICENESS)
    logging.configure()
    garbage_collector.tune()
    with Connection(descriptor) as server:
        QueryWorker(server).run()


def command(descriptor: int) -> list[str]:
    """The command of a process with an inherited socket: this interpreter, with the modules of this process."""
    start = f"import sys; sys.path[:] = sys.argv[2:]; from {__name__} import main; main(int(sys.argv[1]))"
    return [sys.executable, "-c", start, str(descriptor), *(each or str(Path.cwd()) for each in sys.path)]
