"""Rebuild of a projection: its tables made where there are none, filled from the whole log, and swapped in."""

from collections.abc import Callable
from contextlib import suppress

from domain.errors import Busy
from ledger.ledger import Ledger
from ledger.postgres.leadership import locking_transaction
from projections.batch_update import BATCH_EVENTS, advance, lock, refresh
from projections.projection import REBUILD_SUFFIX, Projection
from projections.state.state_reader import StateReader

ProgressCallback = Callable[[int, int], None]
"""Called with the position reached and the head."""


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


def prepare(ledger: Ledger, projection: Projection, reader: StateReader) -> None:
    """Make the tables where there are none; rebuild them where they are of another version or made by other rules."""
    with locking_transaction(ledger.pool, ledger.tenant) as connection:
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
    with locking_transaction(ledger.pool, ledger.tenant, altering=True) as connection:
        lock(connection, ledger, projection)
        projection.drop_tables(connection, ledger.tenant, beside=REBUILD_SUFFIX)
        projection.create_tables(connection, ledger.tenant, beside=REBUILD_SUFFIX)
    count = BATCH_EVENTS
    while count == BATCH_EVENTS:
        position, count = advance(ledger, projection, reader, beside=REBUILD_SUFFIX)
        if progress is not None:
            progress(position, ledger.head().position)
    with locking_transaction(ledger.pool, ledger.tenant, altering=True) as connection:
        lock(connection, ledger, projection)
        projection.swap_tables(connection, ledger.tenant)
    # What was recorded since is handled by the leading runner, or here where there is none.
    with suppress(Busy):
        position, _ = advance(ledger, projection, reader)
    return position
