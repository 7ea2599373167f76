"""Authentication of the rows of projections: a keyed digest each, written after the row, checked when it is read.

A row without a valid digest is not returned: the rows of its deal are derived again from the record first. Without a
key the rows are used as they are; the audit compares them.
"""

from collections.abc import Iterable
from typing import Any

import structlog
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from projections.keyed_digest import Authenticator
from projections.sql import sql

log = structlog.get_logger()


class NotAuthentic(Exception):
    """The digests of rows are invalid; caught by the code that derives them again."""

    def __init__(self, deal_ids: Iterable[str]) -> None:
        self.deal_ids = sorted(set(deal_ids))
        super().__init__(f"the rows of {len(self.deal_ids)} deals do not bear their digests")


class RowAuthenticator:
    """Makes and checks the digests of the rows of one projection of one log."""

    def __init__(self, authenticator: Authenticator | None, tenant: str, origin: str, projection: str) -> None:
        self._authenticator = authenticator
        self._scope = (tenant, origin, projection)

    def sign(self, connection: Connection[Any]) -> None:
        """Give every row that this transaction has written in the entered tables its digest."""
        if self._authenticator is None:
            return
        for (table,) in connection.execute(sql("signed_tables").encode()).fetchall():
            named = {"table": Identifier(table)}
            rows = connection.execute(SQL(sql("unsigned_rows")).format(**named)).fetchall()
            if rows:
                macs = [self._authenticator.digest(*self._scope, table, text) for _, text in rows]
                given = {"places": [place for place, _ in rows], "macs": macs}
                connection.execute(SQL(sql("sign_rows")).format(**named), given)

    def check(self, table: str, rows: Iterable[tuple[str, str, bytes | None]]) -> None:
        """Deal, text and digest of rows that were read. Raises NotAuthentic."""
        if self._authenticator is None:
            return
        doubted = {
            deal_id for deal_id, text, mac in rows if not self._authenticator.verify(mac, *self._scope, table, text)
        }
        if doubted:
            log.warning("stored-derivation-not-trusted", projection=self._scope[2], table=table, deals=len(doubted))
            raise NotAuthentic(doubted)

    def is_authentic(self, table: str, text: str, mac: bytes | None) -> bool:
        """Whether a row that was read bears its digest; without a key none does."""
        if self._authenticator is None:
            return False
        return self._authenticator.verify(mac, *self._scope, table, text)

    def outdated(self, connection: Connection[Any]) -> bool:
        """Whether the entered tables were filled without this key, or by other code: their first rows show it."""
        if self._authenticator is None:
            return False
        for (table,) in connection.execute(sql("signed_tables").encode()).fetchall():
            sample = SQL(sql("sample_rows")).format(table=Identifier(table))
            for text, mac in connection.execute(sample).fetchall():
                if not self._authenticator.verify(mac, *self._scope, table, text):
                    return True
        return False
