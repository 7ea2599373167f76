"""The audit of erasures: erased payloads must still be absent."""

from collections.abc import Sequence

import psycopg

from ledger.ledger import Ledger
from ledger.postgres.connection import away, connect, set_tenant
from ledger.sql import sql

STRETCH_EVENTS = 1_000
"""Events that are looked up at once."""


def restored(ledger: Ledger, erased: Sequence[str]) -> list[int]:
    """Positions at which the payload of an erased event was restored; `erased` are the events that erasures name.

    A payload that was put back is hidden from the application, so the role that destroyed it looks too. Raises Busy.
    """
    found = set(_hidden(ledger))
    for start in range(0, len(erased), STRETCH_EVENTS):
        rows = ledger.events(erased[start : start + STRETCH_EVENTS])
        found.update(row.position for row in rows if row.payload is not None)
    return sorted(found)


def _hidden(ledger: Ledger) -> list[int]:
    try:
        with connect(ledger.conninfo) as connection, connection.transaction():
            set_tenant(connection, ledger.tenant)
            connection.execute(sql("become_eraser").encode())
            return [position for (position,) in connection.execute(sql("restored_payloads").encode()).fetchall()]
    except psycopg.Error as error:
        raise away(error) from error
