"""The statements by which the signer reads and writes the stored tree, in one transaction."""

from typing import Any

from psycopg import Connection

from ledger.merkle.tree import HASH_BYTES, TILE_WIDTH
from ledger.sql import sql


class TreeStatements:
    """Statements of one transaction on the log of one tenant."""

    def __init__(self, connection: Connection[Any], tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant
        self("set_tenant")

    def __call__(self, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows that a statement of `ledger/sql` returns."""
        cursor = self._connection.execute(
            sql(name).encode(), {"tenant": self._tenant, **parameters}, prepare=True, binary=True
        )
        return cursor.fetchall() if cursor.description else []

    def tile(self, level: int, index: int, width: int) -> bytes:
        """The first hashes of a tile of the stored tree."""
        stretches = self("tile", level=level, first=index * TILE_WIDTH)
        return b"".join(hashes for (hashes,) in stretches)[: width * HASH_BYTES]
