"""An erased payload that is put back into the database is not served, and the audit names it."""

import httpx
import psycopg
import pytest

from ledger.ledger import Ledger, open_ledger
from ledger.postgres.migrations import migrations
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all
from projections.state.state_reader import StateReader
from tests.api.conftest import bid
from tests.superuser import superuser

SECRET = b"the secret name"


@pytest.fixture
def restored(ledger: Ledger, http: httpx.Client, deal: str) -> int:
    """The position of an erased event whose payload and salt were put back, byte for byte."""
    event = bid("b2", id="secret", note=SECRET.decode())
    assert http.post(f"{deal}/events", json=event).status_code == 201
    row = ledger.event("secret")
    assert row is not None
    erasure = {"type": "record.erased", "occurred": "2020-12-01", "data": {"event_id": "secret", "legal_basis": "law"}}
    assert http.post(f"{deal}/events", json=erasure).status_code == 201
    with superuser(ledger) as connection:
        connection.execute(
            "INSERT INTO event_payload (tenant, position, payload, salt) VALUES (%s, %s, %s, %s)",
            (ledger.tenant, row.position, row.payload, row.salt),
        )
    return row.position


def findings(ledger: Ledger) -> list[tuple[str, int]]:
    told = audit_all(ledger, TransparencyLog(ledger))
    return [(each["code"], each["position"]) for each in told if each["kind"] == "finding"]


def test_no_answer_serves_it(restored: int, http: httpx.Client, deal: str) -> None:
    for path in (
        f"{deal}/events/secret", f"{deal}/events", f"{deal}/events/secret/lineage", f"{deal}/state", f"{deal}/replay",
        "/v1/events", "/v1/deals/tiktok/history?path=/bids/b2/bidders", "/deals/tiktok",
    ):  # fmt: skip
        answer = http.get(path)
        assert answer.status_code == 200, path
        assert SECRET not in answer.content, path
    assert http.get(f"{deal}/events/secret").json()["data"] is None
    assert http.get(f"{deal}/state").json()["bids"]["b2"]["bidders"] == "[erased]"


def test_the_audit_names_it(restored: int, ledger: Ledger) -> None:
    assert findings(ledger) == [("payload-restored", restored)]


def test_the_audit_names_it_also_where_the_mark_of_the_erasure_was_removed(restored: int, ledger: Ledger) -> None:
    with superuser(ledger) as connection:
        connection.execute("DELETE FROM erased_events WHERE tenant = %s", (ledger.tenant,))
    assert findings(ledger) == [("payload-restored", restored)]
    reader = StateReader(ledger)
    assert reader.state("tiktok")["bids"]["b2"]["bidders"] == "[erased]"


def test_only_the_role_that_destroys_marks_what_was_destroyed(ledger: Ledger, restored: int) -> None:
    with ledger.pool.connection() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("INSERT INTO erased_events (tenant, position) VALUES ('x', 1)")


def test_erasures_of_an_earlier_schema_are_marked_by_the_migration(
    empty_database: str, monkeypatch: pytest.MonkeyPatch, submission
) -> None:
    from ledger.models import Request
    from ledger.postgres import migrations as migrating

    newest = migrations()
    with monkeypatch.context() as then:
        then.setattr(migrating, "migrations", lambda: tuple(each for each in newest if each.number < 9))
        migrating.migrate(empty_database)
    with open_ledger(empty_database, migrating=False) as ledger:
        opened = submission("d", "opened", "deal.opened")
        erasure = submission("d", "x", "record.erased", event_id="opened", legal_basis="law")
        ledger.append(Request((opened,), by="desk")).result(timeout=30)
        with psycopg.connect(empty_database, autocommit=True) as connection:
            connection.execute("CREATE TABLE erased_events (tenant text, position bigint, UNIQUE (tenant, position))")
            connection.execute("GRANT ALL ON erased_events TO parley_app, parley_eraser")
            ledger.append(Request((erasure,), by="desk")).result(timeout=30)
            connection.execute("DROP TABLE erased_events")
    with open_ledger(empty_database), psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT tenant, position FROM erased_events").fetchall() == [("default", 1)]
