"""The runner of a log's projections: catches up in batches, rows and position in one transaction, one leader at a time.

The runners of a database share threads and take turns, a batch at a time. A batch that fails is tried again, waiting
longer each time; then its events one by one, and one that fails alone is laid aside in `dead_letters`. Nothing stops
a runner but closing it: a lost connection is made again.
"""

import time
from collections.abc import Sequence

import psycopg

from domain.errors import Busy, ParleyError
from ledger.append.writer import lock_key
from ledger.ledger import Ledger
from ledger.maintenance.worker_status import WorkerStatus
from ledger.task_threads import AT_ONCE, Pause, Task
from projections.batch_update import ATTEMPTS, BATCH_EVENTS, advance, dead_letter, refresh
from projections.progress import ProjectionProgress
from projections.projection import Projection
from projections.rebuild import prepare
from projections.state.state_reader import StateReader

THREADS = 2
"""Threads of the runners of a database: while one rebuilds the tables of a log, the others go on."""

FIRST_PAUSE_SECONDS = 0.1
"""Before the second attempt; it doubles."""
LONGEST_PAUSE_SECONDS = 5.0

AWAY_SECONDS = 1.0
"""Longest pause between attempts to reach the database."""

STANDBY_SECONDS = 1.0
"""A runner that does not lead tries to at most so often, whatever is recorded."""

BATCH_INTERVAL_SECONDS = 0.2
"""Between two rounds while events keep coming: a row that many events touch is written once for all of them."""


class Runner:
    """A worker that updates projections. Several processes may run one: one of them leads."""

    def __init__(self, ledger: Ledger, projections: Sequence[Projection], reader: StateReader | None = None) -> None:
        self._ledger = ledger
        self._projections = tuple(projections)
        self._reader = reader or StateReader(ledger)
        self._leader = ledger.database.leader("project")
        self._lock = lock_key(f"projections {ledger.tenant}")
        self._term = 0
        """The term of leadership in which the tables were prepared."""
        self.status = WorkerStatus("projections", ledger.tenant)
        self.reached = ProjectionProgress()
        """How far each projection has come, while this runner leads."""
        self._attempts = {each.name: _Attempts() for each in self._projections}
        self._stale: set[str] = set()
        """Projections whose last refresh failed."""
        self._away_seconds = FIRST_PAUSE_SECONDS
        self._following = False
        self._task: Task | None = None

    @property
    def leading(self) -> bool:
        """Whether this process updates the projections."""
        return self._leader.holds(self._lock)

    def start(self) -> "Runner":
        self._task = self._ledger.database.threads("parley-projections", THREADS).add(self._step, self._end)
        return self

    def close(self) -> None:
        if self._task is not None:
            self._task.close()

    def __enter__(self) -> "Runner":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wake(self) -> None:
        if self._task is not None:
            self._task.wake()

    @property
    def _closing(self) -> bool:
        return self._task is not None and self._task.closing

    def _step(self) -> Pause:
        try:
            pause = self._round()
        except (psycopg.Error, ParleyError) as error:
            self.status.failed(error)
            self._leader.drop_if_lost()
            seconds, self._away_seconds = self._away_seconds, min(2 * self._away_seconds, AWAY_SECONDS)
            return Pause(seconds, seconds)
        self._away_seconds = FIRST_PAUSE_SECONDS
        return pause

    def _end(self) -> None:
        self._leader.release(self._lock)

    def _round(self) -> Pause:
        """One batch of each projection, and some of what time has changed. Raises Busy, psycopg.Error."""
        started = time.monotonic()
        if not self._following:
            self._ledger.hub.on_growth.append(self._wake)
            self._following = True
        if not self._leader.lead(self._lock, self._wake):
            self.status.succeeded()  # another process leads, or the server is a standby
            return Pause(STANDBY_SECONDS)
        if self._term != self._leader.term:
            for projection in self._projections:
                prepare(self._ledger, projection, self._reader)
            self._term = self._leader.term
        results = [self._advance(projection) for projection in self._projections]
        refreshed = [self._refresh(projection) for projection in self._projections]
        if any(count == BATCH_EVENTS for count in results) or any(refreshed):
            return AT_ONCE
        retries = [each.not_before for each in self._attempts.values() if each.failures]
        least = max(0.0, started + BATCH_INTERVAL_SECONDS - time.monotonic())
        return Pause(least, max(0.0, min(retries) - time.monotonic()) if retries else None)

    def _refresh(self, projection: Projection) -> int:
        """One round of what time has changed: events that come meanwhile wait no longer than that."""
        try:
            count = refresh(self._ledger, projection, self._reader)
        except Busy:
            raise
        except Exception as error:  # noqa: BLE001 - as in taking in events
            self._stale.add(projection.name)
            self.status.failed(error)
            return 0
        self._stale.discard(projection.name)
        return count

    def _advance(self, projection: Projection) -> int:
        """Take in a batch of a projection, unless its last one has just failed; the number of events."""
        attempts = self._attempts[projection.name]
        if attempts.failures >= ATTEMPTS:
            attempts.failures = 0
            position, count = self._one_by_one(projection)
        elif attempts.failures and time.monotonic() < attempts.not_before:
            return 0
        else:
            try:
                position, count = advance(self._ledger, projection, self._reader)
            except Busy:
                raise
            except Exception as error:  # noqa: BLE001 - a fault of one projection must not stop the others
                self.status.failed(error)
                attempts.failed()
                return 0
            attempts.failures = 0
            if not self._stale and not any(each.failures for each in self._attempts.values()):
                self.status.succeeded()
        self.reached.advance(projection.name, position)
        return count

    def _one_by_one(self, projection: Projection) -> tuple[int, int]:
        position = count = 0
        while count < BATCH_EVENTS and not self._closing:
            try:
                position, taken = advance(self._ledger, projection, self._reader, limit=1)
            except Busy:
                raise
            except Exception as error:  # noqa: BLE001 - it goes to the dead letters
                position, taken = dead_letter(self._ledger, projection, error)
            if not taken:
                break
            count += taken
        return position, count


class _Attempts:
    """The attempts of a projection at one batch."""

    def __init__(self) -> None:
        self.failures = 0
        self.not_before = 0.0

    def failed(self) -> None:
        """Wait before the next attempt, longer each time."""
        pause = min(FIRST_PAUSE_SECONDS * 2**self.failures, LONGEST_PAUSE_SECONDS)
        self.failures, self.not_before = self.failures + 1, time.monotonic() + pause
