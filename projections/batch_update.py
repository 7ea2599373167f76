"""One update of a projection's tables: its rows and its position in one transaction, under the lock of the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection

from ledger.append.writer import lock_key
from ledger.ledger import Ledger
from ledger.postgres.leadership import locking_transaction
from projections.projection import Projection, ProjectionBatch
from projections.sql import sql
from projections.state.state_reader import StateReader, clock

BATCH_EVENTS = 500
"""Events in one update."""

ATTEMPTS = 4
"""How often a batch is tried before its events are taken one by one."""


def advance(
    ledger: Ledger, projection: Projection, reader: StateReader, *, limit: int = BATCH_EVENTS, beside: str = ""
) -> tuple[int, int]:
    """Handle the next batch; returns the position reached and the number of events. Raises what `handle` raises."""
    with locked_tables(ledger, projection, beside=beside) as (connection, position):
        rows = ledger.read_log(position, limit)
        head = ledger.head().position
        reached = rows[-1].position if rows else position
        if rows:
            # Looked for first: what the batch goes on from is checked with the key that signs.
            authenticator = projection.row_authenticator(ledger, reader.authenticator)
            projection.handle(rows, ProjectionBatch(connection, reader, reached, head))
            authenticator.sign(connection)
            set_position(connection, reached)
        return reached, len(rows)


def refresh(ledger: Ledger, projection: Projection, reader: StateReader) -> int:
    """Bring up to date some of what time alone has changed by now; how much, 0 where nothing is left. Raises Busy."""
    if projection.refresh is None:
        return 0
    with locked_tables(ledger, projection) as (connection, position):
        authenticator = projection.row_authenticator(ledger, reader.authenticator)
        count = projection.refresh(ProjectionBatch(connection, reader, position, position), clock())
        if count:
            authenticator.sign(connection)
            set_position(connection, position)
        return count


def dead_letter(ledger: Ledger, projection: Projection, error: Exception) -> tuple[int, int]:
    """Skip the next event and store it as a dead letter."""
    with locked_tables(ledger, projection) as (connection, position):
        rows = ledger.read_log(position, 1)
        for row in rows:
            said = f"{type(error).__name__}: {error}"
            letter = {"position": row.position, "event": row.id, "attempts": ATTEMPTS + 1, "error": said}
            connection.execute(sql("insert_dead_letter").encode(), letter)
            set_position(connection, row.position)
        return rows[-1].position if rows else position, len(rows)


def position_of(ledger: Ledger, projection: Projection) -> int:
    """The last position that the live tables cover; 0 if there are none yet."""
    with projection.live_tables(ledger) as tables:
        return tables.position if tables else 0


@contextmanager
def locked_tables(ledger: Ledger, projection: Projection, *, beside: str = "") -> Iterator[tuple[Connection[Any], int]]:
    """A transaction on the projection's tables that no other works on meanwhile, and their position."""
    with locking_transaction(ledger.pool, ledger.tenant) as connection:
        if not beside:
            lock(connection, ledger, projection)
        projection.set_search_path(connection, ledger.tenant, beside=beside)
        _, position, _ = connection.execute(sql("progress").encode()).fetchone() or [0, 0, 0]
        yield connection, int(position)


def lock(connection: Connection[Any], ledger: Ledger, projection: Projection) -> None:
    """Lock the projection's tables against other writers until the transaction ends."""
    key = lock_key(f"projection {projection.name} {ledger.tenant}")
    connection.execute(sql("advisory_transaction_lock").encode(), {"lock": key})


def set_position(connection: Connection[Any], position: int) -> None:
    connection.execute(sql("move_progress").encode(), {"position": position})
