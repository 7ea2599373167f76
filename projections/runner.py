"""The runner of a log's projections: catches up in batches, rows and position in one transaction, one leader at a time.

A batch that fails is tried again, waiting longer each time; then its events one by one, and one that fails alone is
laid aside in `dead_letters`. Nothing stops the runner but closing it: a lost connection is made again.
"""

import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import Connection

from domain.errors import Busy, ParleyError
from ledger.append.writer import lock_key
from ledger.ledger import Ledger
from ledger.maintenance.worker_status import WorkerStatus
from ledger.postgres.connection import connect
from ledger.postgres.leadership import heartbeat, lead, ping
from projections.batch_update import ATTEMPTS, BATCH_EVENTS, advance, dead_letter, refresh
from projections.progress import ProjectionProgress
from projections.projection import Projection
from projections.rebuild import prepare
from projections.sql import sql
from projections.state.state_reader import StateReader

FIRST_PAUSE_SECONDS = 0.1
"""Before the second attempt; it doubles."""
LONGEST_PAUSE_SECONDS = 5.0
IDLE_SECONDS = 1.0
"""Polling interval of an idle runner, also for time events."""

STANDBY_SECONDS = 1.0
"""Interval at which a runner that does not lead tries to."""

BATCH_INTERVAL_SECONDS = 0.2
"""Between two rounds while events keep coming: a row that many events touch is written once for all of them."""

CLOSING_SECONDS = 0.1
"""How long closing an idle runner may take."""


class Runner:
    """A worker that updates projections. Several processes may run one: one of them leads."""

    def __init__(self, ledger: Ledger, projections: Sequence[Projection], reader: StateReader | None = None) -> None:
        self._ledger = ledger
        self._projections = tuple(projections)
        self._reader = reader or StateReader(ledger)
        self._closing = threading.Event()
        self.leading = False
        self.status = WorkerStatus("projections", ledger.tenant)
        self.reached = ProjectionProgress()
        """How far each projection has come, while this runner leads."""
        self._stale: set[str] = set()
        """Projections whose last refresh failed."""
        self._thread = threading.Thread(target=self._run, name="parley-projections", daemon=True)

    def start(self) -> "Runner":
        self._thread.start()
        return self

    def close(self) -> None:
        self._closing.set()
        self._thread.join()

    def __enter__(self) -> "Runner":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self._closing.is_set():
            try:
                with connect(self._ledger.conninfo, "project") as connection, heartbeat(connection):
                    lead(connection)
                    while not self._closing.is_set():
                        pause = FIRST_PAUSE_SECONDS
                        if self._lead(connection):
                            self._follow(connection)
                        else:
                            self.status.succeeded()  # another process leads
                            self._closing.wait(STANDBY_SECONDS)
            except (psycopg.Error, ParleyError) as error:
                self.status.failed(error)
            finally:
                self.leading = False
            self._closing.wait(pause)
            pause = min(2 * pause, IDLE_SECONDS)

    def _lead(self, connection: Connection[Any]) -> bool:
        """Leadership lasts as long as the connection."""
        key = lock_key(f"projections {self._ledger.tenant}")
        self.leading = bool((connection.execute(sql("try_advisory_lock").encode(), {"lock": key}).fetchone() or [0])[0])
        return self.leading

    def _follow(self, connection: Connection[Any]) -> None:
        for projection in self._projections:
            prepare(self._ledger, projection, self._reader)
        while not self._closing.is_set():
            ping(connection)  # a leader that lost its connection leads no more
            started = time.monotonic()
            reached = min(self._catch_up(projection) for projection in self._projections)
            if not sum(self._refresh(projection) for projection in self._projections):
                self._idle(reached, started)

    def _idle(self, reached: int, started: float) -> None:
        """Wait for events or the polling interval; a single event is handled at once."""
        idle_until = time.monotonic() + IDLE_SECONDS
        while time.monotonic() < idle_until and not self._closing.is_set():
            if self._ledger.hub.reached(reached + 1, CLOSING_SECONDS):
                self._closing.wait(max(0.0, started + BATCH_INTERVAL_SECONDS - time.monotonic()))
                return

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

    def _catch_up(self, projection: Projection) -> int:
        """The position reached: the head, unless the runner is closing."""
        while not self._closing.is_set():
            position, count = self._with_retries(projection)
            self.reached.advance(projection.name, position)
            if count < BATCH_EVENTS:
                return position
        return 0

    def _with_retries(self, projection: Projection) -> tuple[int, int]:
        pause = FIRST_PAUSE_SECONDS
        for _ in range(ATTEMPTS):
            try:
                done = advance(self._ledger, projection, self._reader)
            except Busy:
                raise
            except Exception as error:  # noqa: BLE001 - a fault of one projection must not stop the others
                self.status.failed(error)
                self._closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                if not self._stale:
                    self.status.succeeded()
                return done
        return self._one_by_one(projection)

    def _one_by_one(self, projection: Projection) -> tuple[int, int]:
        position = count = 0
        while count < BATCH_EVENTS:
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
