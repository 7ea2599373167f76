"""SQL is in .sql files, each statement once, by name; none of them is left without a caller."""

import ast
import re
from collections.abc import Iterator

import pytest

from ledger.sql import INCLUDED, NamedStatements
from projections.sql import sql
from tests.project.test_files import text_of, tracked

STATEMENT = re.compile(
    r"""^\W*(
        (SELECT|WITH|INSERT\s+INTO|DELETE\s+FROM|COPY|LISTEN|NOTIFY|TRUNCATE|LOCK\s+TABLE|PRAGMA|RESET|EXPLAIN)\s
        | UPDATE\s+\S+\s+(AS\s+\w+\s+)?SET\s
        | SET\s+(LOCAL\s+|SESSION\s+|TRANSACTION\s+)?\w
        | (CREATE|DROP|ALTER|COMMENT\s+ON|GRANT|REVOKE)\s+[A-Z ]*\s[\w{"]
        | (BEGIN|COMMIT|ROLLBACK)\W*$
    )""",
    re.VERBOSE,
)

ALLOWED = {
    ("ledger/append/writer.py", "BEGIN"): "transaction control in a pipeline, where psycopg would wait for the answer",
    ("ledger/append/writer.py", "COMMIT"): "transaction control in a pipeline, where psycopg would wait for the answer",
    ("ledger/append/spool.py", "BEGIN"): "the one transaction of a temporary SQLite database",
    ("ledger/append/spool.py", "PRAGMA "): "settings of a temporary SQLite database, computed from constants",
    ("ledger/postgres/embedded/initdb.py", "CREATE DATABASE parley\n"): "input of a single-user server",
    ("ledger/subscription/listener.py", "LISTEN "): "the channel is a constant that the library's adapter uses too",
}


def statements_in(name: str) -> Iterator[str]:
    """The string constants of a module that begin as a SQL statement does."""
    for node in ast.walk(ast.parse(text_of(name))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("utf-8", "replace")
            if STATEMENT.match(text):
                yield text


def modules(*packages: str) -> list[str]:
    return [name for name in tracked() if name.endswith(".py") and name.startswith(packages)]


@pytest.mark.parametrize("package", ["ledger", "projections", "api", "domain"])
def test_no_statement_stands_in_a_string_of_the_program(package: str) -> None:
    found = {(name, text) for name in modules(f"{package}/") for text in statements_in(name)}
    assert found - ALLOWED.keys() == set()


def test_each_allowed_string_still_stands() -> None:
    found = {(name, text) for name in {name for name, _ in ALLOWED} for text in statements_in(name)}
    assert ALLOWED.keys() - found == set()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1", "(SELECT a FROM b)", "\n  INSERT INTO a VALUES (1)", "UPDATE a SET b = 1", "DELETE FROM a",
        "WITH a AS (SELECT 1) SELECT * FROM a", "SET LOCAL ROLE a", "SET lock_timeout = '", "CREATE SCHEMA {}",
        "DROP TABLE IF EXISTS {} CASCADE", "ALTER TABLE a ADD b text", "COPY {} TO STDOUT", "LISTEN ", "COMMIT;",
    ],
)  # fmt: skip
def test_a_statement_is_recognized(text: str) -> None:
    assert STATEMENT.match(text)


@pytest.mark.parametrize(
    "text", ["DELETE", "Update the deal.", "Set a day.", "With it.", "DROP POLICY, and create it.", "Select a deal"]
)
def test_other_text_is_no_statement(text: str) -> None:
    assert not STATEMENT.match(text)


def test_each_statement_is_used() -> None:
    constants = {
        node.value
        for name in modules("ledger/", "projections/", "api/")
        for node in ast.walk(ast.parse(text_of(name)))
        if isinstance(node, ast.Constant)
    }
    assert set(sql.blocks) - constants == set()


def test_each_subquery_is_included() -> None:
    texts = [text_of(name) for name in tracked() if name.endswith(".sql")]
    shared = {name for text in texts for name in re.findall(r"^-- (\w+) \(subquery\) --$", text, re.MULTILINE)}
    assert "recorded_events" in shared
    assert shared - {name for text in texts for name in INCLUDED.findall(text)} == set()


def test_each_statement_says_what_it_is_for() -> None:
    assert [name for name, text in sql.blocks.items() if not text.startswith("-- ")] == []


def test_no_two_statements_are_the_same() -> None:
    bare = [re.sub(r"--[^\n]*|\s+", " ", text).strip() for text in sql.blocks.values()]
    assert len(set(bare)) == len(bare)


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"two statements in .* are named"):
        NamedStatements("ledger.sql", "ledger.sql").blocks  # noqa: B018 - it is read for what it raises
