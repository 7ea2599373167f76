"""The runner of a log's projections: catches up in batches, rows and position in one transaction, one leader at a time.

A batch that fails is tried again, waiting longer each time; then its events one by one, and one that fails alone is
laid aside in `dead_letters`. Nothing stops the runner but closing it: a lost connection is made again.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from domain.errors import Busy, ParleyError
from ledger.append.writer import lock_key
from ledger.ledger import Ledger
from ledger.maintenance.worker_status import WorkerStatus
from ledger.models import Recorded
from ledger.postgres.connection import connect, transaction
from projections.progress import ProjectionProgress
from projections.projection import REBUILD_SUFFIX, Projection, ProjectionBatch, Tables
from projections.row_authentication import NotAuthentic
from projections.sql import sql
from projections.state.state_reader import StateReader, clock

T = TypeVar("T")

BATCH_EVENTS = 500
ATTEMPTS = 4
FIRST_PAUSE_SECONDS = 0.1
"""Before the second attempt; it doubles."""
LONGEST_PAUSE_SECONDS = 5.0
IDLE_SECONDS = 1.0
"""Polling interval of an idle runner, also for time events."""

BATCH_INTERVAL_SECONDS = 0.2
"""Between two rounds while events keep coming: a row that many events touch is written once for all of them."""

CLOSING_SECONDS = 0.1
"""How long closing an idle runner may take."""

READ_ATTEMPTS = 4
"""How often rows are read again after some of them were derived again."""

ProgressCallback = Callable[[int, int], None]
"""Called with the position reached and the head."""


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
                with connect(self._ledger.conninfo) as connection:
                    if self._lead(connection):
                        pause = FIRST_PAUSE_SECONDS
                        self._follow(connection)
                        continue
                self.status.succeeded()  # another process leads
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
            connection.execute(sql("ping").encode())  # a leader that lost its connection leads no more
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


def advance(
    ledger: Ledger, projection: Projection, reader: StateReader, *, limit: int = BATCH_EVENTS, beside: str = ""
) -> tuple[int, int]:
    """Handle the next batch; returns the position reached and the number of events. Raises what `handle` raises."""
    with _locked_tables(ledger, projection, beside=beside) as (connection, position):
        rows = ledger.read_log(position, limit)
        head = ledger.head().position
        reached = rows[-1].position if rows else position
        if rows:
            projection.handle(rows, ProjectionBatch(connection, reader, reached, head))
            projection.row_authenticator(ledger, reader.authenticator).sign(connection)
            _set_position(connection, reached)
        return reached, len(rows)


def refresh(ledger: Ledger, projection: Projection, reader: StateReader) -> int:
    """Bring up to date some of what time alone has changed by now; how much, 0 where nothing is left. Raises Busy."""
    if projection.refresh is None:
        return 0
    with _locked_tables(ledger, projection) as (connection, position):
        count = projection.refresh(ProjectionBatch(connection, reader, position, position), clock())
        if count:
            projection.row_authenticator(ledger, reader.authenticator).sign(connection)
            _set_position(connection, position)
        return count


def derive_again(ledger: Ledger, projection: Projection, reader: StateReader, deal_ids: Sequence[str]) -> None:
    """Derive the rows of these deals again. Raises Busy."""
    with _locked_tables(ledger, projection) as (connection, position):
        for (table,) in connection.execute(sql("signed_tables").encode()).fetchall():
            removed = SQL(sql("delete_rows_of_deals")).format(table=Identifier(table))
            connection.execute(removed, {"deals": list(deal_ids)})
        heads = ledger.deal_heads(list(deal_ids))
        rows = [row for head in heads for row in ledger.read_deal(head.deal_id, head.version - 1, limit=1)]
        end = max((head.position for head in heads), default=position)
        if rows:
            projection.handle(rows, ProjectionBatch(connection, reader, end, end))
            projection.row_authenticator(ledger, reader.authenticator).sign(connection)
        _set_position(connection, position)


def read_authentic(
    ledger: Ledger, projection: Projection, reader: StateReader, read: Callable[[Tables | None], T]
) -> T:
    """What is read of the live tables, none of it from a row without its digest: those are derived again first.

    Raises Busy.
    """
    for _ in range(READ_ATTEMPTS):
        try:
            with projection.live_tables(ledger, reader.authenticator) as tables:
                return read(tables)
        except NotAuthentic as fault:
            derive_again(ledger, projection, reader, fault.deal_ids)
    raise Busy(f"The rows of {projection.name} are being derived again; try again.", extra={"retry_after": 1})


def catch_up(ledger: Ledger, projection: Projection, reader: StateReader) -> int:
    """Make the tables if need be, take in all that is recorded and what time has changed: where there is no runner."""
    prepare(ledger, projection, reader)
    count = BATCH_EVENTS
    position = 0
    while count == BATCH_EVENTS:
        position, count = advance(ledger, projection, reader)
    while refresh(ledger, projection, reader):
        continue
    return position


def dead_letter(ledger: Ledger, projection: Projection, error: Exception) -> tuple[int, int]:
    """Skip the next event and store it as a dead letter."""
    with _locked_tables(ledger, projection) as (connection, position):
        rows = ledger.read_log(position, 1)
        for row in rows:
            said = f"{type(error).__name__}: {error}"
            letter = {"position": row.position, "event": row.id, "attempts": ATTEMPTS + 1, "error": said}
            connection.execute(sql("insert_dead_letter").encode(), letter)
            _set_position(connection, row.position)
        return _last_position(rows, position), len(rows)


def prepare(ledger: Ledger, projection: Projection, reader: StateReader) -> None:
    """Make the tables where there are none; rebuild them where they are of another version or made by other rules."""
    with transaction(ledger.pool, ledger.tenant) as connection:
        lock(connection, ledger, projection)
        projection.create_tables(connection, ledger.tenant)
        projection.set_search_path(connection, ledger.tenant)
        rows = projection.row_authenticator(ledger, reader.authenticator)
        current = projection.is_current(connection) and not rows.outdated(connection)
    if not current:
        rebuild(ledger, projection, reader)


def rebuild(
    ledger: Ledger, projection: Projection, reader: StateReader, progress: ProgressCallback | None = None
) -> int:
    """Fill new tables beside the live ones, then swap; returns the position reached. Readers are not interrupted."""
    with transaction(ledger.pool, ledger.tenant, altering=True) as connection:
        lock(connection, ledger, projection)
        projection.drop_tables(connection, ledger.tenant, beside=REBUILD_SUFFIX)
        projection.create_tables(connection, ledger.tenant, beside=REBUILD_SUFFIX)
    count = BATCH_EVENTS
    while count == BATCH_EVENTS:
        position, count = advance(ledger, projection, reader, beside=REBUILD_SUFFIX)
        if progress is not None:
            progress(position, ledger.head().position)
    with transaction(ledger.pool, ledger.tenant, altering=True) as connection:
        lock(connection, ledger, projection)
        projection.swap_tables(connection, ledger.tenant)
    # What was recorded since is handled by the leading runner, or here where there is none.
    with suppress(Busy):
        position, _ = advance(ledger, projection, reader)
    return position


def position_of(ledger: Ledger, projection: Projection) -> int:
    """The last position that the live tables cover; 0 if there are none yet."""
    with projection.live_tables(ledger) as tables:
        return tables.position if tables else 0


@contextmanager
def _locked_tables(
    ledger: Ledger, projection: Projection, *, beside: str = ""
) -> Iterator[tuple[Connection[Any], int]]:
    """A transaction on the projection's tables that no other works on meanwhile, and their position."""
    with transaction(ledger.pool, ledger.tenant) as connection:
        if not beside:
            lock(connection, ledger, projection)
        projection.set_search_path(connection, ledger.tenant, beside=beside)
        _, position, _ = connection.execute(sql("progress").encode()).fetchone() or [0, 0, 0]
        yield connection, int(position)


def lock(connection: Connection[Any], ledger: Ledger, projection: Projection) -> None:
    """Lock the projection's tables against other writers until the transaction ends."""
    key = lock_key(f"projection {projection.name} {ledger.tenant}")
    connection.execute(sql("advisory_transaction_lock").encode(), {"lock": key})


def _set_position(connection: Connection[Any], position: int) -> None:
    connection.execute(sql("move_progress").encode(), {"position": position})


def _last_position(rows: Sequence[Recorded], position: int) -> int:
    return rows[-1].position if rows else position
