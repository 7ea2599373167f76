"""One log in one of the databases of a move: its rows, its end, and what is noted of the move."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import getrandbits
from typing import Any, Literal, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL, Identifier

from ledger.log_directory import place_of
from ledger.maintenance.table_copies import TenantTable, tenant_tables
from ledger.postgres.connection import set_tenant
from ledger.sql import sql

State = Literal["arriving", "arrived", "moved", "undone"]
"""See the table log_moves."""


class LogEnd(NamedTuple):
    """The end of a log in one database."""

    origin: str
    position: int
    leaf_hash: bytes | None


class MoveNote(NamedTuple):
    """The last move of a log, as one database knows it."""

    move_id: str
    state: State
    place: str
    """The other database, for people to read."""


@dataclass(frozen=True, slots=True)
class LogInDatabase:
    """A log in the database of a connection of the owner of the tables. Methods raise psycopg.Error."""

    connection: Connection[Any]
    """In autocommit mode."""
    tenant: str

    @property
    def place(self) -> str:
        """The database, for people to read."""
        return place_of(self.connection)

    @contextmanager
    def transaction(self, *, snapshot: bool = False, wait: str = "0") -> Iterator[None]:
        """A transaction that may write to the log also where it is read-only; a `snapshot` only reads. `wait` is the
        longest time that is waited for a lock, 0 for ever."""
        with self.connection.transaction():
            if snapshot:
                self.connection.execute(sql("begin_snapshot").encode())
            set_tenant(self.connection, self.tenant)
            self.connection.execute(sql("move_settings").encode(), {"timeout": wait})
            yield

    def rows(self, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        """What a statement returns, in a transaction that the caller has begun."""
        given = {"tenant": self.tenant, **parameters}
        cursor = self.connection.execute(sql(name).encode(), given)
        return cursor.fetchall() if cursor.description else []

    def end(self) -> LogEnd | None:
        """The end of the log; None where the database has no such log."""
        with self.transaction():
            found = self.rows("log_end")
        return LogEnd(*found[0]) if found else None

    def note(self) -> MoveNote | None:
        """What is noted of its last move; None where it was never moved."""
        with self.transaction():
            found = self.rows("log_move")
        return MoveNote(*found[0]) if found else None

    def write_note(self, note: MoveNote) -> None:
        """Note the state of a move, in a transaction that the caller has begun."""
        self.rows("note_log_move", move=note.move_id, state=note.state, place=note.place)

    def continues(self, copy: LogEnd) -> bool:
        """Whether the log has the last event of a copy of it."""
        with self.transaction():
            found = self.rows("leaf_hash_at", position=copy.position)
        return copy.position == 0 or found == [(copy.leaf_hash,)]

    def tables(self) -> dict[str, TenantTable]:
        """The tables that hold rows of logs, by name."""
        return tenant_tables(self.connection)

    def delete_rows(self, table: str) -> None:
        """Delete the log's rows of a table."""
        statement = SQL(sql("delete_rows_of_log")).format(table=Identifier(table))
        self.connection.execute(statement, {"tenant": self.tenant})

    def delete_all_rows(self) -> None:
        """Delete the log's rows of all tables but the note of its move, which refuses what would be written."""
        for table in self.tables():
            if table != "log_moves":
                self.delete_rows(table)

    def count(self, table: str) -> int:
        """How many rows of the log a table holds."""
        statement = SQL(sql("rows_of_log")).format(table=Identifier(table))
        [(found,)] = self.connection.execute(statement, {"tenant": self.tenant}).fetchall()
        return int(found)

    def is_in_database_of(self, other: "LogInDatabase") -> bool:
        """Whether both are in one database: what one connection has locked, the other cannot lock."""
        lock = getrandbits(62)
        [(_,)] = self.rows("try_session_lock", lock=lock)
        [(free,)] = other.rows("try_session_lock", lock=lock)
        if free:
            other.rows("advisory_unlock", lock=lock)
        self.rows("advisory_unlock", lock=lock)
        return not free
