"""Threads that run the tasks of many logs in turn, such as the projections of each: few threads, however many logs.

A task says after each step how long it may rest. It is woken when there is news of its log; without news the tasks are
run in turn, as many a second as IDLE_STEPS_A_SECOND allows, so that idle logs cost next to nothing.
"""

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import structlog

log = structlog.get_logger()

IDLE_SECONDS = 1.0
"""After this time an idle task is run again, if there are few."""

IDLE_STEPS_A_SECOND = 4.0
"""Steps of idle tasks: of many, each is run less often."""

FAULT_SECONDS = 1.0
"""Pause after a step that raised an error."""


class Pause(NamedTuple):
    """How long a task may rest after a step, in seconds."""

    least: float = 0.0
    """Not less, whatever news comes."""
    most: float | None = None
    """Not more. Without it, and in any case, until there is news or it is its turn among the idle ones."""


AT_ONCE = Pause(0.0, 0.0)
"""There is more to do."""


class TaskThreads:
    """Threads of one kind. The first starts with the first task, and they end with the last one."""

    def __init__(self, name: str, most: int = 1) -> None:
        """`most` threads run tasks at once; a task is run by one at a time."""
        self._name = name
        self._most = most
        self._changed = threading.Condition()
        self._tasks: set[Task] = set()
        self._threads = 0

    def add(self, step: Callable[[], Pause], end: Callable[[], None] = lambda: None) -> "Task":
        """Run a task until it is closed; `end` is called then, by the same threads."""
        added = Task(self._changed, step, end)
        with self._changed:
            self._tasks.add(added)
            if self._threads < min(self._most, len(self._tasks)):
                self._threads += 1
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
            self._changed.notify_all()
        return added

    def _run(self) -> None:
        while (task := self._next()) is not None:
            pause = task.run()
            with self._changed:
                if pause is None:
                    self._tasks.discard(task)
                    task.ended.set()
                else:
                    idle_seconds = max(IDLE_SECONDS, len(self._tasks) / IDLE_STEPS_A_SECOND)
                    task.rest(pause, idle_seconds)
                self._changed.notify_all()

    def _next(self) -> "Task | None":
        """The task that has been due longest, once one is; None once there are none."""
        with self._changed:
            while self._tasks:
                free = [task for task in self._tasks if not task.running]
                first = min(free, key=lambda task: task.due, default=None)
                seconds = None if first is None else first.due - time.monotonic()
                if first is not None and seconds is not None and seconds <= 0:
                    first.begin()
                    return first
                self._changed.wait(seconds)
            self._threads -= 1
            return None


class Task:
    """A task of one log, from `TaskThreads.add` to `close`."""

    def __init__(self, changed: threading.Condition, step: Callable[[], Pause], end: Callable[[], None]) -> None:
        self._changed = changed
        self._step, self._end = step, end
        self.due = time.monotonic()
        self._earliest = self.due
        self.running = False
        self._woken = False
        self.closing = False
        """Whether it is about to end: a long step should stop."""
        self.ended = threading.Event()

    def wake(self) -> None:
        """Run the next step as soon as it may be: there is news."""
        if self._woken:
            return
        with self._changed:
            self._woken = True
            self.due = min(self.due, self._earliest)
            self._changed.notify_all()

    def close(self) -> None:
        """End it, after the step that is being run."""
        with self._changed:
            self.closing = True
            self.due = 0.0
            self._changed.notify_all()
        self.ended.wait()

    def begin(self) -> None:
        """Note that a step begins."""
        self.running, self._woken = True, False

    def rest(self, pause: Pause, idle_seconds: float) -> None:
        """Note that a step has ended, and when the next one is due."""
        now = time.monotonic()
        self.running, self._earliest = False, now + pause.least
        latest = now + min(idle_seconds, idle_seconds if pause.most is None else pause.most)
        self.due = 0.0 if self.closing else self._earliest if self._woken else max(self._earliest, latest)

    def run(self) -> Pause | None:
        """Run a step, or end the task: None."""
        ending = self.closing
        try:
            if not ending:
                return self._step()
            self._end()
        except Exception as error:  # the thread goes on with other tasks, and this one is tried again
            log.error("task-failed", exc_info=error)
        return None if ending else Pause(FAULT_SECONDS, FAULT_SECONDS)
