"""Cursors of pipelines that leave the server idle: it ends the transaction of an idle client, and no other.

In a pipeline a server waits for the next message without being idle until it is sent a sync. A process that is frozen
after it has fetched rows would keep the locks of its transaction for as long as its connection lives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, Cursor, Pipeline


class SyncedCursor(Cursor[Any]):
    """In a pipeline its rows are fetched with a sync, which takes no further round trip."""

    def fetchone(self) -> Any:
        """The next row."""
        self._sync()
        return super().fetchone()

    def fetchmany(self, size: int = 0) -> list[Any]:
        """The next rows."""
        self._sync()
        return super().fetchmany(size)

    def fetchall(self) -> list[Any]:
        """All rows that were not fetched yet."""
        self._sync()
        return super().fetchall()

    def __next__(self) -> Any:
        """The next row."""
        self._sync()
        return super().__next__()

    def _sync(self) -> None:
        connection = self.connection
        if self.pgresult is None and isinstance(connection, SyncedConnection) and connection.opened is not None:
            connection.opened.sync()


class SyncedConnection(Connection[Any]):
    """A connection of such cursors."""

    opened: Pipeline | None = None
    """The pipeline in which it is."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.cursor_factory = SyncedCursor

    @contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        """Let what is sent not wait for answers."""
        with super().pipeline() as opened:
            outer, self.opened = self.opened, opened
            try:
                yield opened
            finally:
                self.opened = outer
