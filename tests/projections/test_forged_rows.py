"""Rows that were forged beside the record are not served as a state, and a rebuild derives all of them again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger, open_ledger
from projections.batch_update import refresh
from projections.entity_versions.entity_reader import SHORTEST
from projections.entity_versions.projection import ENTITIES
from projections.keyed_digest import Authenticator
from projections.rebuild import catch_up
from projections.state.state_reader import StateReader
from projections.tables.activity import ACTIVITY
from projections.tables.deals import DEALS
from tests.cli.conftest import run
from tests.entity_versions.written_rows import write_a_row_for_each_event
from tests.submissions import make_submission
from tests.waiting import until

LENGTH = SHORTEST + 20


@pytest.fixture
def log(database: str) -> Iterator[Ledger]:
    """A deal long enough for entity versions."""
    with open_ledger(database) as ledger:
        opened = make_submission("d", "e1", "deal.opened", title="T", kind="merger", subject="s")
        terms = (
            make_submission("d", f"e{n}", "terms.changed", occurred="2024-01-05", term="fee", to=f"honest-{n}")
            for n in range(2, LENGTH + 1)
        )
        assert ledger.import_batch([opened, *terms], by="desk").recorded == LENGTH
        yield ledger


def client(ledger: Ledger, data: Path) -> httpx.Client:
    """A server that starts now."""
    road = InProcessTransport(create_app(Settings(data=data, run_workers=True), ledger))
    return httpx.Client(transport=road, base_url="http://127.0.0.1")


def asked(http: httpx.Client) -> Any:
    """The state late in the deal's life, which its entity versions hold."""
    return http.get("/v1/deals/d/state", params={"valid_at": "2024-02-01"}).json()


def stored(ledger: Ledger) -> int:
    """The number of entity versions."""
    with psycopg.connect(ledger.conninfo) as connection:
        counted = f"SELECT count(*) FROM {ENTITIES.schema(ledger.tenant)}.entity_versions"
        return int((connection.execute(counted.encode()).fetchone() or [0])[0])


FORGED_VERSIONS = """
UPDATE {}.entity_versions SET body = overlay(body placing 'forged'::bytea from position('honest'::bytea IN body))
WHERE position('honest'::bytea IN body) > 0
"""


def forge(ledger: Ledger) -> None:
    """Forge what is stored, as the application's own role can."""
    with psycopg.connect(ledger.conninfo) as connection:
        connection.execute("SET ROLE parley_app")
        connection.execute("SELECT set_config('parley.tenant', %s, true)", (ledger.tenant,))
        assert connection.execute(FORGED_VERSIONS.format(ENTITIES.schema(ledger.tenant)).encode()).rowcount > 0
        connection.execute(f"UPDATE {DEALS.schema(ledger.tenant)}.deals SET title = 'forged'".encode())
        connection.execute("INSERT INTO things VALUES (%s, 'd', 'deadline', 'forged', 3)", (ledger.tenant,))


def test_a_forged_entity_version_is_not_served_and_rebuild_derives_everything_again(
    log: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_a_row_for_each_event(monkeypatch)
    data = tmp_path / "data"
    place = ("--database", log.conninfo, "--data", str(data))
    with client(log, data) as http:
        honest = asked(http)
        until(lambda: stored(log) == LENGTH)
    with client(log, data) as http:
        assert asked(http)["state_hash"] == honest["state_hash"]
    assert run("verify", *place).code == 0
    forge(log)
    ended = run("verify", *place)
    assert ended.code == 1
    for code in ("parley rebuild entities", "parley rebuild deals", "registry-differs"):
        assert code in ended.words
    with client(log, data) as http:
        told = asked(http)
        assert told["state_hash"] == honest["state_hash"]
        assert "forged" not in str(told)
    rebuilt = run("rebuild", *place).words
    assert "registry: compared with every event, 1 rows mended." in rebuilt
    assert f"entities: rebuilt up to position {LENGTH}." in rebuilt
    assert run("verify", *place).code == 0
    assert stored(log) == LENGTH
    with client(log, data) as http:
        assert asked(http)["state_hash"] == honest["state_hash"]


FORGERIES = (
    "UPDATE {0}.deals SET title = 'forged' WHERE deal_id = 'd'",
    "UPDATE {0}.deals SET title = 'forged', mac = NULL WHERE deal_id = 'd'",
    "UPDATE {0}.deadlines SET entry = convert_to(replace(convert_from(entry, 'UTF8'), 'close', 'forged'), 'UTF8')",
    "UPDATE {0}.deadlines SET due_day = '2000-01-01', closes_at = closes_at + 1",
    "INSERT INTO {0}.deals (tenant, deal_id, layers, valid_from, valid_to, known_from, known_to, title, title_order, "
    "jurisdictions, tz, parties, words, names, mac) "
    "SELECT tenant, 'forged', layers, valid_from, valid_to, known_from, known_to, title, title_order, "
    "jurisdictions, tz, parties, words, names, mac FROM {0}.deals WHERE deal_id = 'd'",
)
"""Statements of the superuser, by the schema of the projection."""

DEADLINE = {"obligation": "close", "set_by": "a", "force": "contractual", "due": "2031-05-01"}


def lists(http: httpx.Client) -> str:
    """Every answer across deals."""
    return "".join(http.get(path).text for path in ("/v1/deals", "/v1/deadlines", "/v1/calendar.ics", "/"))


def test_forged_rows_of_a_projection_are_not_served_but_derived_anew(database: str, tmp_path: Path) -> None:
    with open_ledger(database) as ledger, psycopg.connect(database, autocommit=True) as connection:
        schema = DEALS.schema(ledger.tenant)
        for deal in ("d", "other"):
            opened = make_submission(deal, f"{deal}-1", "deal.opened", title="honest", kind="merger", subject="s")
            due = make_submission(deal, f"{deal}-2", "deadline.set", deadline_id="dl", **DEADLINE)
            ledger.import_batch([opened, due], by="desk")
        with client(ledger, tmp_path / "data") as http:
            until(lambda: http.get("/v1/deals").json()["lag"] == 0)
            before = http.get("/v1/deadlines").json()["items"]
            assert "honest" in lists(http)
            for forged in FORGERIES:
                connection.execute(forged.format(schema).encode())
                told = lists(http)
                assert "forged" not in told, forged
                assert http.get("/v1/deadlines").json()["items"] == before, forged
                assert [each["title"] for each in http.get("/v1/deals").json()["items"]] == ["honest", "honest"]


def test_rows_that_were_written_without_the_key_are_derived_anew_when_a_server_starts(
    database: str, tmp_path: Path
) -> None:
    with open_ledger(database) as ledger, psycopg.connect(database, autocommit=True) as connection:
        ledger.import_batch([make_submission("d", "d-1", "deal.opened", title="honest")], by="desk")
        catch_up(ledger, DEALS, StateReader(ledger))
        schema = DEALS.schema(ledger.tenant)
        assert connection.execute(f"SELECT mac FROM {schema}.deals".encode()).fetchall() == [(None,)]
        with client(ledger, tmp_path / "data") as http:
            until(lambda: connection.execute(f"SELECT FROM {schema}.deals WHERE mac IS NOT NULL".encode()).fetchall())
            assert http.get("/v1/deals").json()["items"][0]["title"] == "honest"


ACTIVITY_FORGERIES = (
    "UPDATE {0}.activity SET moved_at = 7, next_at = 8, mac = NULL",
    "UPDATE {0}.activity SET version = 1, next_at = 8",
    "INSERT INTO {0}.activity (tenant, deal_id, version, moved_at, next_at) "
    "SELECT tenant, 'forged', 1, 7, 8 FROM {0}.activity",
)


@pytest.mark.parametrize("forgery", ACTIVITY_FORGERIES)
def test_what_time_changes_is_not_derived_from_a_forged_row_of_activity(ledger: Ledger, forgery: str) -> None:
    opened = make_submission("d", "d-1", "deal.opened", title="honest", kind="merger", subject="s")
    due = make_submission("d", "d-2", "deadline.set", deadline_id="dl", **DEADLINE)
    ledger.import_batch([opened, due], by="desk")
    reader = StateReader(ledger, authenticator=Authenticator(bytes(32)))
    catch_up(ledger, ACTIVITY, reader)
    with psycopg.connect(ledger.conninfo, autocommit=True) as connection:
        schema = ACTIVITY.schema(ledger.tenant)
        rows = f"SELECT deal_id, version, moved_at, next_at, mac FROM {schema}.activity".encode()
        honest = connection.execute(rows).fetchall()
        connection.execute(forgery.format(schema).encode())
        while refresh(ledger, ACTIVITY, reader):
            continue
        assert connection.execute(rows).fetchall() == honest
