"""The tables themselves: who may do what to them, who sees what, and that they are the sum of their migrations."""

import os
from pathlib import Path

import psycopg
import pytest
from psycopg import errors
from psycopg.conninfo import make_conninfo

from ledger.ledger import open_ledger
from ledger.models import Request
from ledger.postgres import migrations as migrating
from ledger.postgres.migrations import MigrationRefused, migrate, migrations

GOLDEN = Path(__file__).parent / "schema.golden.txt"
RECORD = ("logs", "events", "event_payload", "things")

DESCRIBE = """
SELECT format('%s %s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' ELSE '' END)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attnum;
SELECT format('%s: %s', conrelid::regclass, pg_get_constraintdef(oid))
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1;
SELECT format('%s', indexdef) FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1;
SELECT format('%s: policy %s %s %s', tablename, policyname, cmd, qual) FROM pg_policies WHERE schemaname = 'public' ORDER BY 1;
SELECT format('%s: row security %s, forced %s', relname, relrowsecurity, relforcerowsecurity)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1;
SELECT format('%s: %s may %s', table_name, grantee, string_agg(privilege_type, ', ' ORDER BY privilege_type))
FROM information_schema.role_table_grants WHERE table_schema = 'public' AND grantee LIKE 'parley%' GROUP BY table_name, grantee ORDER BY 1;
SELECT format('%s.%s: %s may %s', table_name, column_name, grantee, privilege_type)
FROM information_schema.column_privileges WHERE table_schema = 'public' AND grantee = 'parley_eraser' ORDER BY 1
"""  # noqa: E501 - queries read better unbroken


def test_the_schema_is_the_sum_of_its_migrations(database):
    with psycopg.connect(database) as connection:
        lines = [line for query in DESCRIBE.split(";") for (line,) in connection.execute(query.encode()).fetchall()]
    found = "\n".join(lines) + "\n"
    if os.environ.get("PARLEY_WRITE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8"), "if a new migration explains it, run with PARLEY_WRITE_GOLDEN=1"


def test_every_table_starts_with_its_tenant_has_forced_row_security_and_is_unique_within_it(database):
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT relname, relrowsecurity AND relforcerowsecurity,"
            " (SELECT attname FROM pg_attribute a WHERE a.attrelid = c.oid AND attnum = 1)"
            " FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'migrations'"
        ).fetchall()
        unique = connection.execute(
            "SELECT indexdef FROM pg_indexes"
            " WHERE schemaname = 'public' AND indexdef LIKE '%UNIQUE%' AND tablename <> 'migrations'"
        ).fetchall()
    assert {name for name, *_ in tables} >= set(RECORD)
    assert [row for row in tables if row[1:] != (True, "tenant")] == []
    assert [definition for (definition,) in unique if "(tenant" not in definition] == []


@pytest.fixture
def recorded(ledger, submission):
    ledger.append(Request((submission("tiktok", "opened", "deal.opened"),), by="desk")).result(timeout=30)
    return ledger


def execute(ledger, query: str) -> None:
    """As the application does it: in its role, for its tenant."""
    with ledger.pool.connection() as connection, connection.transaction():
        connection.execute("SELECT set_config('parley.tenant', %s, true)", (ledger.tenant,))
        connection.execute(query.encode())


@pytest.mark.parametrize("table", RECORD)
@pytest.mark.parametrize("verb", ["UPDATE {} SET tenant = tenant", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_may_neither_change_nor_delete_what_is_recorded(recorded, table, verb):
    with pytest.raises(errors.InsufficientPrivilege):
        execute(recorded, verb.format(table))


@pytest.mark.parametrize("table", RECORD)
def test_a_query_that_forgets_its_tenant_sees_nothing(recorded, table):
    with recorded.pool.connection() as connection:
        assert connection.execute(f"SELECT * FROM {table}".encode()).fetchall() == []
        with connection.transaction():
            connection.execute("SELECT set_config('parley.tenant', %s, true)", (recorded.tenant,))
            assert len(connection.execute(f"SELECT * FROM {table}".encode()).fetchall()) == 1


def test_a_tenant_can_write_no_row_of_another(recorded):
    with pytest.raises(errors.InsufficientPrivilege):
        execute(recorded, "INSERT INTO logs (tenant, origin) VALUES ('another tenant', 'x')")


def test_even_the_owner_of_the_tables_sees_one_tenant_at_a_time(recorded, shared_database):
    with psycopg.connect(shared_database) as connection:
        connection.execute("CREATE ROLE owner_of_tests")
        connection.execute("GRANT USAGE, CREATE ON SCHEMA public TO owner_of_tests")
        connection.execute("ALTER TABLE events OWNER TO owner_of_tests")
        connection.execute("SET LOCAL ROLE owner_of_tests")
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (0,)
        connection.rollback()


def test_the_eraser_can_destroy_a_payload_and_read_none(recorded, shared_database):
    with psycopg.connect(shared_database) as connection:
        connection.execute("SET ROLE parley_eraser")
        connection.execute("SELECT set_config('parley.tenant', %s, true)", (recorded.tenant,))
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            connection.execute("SELECT payload FROM event_payload")
        with pytest.raises(errors.InsufficientPrivilege), connection.transaction():
            connection.execute("DELETE FROM events")
        assert connection.execute("DELETE FROM event_payload WHERE position = 1").rowcount == 1
    assert recorded.event("opened").payload is None
    assert recorded.line(recorded.event("opened")).erased


def test_migrating_again_does_nothing(database):
    assert migrate(database) == ()


def test_an_edited_migration_is_refused(database, monkeypatch):
    first, *others = migrations()
    edited = migrating.Migration(first.number, first.name, first.text + "-- better\n")
    monkeypatch.setattr(migrating, "migrations", lambda: (edited, *others))
    with pytest.raises(MigrationRefused, match="another wording"):
        migrate(database)


def test_a_database_from_the_future_is_refused(database, monkeypatch):
    monkeypatch.setattr(migrating, "migrations", lambda: migrations()[:0])
    with pytest.raises(MigrationRefused, match="unknown to this version"):
        migrate(database)


def test_a_user_without_the_rights_is_told_which_are_missing(cluster, empty_database):
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS nobody_special")
        connection.execute("CREATE ROLE nobody_special LOGIN")
    with pytest.raises(MigrationRefused, match="nobody_special may not prepare"):
        migrate(make_conninfo(empty_database, user="nobody_special"))


def test_an_owner_of_the_database_who_is_no_superuser_can_run_everything(shared_database, empty_database, submission):
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS modest_owner")
        connection.execute("CREATE ROLE modest_owner LOGIN CREATEROLE")
        connection.execute("GRANT parley_app, parley_eraser TO modest_owner WITH ADMIN OPTION")
        connection.execute(f"ALTER DATABASE {connection.info.dbname} OWNER TO modest_owner")
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'parley_signer'").fetchone():
            connection.execute("GRANT parley_signer TO modest_owner WITH ADMIN OPTION")
    with open_ledger(make_conninfo(empty_database, user="modest_owner")) as ledger:
        ledger.append(Request((submission("d", "o", "deal.opened"),), by="desk")).result(timeout=30)
        assert ledger.head().position == 1
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} OWNER TO CURRENT_USER")
        connection.execute("REASSIGN OWNED BY modest_owner TO CURRENT_USER")
        connection.execute("DROP OWNED BY modest_owner")
        connection.execute("DROP ROLE modest_owner")


def test_a_log_keeps_its_origin(database):
    with open_ledger(database, origin="parley.example/tiktok") as ledger:
        assert ledger.origin == "parley.example/tiktok"
    with open_ledger(database, origin="parley.example/other") as ledger:
        assert ledger.origin == "parley.example/tiktok"
    with open_ledger(database, "another") as ledger:
        assert ledger.origin.startswith("parley.invalid/another/")
