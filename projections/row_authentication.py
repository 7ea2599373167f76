"""Authentication of the rows of projections: a keyed digest each, written after the row, checked when it is read.

A row without a valid digest is not returned: the rows of its deal are derived again from the record first. Without a
key the rows are used as they are; the audit compares them. A digest covers what the reader gets: the values of the
columns of a table that is read by column, else the row as JSON.
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec
import structlog
from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

from projections.keyed_digest import Authenticator
from projections.sql import sql

log = structlog.get_logger()

AS_JSON = SQL("(to_jsonb(t) - 'mac')::text")
"""A row of the table `t` as JSON."""

_encode = msgspec.msgpack.Encoder().encode


class NotAuthentic(Exception):
    """The digests of rows are invalid; caught by the code that derives them again."""

    def __init__(self, deal_ids: Iterable[str]) -> None:
        self.deal_ids = sorted(set(deal_ids))
        super().__init__(f"the rows of {len(self.deal_ids)} deals do not bear their digests")


@dataclass(frozen=True, slots=True)
class SignedTable:
    """A table that is read by column, and the columns that its digests cover, in order; the first is `deal_id`."""

    name: str
    columns: tuple[str, ...]
    last_by_hash: bool = False
    """Whether the digests cover the last column, of bytes, by its SHA-256, a column of its own: then rows can be
    checked without it."""

    @property
    def width(self) -> int:
        """The number of values that are read of a row: the columns and the digest."""
        return len(self.columns) + 1

    def read(self, alias: str) -> Composed:
        """What is read of a row."""
        return _listed(alias, (*self.columns, "mac"))

    def read_by_hash(self, alias: str) -> Composed:
        """What is read of a row to check it: its last column by its hash."""
        return SQL(", ").join((self.covered(alias), Identifier(alias, "mac")))

    def covered(self, alias: str) -> Composed:
        """What the digest of a row covers."""
        if not self.last_by_hash:
            return _listed(alias, self.columns)
        return _listed(alias, (*self.columns[:-1], f"{self.columns[-1]}_hash"))


class RowAuthenticator:
    """Makes and checks the digests of the rows of one projection of one log."""

    def __init__(
        self,
        authenticator: Authenticator | None,
        tenant: str,
        origin: str,
        projection: str,
        tables: Sequence[SignedTable] = (),
    ) -> None:
        """`tables`: those that are read by column, for signing."""
        self._authenticator = authenticator
        self._scope = (tenant, origin, projection)
        self._tables = {table.name: table for table in tables}

    def sign(self, connection: Connection[Any]) -> None:
        """Give every row that this transaction has written in the entered tables its digest."""
        if self._authenticator is None:
            return
        for (table,) in connection.execute(sql("signed_tables").encode()).fetchall():
            named = {"table": Identifier(table)}
            unsigned = SQL(sql("unsigned_rows")).format(**named, content=self._content(table))
            rows = connection.execute(unsigned, binary=True).fetchall()
            if rows:
                digest = self._authenticator.digester(*self._scope, table)
                macs = [digest(self._encoded(table, content)) for _, *content in rows]
                given = {"places": [place for place, *_ in rows], "macs": macs}
                connection.execute(SQL(sql("sign_rows")).format(**named), given)

    def _content(self, table: str) -> Composable:
        return self._tables[table].covered("t") if table in self._tables else AS_JSON

    def _encoded(self, table: str, content: Sequence[Any]) -> str | bytes:
        return _encode(content) if table in self._tables else str(content[0])

    def check(self, table: str, rows: Iterable[tuple[str, str | bytes, bytes | None]]) -> None:
        """Deal, content and digest of rows that were read. Raises NotAuthentic."""
        if self._authenticator is None:
            return
        digest, same = self._authenticator.digester(*self._scope, table), hmac.compare_digest
        doubted = {deal_id for deal_id, content, mac in rows if mac is None or not same(mac, digest(content))}
        if doubted:
            log.warning("stored-derivation-not-trusted", projection=self._scope[2], table=table, deals=len(doubted))
            raise NotAuthentic(doubted)

    def check_columns(self, table: SignedTable, rows: Iterable[tuple[Any, ...]], start: int = 0) -> None:
        """Rows that were read by column; `start`: the place of the first of these columns. Raises NotAuthentic."""
        end = start + len(table.columns)
        if table.last_by_hash:
            self.check(table.name, ((row[start], _encode(_by_hash(row[start:end])), row[end]) for row in rows))
        else:
            self.check(table.name, ((row[start], _encode(row[start:end]), row[end]) for row in rows))

    def check_hashes(self, table: SignedTable, rows: Sequence[tuple[Any, ...]]) -> None:
        """Rows that were read with the last column by its hash, behind it the column itself or null. Raises
        NotAuthentic."""
        end = len(table.columns)
        covered = (row[:end] if row[-1] is None else _by_hash((*row[: end - 1], row[-1])) for row in rows)
        self.check(table.name, ((row[0], _encode(told), row[end]) for row, told in zip(rows, covered, strict=True)))

    def is_authentic(self, table: str, text: str, mac: bytes | None) -> bool:
        """Whether a row that was read as JSON bears its digest; without a key none does."""
        if self._authenticator is None:
            return False
        return self._authenticator.verify(mac, *self._scope, table, text)

    def outdated(self, connection: Connection[Any]) -> bool:
        """Whether the entered tables were filled without this key, or by other code: their first rows show it."""
        if self._authenticator is None:
            return False
        for (table,) in connection.execute(sql("signed_tables").encode()).fetchall():
            sample = SQL(sql("sample_rows")).format(table=Identifier(table), content=self._content(table))
            for *content, mac in connection.execute(sample, binary=True).fetchall():
                if not self._authenticator.verify(mac, *self._scope, table, self._encoded(table, content)):
                    return True
        return False


def _by_hash(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return (*values[:-1], sha256(values[-1]).digest())


def _listed(alias: str, columns: Sequence[str]) -> Composed:
    return SQL(", ").join(Identifier(alias, each) for each in columns)
