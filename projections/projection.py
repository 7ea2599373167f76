"""Projections: a name, a version, tables, and a function from events to rows. All of it can be rebuilt.

A projection's tables live in a schema of their own, one per log, beside its `progress` and its `dead_letters`. To
rebuild it is to fill another schema and to let the two change places.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier, Literal

from domain.time.instants import Moment
from ledger.ledger import Ledger
from ledger.models import Recorded
from ledger.postgres.connection import transaction
from projections.keyed_digest import Authenticator
from projections.row_authentication import RowAuthenticator, SignedTable
from projections.schema_names import schema_name
from projections.sql import sql
from projections.state.holiday_calendars import VERSION as CALENDARS
from projections.state.state_json import RULES
from projections.state.state_reader import StateReader


@dataclass(frozen=True, slots=True)
class ProjectionBatch:
    """The context of a projection while it handles a batch."""

    connection: Connection[Any]
    """In a transaction of the tenant, the projection's schema first on the search path."""

    reader: StateReader
    """Deals of this log."""

    position: int
    """The position reached after this batch."""

    head: int
    """The end of the log: beyond `position`, later batches will follow."""


REBUILD_SUFFIX = "new"
"""Beside the live tables: those that are filled again, to take their place."""

MADE_BY = f"rules {RULES}, calendars {CALENDARS}"
"""The version of the rules of derivation: with another one, rows are derived again."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The live tables, in a transaction that reads them."""

    connection: Connection[Any]

    position: int
    """The position that the rows include."""

    moved_at: Moment
    """When a row was last written: as long as that stays, so do all rows."""

    rows: RowAuthenticator
    """The authenticator of the rows that are read."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A declaration; `projections.runner` runs it."""

    name: str
    version: int
    """Raised when the tables or the meaning of a row change: the projection is then rebuilt automatically."""

    tables: str
    """The name of its block in `projections/sql`: CREATE statements, every table starting with `tenant`."""

    handle: Callable[[Sequence[Recorded], ProjectionBatch], None]
    """Handles events of the log in order. May be called again with the same ones after a failure. If a deal cannot
    be read, the rows say so: that is not raised."""

    refresh: Callable[[ProjectionBatch, Moment], int] | None = None
    """Updates some rows that time alone has changed by a moment; returns their number, 0 if none is left."""

    signed: Sequence[SignedTable] = ()
    """Its tables that are read by column: their digests cover the values of the columns."""

    code: str = ""
    """The version of the code on which the form of its rows depends, beside the rules; empty: on none."""

    @property
    def made_by(self) -> str:
        """By what its rows are derived: rows of another are derived again."""
        return f"{MADE_BY}, code {self.code}" if self.code else MADE_BY

    def schema(self, tenant: str, *, beside: str = "") -> str:
        """The name of its schema for a log; `beside`: of other tables than the live ones, made for this end."""
        return schema_name(self.name, tenant, beside=beside)

    @contextmanager
    def read_transaction(self, ledger: Ledger) -> Iterator[Connection[Any]]:
        """A transaction that reads the live tables."""
        with transaction(ledger.pool, ledger.tenant) as connection:
            self.set_search_path(connection, ledger.tenant)
            connection.execute(sql("plan_by_values").encode())
            yield connection

    @contextmanager
    def live_tables(self, ledger: Ledger, authenticator: Authenticator | None = None) -> Iterator[Tables | None]:
        """The live tables; None where there are none yet, or those of another version.

        Raises Busy, and inside it NotAuthentic where rows do not bear the digests of the authenticator.
        """
        found = False
        try:
            with self.read_transaction(ledger) as connection:
                progress = connection.execute(sql("progress").encode(), binary=True).fetchone()
                if progress is not None and progress[0] == self.version:
                    found = True
                    _, position, moved_at = progress
                    yield Tables(connection, position, moved_at, self.row_authenticator(ledger, authenticator))
        except errors.UndefinedTable:
            if found:
                raise
        if not found:
            yield None

    def row_authenticator(self, ledger: Ledger, authenticator: Authenticator | None) -> RowAuthenticator:
        """The authenticator of its rows."""
        return RowAuthenticator(authenticator, ledger.tenant, ledger.origin, self.name, self.signed)

    def set_search_path(self, connection: Connection[Any], tenant: str, *, beside: str = "") -> None:
        """Put the projection's schema first on the search path, until the transaction ends."""
        schema = self.schema(tenant, beside=beside)
        connection.execute(SQL(sql("enter_schema")).format(schema=Identifier(schema)))

    def create_tables(self, connection: Connection[Any], tenant: str, *, beside: str = "") -> None:
        """Make empty tables, where there are none."""
        schema = self.schema(tenant, beside=beside)
        if connection.execute(sql("schema_exists").encode(), {"schema": schema}).fetchone():
            return
        parts = {
            "schema": Identifier(schema),
            "comment": Literal(f"The projection {self.name} of the log of {tenant}."),
        }
        for name in ("create_schema", "comment_on_schema"):
            connection.execute(SQL(sql(name)).format(**parts))
        self.set_search_path(connection, tenant, beside=beside)
        for text in (sql("progress_tables"), sql(self.tables), sql("row_security")):
            for statement in statements(text):
                connection.execute(statement.encode())
        connection.execute(sql("insert_progress").encode(), {"version": self.version, "made_by": self.made_by})

    def is_current(self, connection: Connection[Any]) -> bool:
        """Whether the tables that were entered are of this version, made by these rules."""
        made = connection.execute(sql("tables_made_by").encode()).fetchone()
        return made == (self.version, self.made_by)

    def drop_tables(self, connection: Connection[Any], tenant: str, *, beside: str = "") -> None:
        """Drop the tables."""
        schema = Identifier(self.schema(tenant, beside=beside))
        connection.execute(SQL(sql("drop_schema")).format(schema=schema))

    def swap_tables(self, connection: Connection[Any], tenant: str) -> None:
        """Replace the live tables by the rebuilt ones."""
        self.drop_tables(connection, tenant)
        new, live = (Identifier(self.schema(tenant, beside=beside)) for beside in (REBUILD_SUFFIX, ""))
        connection.execute(SQL(sql("rename_schema")).format(schema=new, name=live))


def statements(text: str) -> list[str]:
    """The statements of a block (none has a semicolon in a text or a comment, except within $guard$)."""
    if "$guard$" in text:
        return [text]
    bare = re.sub(r"--[^\n]*", "", text)
    return [statement.strip() for statement in bare.split(";") if statement.strip()]
