"""The threads of a process that append to the logs of one database, each with a connection of its own.

A log with queued requests is served by one thread at a time, a batch at a time, so that few threads and connections do
for many logs. The thread that was idle last goes first: with one log it is always the same one. A thread ends, and its
connection with it, once it has been idle for a while.
"""

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Protocol

from ledger.append.writer import Writer
from ledger.postgres.server_role import ServerRole
from ledger.unexpected_errors import logged

THREADS = 6
"""Batches of different logs that are written at once."""

IDLE_SECONDS = 60.0
"""An idle thread ends after this time."""


class WriterSlot:
    """The connection of a thread, made when it is first needed."""

    def __init__(self, conninfo: str, server: ServerRole) -> None:
        self._conninfo, self._server = conninfo, server
        self.writer: Writer | None = None

    def open(self, tenant: str) -> Writer:
        """A new connection, for one log. Raises psycopg.Error."""
        self.drop()
        self.writer = Writer(self._conninfo, tenant, impatient=True, server=self._server)
        return self.writer

    def turn_to(self, tenant: str) -> None:
        """Write to another log from now on."""
        if self.writer is not None:
            self.writer.turn_to(tenant)

    def drop(self) -> None:
        """Close the connection, if there is one."""
        writer, self.writer = self.writer, None
        if writer is not None:
            with logged("connection-not-closed"):
                writer.close()


class Served(Protocol):
    """What the threads serve: the queue of one log."""

    def serve(self, slot: WriterSlot) -> bool:
        """Write one batch; False where nothing was queued."""

    def leave(self) -> bool:
        """Have the next request schedule the log again; False where there is one already."""


class AppendThreads:
    """Starts threads as they are needed, and at most THREADS. Safe to share between threads."""

    def __init__(self, conninfo: str, server: ServerRole) -> None:
        """`server` notes to which kind of server the connections are."""
        self._conninfo, self._server = conninfo, server
        self._lock = threading.Lock()
        self._idle: list[_AppendThread] = []
        """Those without work, in the order in which they became idle."""
        self._threads: set[_AppendThread] = set()
        self._waiting: deque[Served] = deque()
        """Logs with queued requests that no thread serves yet."""
        self.closed = False
        self.completing = ThreadPoolExecutor(1, "parley-nearest")
        """Completes answers beside the threads; its thread starts on first use."""

    def schedule(self, log: Served) -> None:
        """Serve a log until its queue is empty."""
        with self._lock:
            if self._idle:
                self._idle.pop().give(log)
                return
            if len(self._threads) >= THREADS:
                self._waiting.append(log)
                return
            thread = _AppendThread(self, WriterSlot(self._conninfo, self._server), log)
            self._threads.add(thread)
        thread.start()

    def close(self) -> None:
        """Close the connections; no log is served from then on."""
        with self._lock:
            self.closed = True
            threads, self._idle = list(self._threads), []
            for thread in threads:
                thread.give(None)
        for thread in threads:
            thread.join()
        self.completing.shutdown()

    def next_log(self, served: Served) -> Served:
        """The log that a thread serves next, after a batch of another: in turn, where several wait."""
        with self._lock:
            if not self._waiting:
                return served
            self._waiting.append(served)
            return self._waiting.popleft()

    def rest(self, thread: "_AppendThread") -> Served | None:
        """The log that a thread without work serves next; None where there is none: the thread is idle then."""
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._idle.append(thread)
            return None

    def retire(self, thread: "_AppendThread") -> bool:
        """Let an idle thread end; False where it was given a log meanwhile."""
        with self._lock:
            if thread in self._idle:
                self._idle.remove(thread)
            elif not self.closed:
                return False
            self._threads.discard(thread)
            return True


class _AppendThread(threading.Thread):
    def __init__(self, threads: AppendThreads, slot: WriterSlot, first: Served) -> None:
        super().__init__(name="parley-appender", daemon=True)
        self._all, self._slot = threads, slot
        self._given: SimpleQueue[Served | None] = SimpleQueue()
        self.give(first)

    def give(self, log: Served | None) -> None:
        """Serve a log; None: end."""
        self._given.put(log)

    def run(self) -> None:
        while (given := self._next_given()) is not None:
            log: Served | None = given
            while log is not None:
                more = True
                with logged("batch-failed"):  # the log is served on: what else it has queued is answered
                    more = log.serve(self._slot)
                if more:
                    log = self._all.next_log(log)
                    continue
                left, log = log, self._all.rest(self)
                if not left.leave():  # this thread is idle already, so that no other is started for what came meanwhile
                    self._all.schedule(left)
        self._slot.drop()

    def _next_given(self) -> Served | None:
        while True:
            try:
                return self._given.get(timeout=IDLE_SECONDS)
            except Empty:
                if self._all.retire(self):
                    return None
