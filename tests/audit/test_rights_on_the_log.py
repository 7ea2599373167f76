"""Only the signer writes the tree and its heads, and a tenant sees those of its own log alone."""

import psycopg
import pytest

from ledger.ledger import open_ledger
from ledger.tlog.transparency_log import TransparencyLog


def test_the_application_can_write_neither_heads_nor_the_tree(ledger, signer, bids):
    bids(0)
    signer.sign()
    for statement in (
        "INSERT INTO log_checkpoints (tenant, size, root, note) VALUES ('x', 1, '', '')",
        "INSERT INTO log_hashes (tenant, level, first, hashes) VALUES ('x', 0, 0, '')",
        "UPDATE log_cosignatures SET line = ''",
        "DELETE FROM log_timestamps",
    ):
        with ledger.pool.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)


def test_another_tenant_sees_nothing_of_the_log(ledger, signer, bids, shared_database):
    bids(0)
    signer.sign()
    with open_ledger(shared_database, f"{ledger.tenant}-other", migrating=False) as other:
        assert TransparencyLog(other).head() is None
