"""What the health checks say of replication: on a primary with and without synchronous standbys, and on a standby."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.maintenance.health_checks import check_database
from ledger.maintenance.replication_check import NAME
from ledger.postgres.embedded.server import Embedded
from tests.cli.conftest import run
from tests.waiting import until


def replication(url: str) -> str:
    """Level and sentence of the check of replication."""
    [found] = [f"{each.level}: {each.told}" for each in check_database(url) if each.name == NAME]
    return found


@pytest.fixture
def standbys_waited_for(primary: Embedded) -> Iterator[psycopg.Connection]:
    """A connection to the primary, on which synchronous_standby_names may be set until the end of the test."""
    with psycopg.connect(primary.url, autocommit=True) as connection:
        yield connection
        wait_for_standbys(connection, "")


def wait_for_standbys(connection: psycopg.Connection, names: str) -> None:
    connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
    connection.execute("SELECT pg_reload_conf()")


def test_the_health_checks_say_whether_what_is_acknowledged_is_on_two_hosts(
    primary: Embedded, standby: Embedded, standbys_waited_for: psycopg.Connection
) -> None:
    until(lambda: replication(primary.url).startswith("fine: Connected standbys: 1, of which 0 synchronous"))
    wait_for_standbys(standbys_waited_for, "*")
    until(lambda: "1 synchronous: what is acknowledged is on two hosts." in replication(primary.url))
    wait_for_standbys(standbys_waited_for, "nowhere")
    until(lambda: "'nowhere' and no such standby is connected" in replication(primary.url))
    assert replication(primary.url).startswith("doubtful: ")


def test_the_doctor_examines_a_standby(standby: Embedded, tmp_path: Path) -> None:
    done = run("doctor", "--database", standby.url, "--data", str(tmp_path))
    assert "This is a hot standby, which records nothing. It is " in done.words
    assert "No process" not in done.words
    assert done.code == 0, done.out
