"""The supervisor of a server's processes: it forks them, starts those again that end, and stops all of them.

It runs neither threads nor an event loop, so that it can fork at any time. Its processes inherit what was imported
before, and end when it ends, even after kill -9: they hold the reading end of a pipe of which it alone has the other.
"""

import os
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from types import FrameType
from typing import NoReturn

import structlog

log = structlog.get_logger()

FIRST_PAUSE_SECONDS = 0.05
"""Before a process that ended is started again; doubled each time it ends before it has run for STABLE_SECONDS."""

LONGEST_PAUSE_SECONDS = 5.0
STABLE_SECONDS = 60.0

STOP_SECONDS = 30.0
"""Grace period of a stop; a process that has not ended by then is killed."""

SIGNALS = (signal.SIGTERM, signal.SIGINT)

READY = b"ready\n"

Run = Callable[[Callable[[], None]], None]
"""What a process does until SIGTERM; it calls its argument once it is ready."""


@dataclass
class Process:
    """A process that is kept running."""

    name: str
    run: Run
    pid: int | None = None
    status: int = -1
    """The end of a pipe from which its readiness is read, and its end."""
    started_at: float = 0.0
    due_at: float = 0.0
    """When it is started; while it does not run."""
    failures: int = 0
    """How often in a row it ended soon."""
    was_ready: bool = False


class Supervisor:
    """Several processes. The first is started first; the others, and `ready`, follow once it is ready."""

    def __init__(
        self, runs: Sequence[tuple[str, Run]], ready: Callable[[], None], stopping: Callable[[], None]
    ) -> None:
        """`stopping` is called before the processes are asked to stop."""
        self._processes = [Process(name, run) for name, run in runs]
        self._ready = ready
        self._stopping = stopping
        self._alive, self._life = os.pipe()
        """The processes wait for the end of the first; the supervisor alone holds the second."""
        self._woken, self._waker = socket.socketpair()
        self._woken.setblocking(False)
        self._waker.setblocking(False)
        self._caught: list[int] = []

    def run(self) -> int:
        """Run until SIGTERM or SIGINT, and raise that signal again in the end.

        Returns an exit code only if a process ends before it was ever ready: its own. In the processes themselves it
        does not return; it raises what they raise.
        """
        before = {number: signal.signal(number, self._catch) for number in SIGNALS}
        wakeup = signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        outcome = self._supervise()
        if isinstance(outcome, Process):
            self._become(outcome)
        self._stop_all()
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        for fd in (self._alive, self._life):
            os.close(fd)
        if self._caught:
            signal.raise_signal(self._caught[0])
        return outcome

    def _catch(self, number: int, _frame: FrameType | None) -> None:
        self._caught.append(number)

    def _supervise(self) -> "int | Process":
        """The exit code, once all is to end; in a forked process, that process."""
        first = self._processes[0]
        while not self._caught:
            for process in self._processes if first.was_ready else [first]:
                if process.pid is None and process.due_at <= monotonic() and self._fork(process):
                    return process
            for process in self._changed(self._pause()):
                code = self._hear(process)
                if code is not None:
                    return code
        return 0

    def _pause(self) -> float | None:
        """The time until the next start; None if none is due."""
        waiting = [each.due_at for each in self._processes if each.pid is None and self._processes[0].was_ready]
        return max(0.0, min(waiting) - monotonic()) if waiting else None

    def _changed(self, timeout: float | None) -> list[Process]:
        """The processes that became ready or ended; also none, where a signal came or the time has passed."""
        with selectors.PollSelector() as sources:
            sources.register(self._woken, selectors.EVENT_READ)
            for process in self._processes:
                if process.pid is not None:
                    sources.register(process.status, selectors.EVENT_READ, process)
            found = [key.data for key, _ in sources.select(timeout)]
        with suppress(BlockingIOError):
            self._woken.recv(4096)
        return [process for process in found if process is not None]

    def _hear(self, process: Process) -> int | None:
        """Take in that a process became ready or ended; the exit code, if all is to end."""
        if os.read(process.status, len(READY)):
            first_time, process.was_ready = not process.was_ready, True
            if first_time and process is self._processes[0]:
                self._ready()
            return None
        code = self._reap(process)
        if not process.was_ready:
            return code if code > 0 else 1
        if monotonic() - process.started_at > STABLE_SECONDS:
            process.failures = 0
        pause = min(FIRST_PAUSE_SECONDS * 2**process.failures, LONGEST_PAUSE_SECONDS)
        process.failures += 1
        process.due_at = monotonic() + pause
        log.error("process-ended", process=process.name, code=code, started_again_in_seconds=pause)
        return None

    def _reap(self, process: Process) -> int:
        """The exit code of a process that has ended; of one that was killed, the negative number of the signal."""
        assert process.pid is not None
        os.close(process.status)
        _, status = os.waitpid(process.pid, 0)
        process.pid = None
        return os.waitstatus_to_exitcode(status)

    def _fork(self, process: Process) -> bool:
        """Start a process; True in the process itself."""
        status, told = os.pipe()
        sys.stdout.flush()  # what is buffered would be written twice
        # A signal that came before the process has its own handlers would be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        pid = os.fork()
        if pid:
            process.pid, process.status, process.started_at = pid, status, monotonic()
            os.close(told)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            return False
        os.close(status)
        for other in self._processes:
            if other.pid is not None:
                os.close(other.status)
        process.status = told
        return True

    def _become(self, process: Process) -> NoReturn:
        """Be the process that was forked, until SIGTERM. A terminal sends SIGINT to it too, which it ignores."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        self._woken.close()
        self._waker.close()
        os.close(self._life)
        threading.Thread(target=_end_with, args=[self._alive], name="parley-supervisor", daemon=True).start()
        with suppress(KeyboardInterrupt):
            process.run(lambda: _write_ready(process.status))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # all is closed: to destroy every object would copy the memory that the processes share

    def _stop_all(self) -> None:
        """Ask every process to stop, and wait until it has; kill those that do not, or all at a second signal."""
        self._stopping()
        self._send(signal.SIGTERM)
        asked, signals = monotonic(), len(self._caught)
        while running := [process for process in self._processes if process.pid is not None]:
            if monotonic() - asked > STOP_SECONDS or len(self._caught) > signals:
                self._send(signal.SIGKILL)
            for process in self._changed(1.0):
                if process in running and not os.read(process.status, len(READY)):
                    self._reap(process)

    def _send(self, number: signal.Signals) -> None:
        for process in self._processes:
            if process.pid is not None:
                os.kill(process.pid, number)


def _end_with(alive: int) -> None:
    """End this process at once when its supervisor has ended."""
    os.read(alive, 1)
    os._exit(1)


def _write_ready(status: int) -> None:
    with suppress(BrokenPipeError):  # the supervisor has ended
        os.write(status, READY)
