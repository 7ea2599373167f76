"""Reading of a projection's rows that bear their digests; those that do not are derived again from the record first."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from psycopg.sql import SQL, Identifier

from domain.errors import Busy
from ledger.ledger import Ledger
from projections.batch_update import locked_tables, set_position
from projections.projection import Projection, ProjectionBatch, Tables
from projections.row_authentication import NotAuthentic
from projections.sql import sql
from projections.state.state_reader import StateReader

T = TypeVar("T")

READ_ATTEMPTS = 4
"""How often rows are read again after some of them were derived again."""


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


def derive_again(ledger: Ledger, projection: Projection, reader: StateReader, deal_ids: Sequence[str]) -> None:
    """Derive the rows of these deals again. Raises Busy."""
    with locked_tables(ledger, projection) as (connection, position):
        for (table,) in connection.execute(sql("signed_tables").encode()).fetchall():
            removed = SQL(sql("delete_rows_of_deals")).format(table=Identifier(table))
            connection.execute(removed, {"deals": list(deal_ids)})
        heads = ledger.deal_heads(list(deal_ids))
        rows = [row for head in heads for row in ledger.read_deal(head.deal_id, head.version - 1, limit=1)]
        end = max((head.position for head in heads), default=position)
        if rows:
            projection.handle(rows, ProjectionBatch(connection, reader, end, end))
            projection.row_authenticator(ledger, reader.authenticator).sign(connection)
        set_position(connection, position)
