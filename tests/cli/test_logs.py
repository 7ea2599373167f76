"""The logs of a database on the command line: listed, and made one by one."""

from collections.abc import Callable

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.cli.conftest import Parley


@pytest.fixture
def elsewhere(fresh: Callable[[], str]) -> Parley:
    """Runs commands on an empty database."""
    return Parley(fresh())


def test_a_log_is_made_with_an_origin_and_listed_with_what_it_holds(elsewhere: Parley) -> None:
    assert "holds no log yet" in elsewhere("logs").words
    made = elsewhere("logs", "make", "fund two", "--origin", "log.example/fund-two")
    assert made.code == 0, made.err
    assert "The log fund two is made, with the origin log.example/fund-two." in made.words
    opened = elsewhere("record", "d", "deal.opened", "title=T", "kind=merger", "subject=s", "--occurred", "2020-01-01")
    assert opened.code == 0, opened.err
    assert elsewhere("keys", "make", "desk", "--log", "fund two").code == 0
    listed = elsewhere("logs", "--json").json["items"]
    assert [(each["name"], each["position"], each["keys"]) for each in listed] == [
        ("default", 1, 0),
        ("fund two", 0, 1),
    ]
    assert listed[1]["origin"] == "log.example/fund-two"
    assert listed[1]["recorded_at"] is None
    assert "log.example/fund-two" in elsewhere("logs").words
    made_up = elsewhere("logs", "make", "fund + three", "--json").json["origin"]
    assert made_up.startswith("parley.invalid/fund---three/"), "it names a signing key, so without spaces or plus signs"


@pytest.mark.parametrize(
    ("arguments", "because"),
    [
        (["one"], "has a log 'one' already"),
        (["two", "--origin", "log.example/one"], "Another log bears the origin 'log.example/one'"),
        (["two", "--origin", "of two words"], "it holds a space or a plus sign"),
        (["", "--origin", "log.example/two"], "it has 0 characters"),
        (["two\n"], "characters that cannot be seen"),
    ],
)
def test_a_name_or_origin_that_is_taken_or_malformed_is_refused(
    elsewhere: Parley, arguments: list[str], because: str
) -> None:
    first = elsewhere("logs", "make", "one", "--origin", "log.example/one")
    assert first.code == 0, first.err
    refused = elsewhere("logs", "make", *arguments)
    assert refused.code == 1
    assert "Refused (log-refused)" in refused.err
    assert because in " ".join(refused.err.split())
    assert len(elsewhere("logs", "--json").json["items"]) == 1


def test_the_owner_of_the_database_lists_and_backs_up_all_logs_and_nobody_else_does(
    elsewhere: Parley, tmp_path
) -> None:
    for name in ("one", "two"):
        assert elsewhere("logs", "make", name).code == 0
    with psycopg.connect(elsewhere.url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS owner_of_logs, guest_of_logs")
        for role in ("owner_of_logs", "guest_of_logs"):
            connection.execute(f"CREATE ROLE {role} LOGIN")
            connection.execute(f"GRANT parley_app, parley_eraser, parley_signer TO {role}")
        connection.execute("GRANT SELECT ON migrations TO guest_of_logs")
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"ALTER TABLE {table} OWNER TO owner_of_logs")
    owner, guest = (Parley(make_conninfo(elsewhere.url, user=f"{each}_of_logs")) for each in ("owner", "guest"))
    assert [each["name"] for each in owner("logs", "--json").json["items"]] == ["one", "two"]
    saved = owner("backup", str(tmp_path / "all.zip"))
    assert saved.code == 0, saved.err
    assert saved.out.count("0 events of") == 2
    hidden = guest("logs")
    assert hidden.code == 1
    assert "sees one log at a time" in " ".join(hidden.err.split())


def test_a_log_is_moved_to_another_database_listed_there_and_the_copy_that_was_left_removed(
    elsewhere: Parley, fresh: Callable[[], str]
) -> None:
    there, third = fresh(), fresh()
    assert elsewhere("logs", "make", "two", "--origin", "log.example/two").code == 0
    opening = ("d", "deal.opened", "title=T", "kind=merger", "subject=s", "--occurred", "2020-01-01", "--log", "two")
    assert elsewhere("record", *opening).code == 0
    moved = elsewhere("logs", "move", "two", "--to", there)
    assert moved.code == 0, moved.err
    assert "1 events of log.example/two are in" in moved.words
    [listed] = elsewhere("logs", "--json").json["items"]
    assert (listed["name"], listed["position"], listed["read_only"]) == ("two", 1, False)
    assert make_conninfo(there).split("dbname=")[1].split()[0] in listed["database"]
    assert elsewhere("state", "d", "--log", "two").code == 0, "commands follow the directory"
    undone = elsewhere("logs", "move", "two", "--to", third, "--abort")
    assert (undone.code, "holds no part of a move" in " ".join(undone.err.split())) == (1, True)
    assert "with 1 events is removed" in elsewhere("logs", "remove", "two", "--from", elsewhere.url).words
    assert elsewhere("logs", "make", "two").code == 1
    assert elsewhere("logs", "make", "three", "--at", third).code == 0
    assert [each["name"] for each in elsewhere("logs", "--json").json["items"]] == ["three", "two"]
    kept = elsewhere("logs", "move", "default", "--to", there)
    assert "serve without an API key" in " ".join(kept.err.split())
    assert Parley(fresh())("logs", "enter", "two", "--at", there).code == 0
