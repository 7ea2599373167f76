"""A record that an older version wrote: opened by this one it is migrated, and every word of it reads as before."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from api import demo
from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger, open_ledger
from ledger.postgres import migrations as migrating
from ledger.postgres.embedded.server import Embedded
from ledger.postgres.migrations import Migration, migrate, migrations
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery

NEWEST = migrations()
DAYS = ("2020-08-20", "2020-09-12", "2026-01-23")


def older(url: str, schema: int, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Bring a database to an earlier schema, record both timelines, and return what they say."""
    with patch.context() as then:
        then.setattr(migrating, "migrations", lambda: NEWEST[:schema])
        assert len(migrate(url)) == schema
    with open_ledger(url, origin="parley.example/upgrade", migrating=False) as ledger:
        assert all(told["recorded"] for _, told in demo.load(ledger))
        return said(ledger)


def said(ledger: Ledger) -> dict[str, Any]:
    """Every row as recorded, every leaf, and the state of every deal on three days."""
    reader = StateReader(ledger)
    states = {
        (deal.deal_id, day): reader.state(deal.deal_id, TimeQuery(valid_at=day))["state_hash"]
        for deal in ledger.deals()
        for day in DAYS
    }
    return {"origin": ledger.origin, "rows": ledger.read_log(0), "leaves": ledger.leaves(0), "states": states}


@pytest.mark.parametrize("schema", range(1, len(NEWEST)))
def test_a_record_of_any_earlier_schema_reads_the_same_after_migration(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, schema: int
) -> None:
    before = older(empty_database, schema, monkeypatch)
    assert len(before["states"]) == 2 * len(DAYS)
    applied: tuple[Migration, ...] = migrate(empty_database)
    assert [each.number for each in applied] == [each.number for each in NEWEST[schema:]]
    with open_ledger(empty_database) as ledger:
        assert said(ledger) == before
        assert {told["recorded"] for _, told in demo.load(ledger)} == {0}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, dict[str, Any]]:
    """An unused data folder, of the previous schema, and what was recorded there."""
    data = tmp_path / "data"
    with Embedded(data, durable=False) as server:
        before = older(server.url, len(NEWEST) - 1, monkeypatch)
    return data, before


def test_a_server_on_the_data_folder_of_an_older_one_takes_up_where_that_left_off(
    folder: tuple[Path, dict[str, Any]],
) -> None:
    data, before = folder
    app = create_app(Settings(data=data, run_workers=False))
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        for (deal, day), state_hash in before["states"].items():
            assert client.get(f"/v1/deals/{deal}/state", params={"valid_at": day}).json()["state_hash"] == state_hash
        event = {"type": "context.noted", "occurred": "2026-02-01", "data": {"topic": "upgrade", "text": "done"}}
        recorded = client.post("/v1/deals/tiktok/events", json=event)
        assert recorded.status_code == 201, recorded.text
        assert recorded.json()["position"] == len(before["rows"]) + 1
        for path in ("/v1/keys", "/v1/lists", "/v1/webhooks", "/v1/audit/reads", "/readyz"):  # newer tables
            assert client.get(path).status_code == 200, path
