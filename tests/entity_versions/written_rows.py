"""Rows of long deals written as the projection writes them, and read as a process that starts reads them."""

from typing import Any

import pytest

from ledger.ledger import Ledger
from ledger.postgres.connection import transaction
from projections.entity_versions import entity_writer
from projections.entity_versions.entity_reader import EntityReader
from projections.entity_versions.entity_writer import EntityWriter
from projections.entity_versions.indexed_record import IndexedRecord
from projections.entity_versions.projection import ENTITIES
from projections.entity_versions.store import EntityStore
from projections.keyed_digest import Authenticator
from projections.state.state_reader import StateReader

AUTHENTICATOR = Authenticator(bytes(32))
CHUNK = 8
TABLES = ("covered_deals", "event_index", "entity_versions")


def write_a_row_for_each_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each event write a row, however large its entity is."""
    monkeypatch.setattr(entity_writer, "BYTES_PER_EVENT", 1_000_000)


def make_tables(ledger: Ledger) -> None:
    with transaction(ledger.pool, ledger.tenant) as connection:
        ENTITIES.create_tables(connection, ledger.tenant)


def write(ledger: Ledger, deal_id: str, *versions: int, chunk: int = CHUNK) -> None:
    """Write the rows of a deal up to each of these versions, each in a transaction and by a process of its own."""
    for version in versions:
        record = IndexedRecord(EntityStore(ledger, AUTHENTICATOR), deal_id, StateReader(ledger).revise, chunk)
        with transaction(ledger.pool, ledger.tenant) as connection:
            ENTITIES.set_search_path(connection, ledger.tenant)
            EntityWriter(connection, record).advance(version)
            ENTITIES.row_authenticator(ledger, AUTHENTICATOR).sign(connection)


def process(
    ledger: Ledger, deal_id: str = "deal", authenticator: Authenticator | None = AUTHENTICATOR, chunk: int = CHUNK
) -> EntityReader:
    """The deal as a process that starts now reads it."""
    deal = EntityReader(EntityStore(ledger, authenticator), deal_id, StateReader(ledger).revise, chunk)
    head = ledger.deal_head(deal_id)
    assert head is not None
    deal.catch_up(head.version)
    return deal


def covered(deal: EntityReader) -> int:
    """The version up to which there are rows that are trusted."""
    return deal.store.covered(deal.deal_id, deal.basis)


def stored(ledger: Ledger, deal_id: str = "deal") -> list[tuple[Any, ...]]:
    """Everything that is stored of a deal, but for the digests."""
    with transaction(ledger.pool, ledger.tenant) as connection:
        ENTITIES.set_search_path(connection, ledger.tenant)
        return [
            row
            for table in TABLES
            for row in connection.execute(
                f"SELECT (to_jsonb(t) - 'mac')::text AS row FROM {table} AS t WHERE deal_id = %s ORDER BY row".encode(),
                [deal_id],
            ).fetchall()
        ]


def drop(ledger: Ledger, deal_id: str = "deal") -> None:
    with transaction(ledger.pool, ledger.tenant) as connection:
        ENTITIES.set_search_path(connection, ledger.tenant)
        for table in TABLES:
            connection.execute(f"DELETE FROM {table} WHERE deal_id = %s".encode(), [deal_id])
