"""Whether the tables of the record are those that the migrations make, no more and no less: their columns, constraints,
indexes, row-level security, policies, triggers, rules, child tables and grants.

What there should be is made: every migration is applied in a schema of its own, within a transaction that is rolled
back, and what PostgreSQL then knows of the two is compared.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier

from ledger.maintenance.health_checks import ROLES
from ledger.postgres.connection import connect_as_owner
from ledger.postgres.migrations import LOCK, migrations
from ledger.sql import sql
from ledger.verification.audit_finding import AuditFinding

SCRATCH = "parley_expected"

MENDED = {
    "trigger": "DROP TRIGGER",
    "rule": "DROP RULE",
    "policy": "DROP POLICY, and create the one of the migration",
    "grant": "REVOKE or GRANT",
    "row-security": "ALTER TABLE ... ENABLE and FORCE ROW LEVEL SECURITY",
    "child-table": "ALTER TABLE ... NO INHERIT",
}
"""How to repair each kind of difference."""


class Fact(NamedTuple):
    """One property of a table in the catalog of PostgreSQL."""

    table: str
    kind: str
    told: str


def facts(connection: Connection[Any], schema: str) -> set[Fact]:
    """All that PostgreSQL knows of the tables of a schema."""
    return {Fact(*row) for row in connection.execute(sql("catalog").encode(), {"schema": schema}).fetchall()}


def differences(live: set[Fact], expected: set[Fact]) -> Iterator[AuditFinding]:
    """Differences on the tables that are expected; other tables are ignored."""
    ours = {fact.table for fact in expected}
    for fact in sorted(fact for fact in live - expected if fact.table in ours):
        yield _finding(fact, "which no migration makes")
    for fact in sorted(expected - live):
        yield _finding(fact, "which a migration makes, is missing")


def _finding(fact: Fact, how: str) -> AuditFinding:
    mend = MENDED.get(fact.kind, "compare it with a fresh database")
    return AuditFinding(
        0, None, f"{fact.kind}-differs", f"the {fact.kind} {fact.told!r} of {fact.table}, {how}: {mend}."
    )


def compare(conninfo: str) -> Iterator[AuditFinding]:
    """The differences of the record's tables, and settings and functions that change what our statements mean."""
    with connect_as_owner(conninfo) as connection, connection.transaction(force_rollback=True):
        connection.execute(sql("advisory_transaction_lock").encode(), {"lock": LOCK})
        [schema] = connection.execute(sql("current_schema").encode()).fetchone() or [None]
        for (what,) in connection.execute(sql("catalog_settings").encode(), {"roles": list(ROLES)}).fetchall():
            yield AuditFinding(0, None, "setting-differs", f"{what} changes what our statements mean: take it away.")
        if schema is None:
            return
        live = facts(connection, schema)
        try:
            expected = _expected(connection)
        except (errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction, errors.DiskFull) as error:
            told = f"the tables cannot be compared with the migrations: {error.diag.message_primary}."
            yield AuditFinding(0, None, "schema-not-compared", told, notice=True)
        else:
            yield from differences(live, expected)


def _expected(connection: Connection[Any]) -> set[Fact]:
    """The facts of a schema in which every migration was applied. The caller rolls back."""
    for name in ("create_schema", "set_search_path"):
        connection.execute(SQL(sql(name)).format(schema=Identifier(SCRATCH)))
    connection.execute(sql("migrations_table").encode())
    for migration in migrations():
        connection.execute(migration.text.encode())
    return facts(connection, SCRATCH)
