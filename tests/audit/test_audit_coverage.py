"""Everything stored beside the record is compared with it: the registry, projections, the outbox, heads,
cosignatures, timestamps, and the tables themselves."""

from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.ledger import Ledger, open_ledger
from ledger.merkle.note import COSIGNATURE, Note, Signer
from ledger.models import Request
from ledger.tlog.signer import LogSigner
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all
from projections.entity_versions.projection import ENTITIES
from projections.keyed_digest import Authenticator
from projections.rebuild import catch_up, rebuild
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS
from tests.superuser import Sql, sql

__all__ = ["sql"]


@pytest.fixture
def recorded(ledger: Ledger, submission: Any, signer: LogSigner, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Two deals with deadlines, signed, with projections: long enough for entity versions."""
    for deal in ("d", "other"):
        opened = submission(deal, f"{deal}-1", "deal.opened", title="T", kind="merger", subject="s", parties=["a"])
        rest = [
            submission(
                deal, f"{deal}-{n}", "deadline.set",
                deadline_id=f"dl{n}", obligation="o", set_by="a", force="contractual", due="2031-05-01",
            )
            for n in range(2, 30)
        ]  # fmt: skip
        ledger.append(Request((opened, *rest), by="desk")).result(timeout=30)
    signer.sign()
    catch_up(ledger, DEALS, StateReader(ledger))
    monkeypatch.setattr("projections.entity_versions.projection.SHORTEST", 29)
    catch_up(ledger, ENTITIES, StateReader(ledger, authenticator=Authenticator(bytes(32))))
    return ledger


def findings(ledger: Ledger) -> list[tuple[str, str]]:
    """Code and sentence of each."""
    return [
        (each["code"], each["why"]) for each in audit_all(ledger, TransparencyLog(ledger)) if each["kind"] == "finding"
    ]


def found(ledger: Ledger) -> list[str]:
    return [code for code, _ in findings(ledger)]


def holds(said: list[tuple[str, str]], code: str, *words: str) -> bool:
    """Whether one finding of this code says all of these words."""
    return any(one == code and all(word in why for word in words) for one, why in said)


def test_an_untouched_record_is_whole(recorded: Ledger) -> None:
    assert found(recorded) == []


def test_a_changed_registry_is_found(recorded: Ledger, sql: Sql) -> None:
    insert = "INSERT INTO things (tenant, deal_id, kind, id, version) VALUES "
    assert sql("DELETE FROM things WHERE T= AND deal_id = 'd' AND id = 'dl5'") == 1
    assert sql("DELETE FROM things WHERE T= AND deal_id = 'd' AND kind = 'deal.opened'") == 1
    assert sql("UPDATE things SET version = 7 WHERE T= AND deal_id = 'd' AND id = 'dl6'") == 1
    assert sql(f"{insert}(TENANT, 'other', 'deadline', 'phantom', 3)") == 1
    assert sql(f"{insert}(TENANT, 'other', 'deadline', 'ahead', 300)") == 1
    assert sql(f"{insert}(TENANT, 'nowhere', 'deadline', 'x', 1)") == 1
    said = findings(recorded)
    for words in (
        ("deadline dl5", "does not hold it"),
        ("deal.opened d", "does not hold it"),
        ("deadline dl6", "says version 7"),
        ("phantom", "which no event names"),
        ("version 300", "has not reached"),
        ("nowhere", "the log does not have"),
    ):
        assert holds(said, "registry-differs", *words), words
    assert len(said) == 6


def test_a_changed_projection_is_found(recorded: Ledger, sql: Sql) -> None:
    letter = "INSERT INTO DEALS.dead_letters (tenant, position, event_id, attempts, error) VALUES "
    assert sql("UPDATE DEALS.deals SET opened = '2031-05-02' WHERE deal_id = 'd'") == 1
    assert sql("UPDATE DEALS.deals SET deal_id = 'phantom' WHERE deal_id = 'other'") == 1
    assert sql("UPDATE DEALS.deadlines SET due_day = '2031-05-02' WHERE deal_id = 'd' AND deadline_id = 'dl5'") == 2
    assert sql("DELETE FROM DEALS.deadlines WHERE deal_id = 'other' AND deadline_id = 'dl5'") == 2
    assert sql(f"{letter}(TENANT, 3, 'no', 5, '')") == 1
    assert sql(f"{letter}(TENANT, 4, 'd-4', 5, '')") == 1
    said = findings(recorded)
    for words in (
        ("deals does not say of d ",),
        ("deals does not say of other ",),
        ("deals does not say of phantom ",),
        ("deadlines does not say of d ",),
        ("deadlines does not say of other ",),
        ("laid aside no, which is not the event there",),
        ("laid aside d-4, which can be taken in",),
    ):
        assert holds(said, "projection-differs", *words), words
    assert len(said) == 7


def test_a_projection_that_claims_to_be_further_than_the_log_or_bears_a_trigger_is_found(
    recorded: Ledger, sql: Sql
) -> None:
    sql("UPDATE DEALS.progress SET position = 1000")
    function = "suppress_redundant_updates_trigger()"
    sql(f"CREATE TRIGGER t BEFORE UPDATE ON DEALS.deals FOR EACH ROW EXECUTE FUNCTION {function}")
    sql("UPDATE DEALS.deals SET known_to = 7 WHERE deal_id = 'd'")
    said = findings(recorded)
    assert holds(said, "projection-differs", "position 1000", "the log has 58")
    assert holds(said, "trigger-differs", "deals")
    assert holds(said, "projection-differs", "deals does not say of d ")


def test_changed_entity_versions_are_found(recorded: Ledger, sql: Sql) -> None:
    rows = "ENTITIES.entity_versions"
    assert sql(f"UPDATE {rows} SET body = '\\x00' WHERE T= AND deal_id = 'd' AND version = 8") == 1
    assert sql("UPDATE ENTITIES.covered_deals SET deal_id = 'nowhere' WHERE T= AND deal_id = 'other'") == 1
    said = findings(recorded)
    for words in (
        ("entity_versions does not say of d ",),
        ("covered_deals does not say of other ",),
        ("covered_deals does not say of nowhere ",),
    ):
        assert holds(said, "projection-differs", "parley rebuild entities", *words), words
    assert len(said) == 3
    rebuild(recorded, ENTITIES, StateReader(recorded))
    assert found(recorded) == []


def test_an_outbox_beyond_the_log_is_found(recorded: Ledger, sql: Sql) -> None:
    sql(
        "INSERT INTO webhook_messages (tenant, webhook_id, id, position, state) "
        "VALUES (TENANT, 'wh-none', 'm', 1000, 'pending')"
    )
    assert found(recorded) == ["outbox-differs", "outbox-differs"]


def test_heads_that_were_taken_away_are_found(recorded: Ledger, sql: Sql) -> None:
    sql("DELETE FROM log_checkpoints WHERE T=")
    assert found(recorded) == ["heads-missing"]


def test_cosignatures_that_do_not_hold_are_found(recorded: Ledger, sql: Sql) -> None:
    head = TransparencyLog(recorded).head()
    assert head is not None
    text = Note.parse(head.note).text
    witness = Signer("witness.example", Ed25519PrivateKey.generate(), COSIGNATURE)
    honest, wrong = str(witness.sign(text, 1_700_000_000)), str(witness.sign(text + b"x\n", 1_700_000_000))
    late = str(witness.sign(text, 4_000_000_000))
    columns = "tenant, size, vkey, stated_at, line"
    insert = f"INSERT INTO log_cosignatures ({columns}) VALUES (TENANT, %s, %s, to_timestamp(%s), %s)"
    sql(insert, head.size, str(witness.key), 1_700_000_000, honest)
    assert found(recorded) == []
    for size, seconds, line in (
        (head.size, 1_600_000_000, wrong),
        (head.size, 1_600_000_001, honest),
        (head.size, 4_000_000_000, late),
        (3, 1_700_000_000, honest),
        (head.size, 1_600_000_002, "no signature\n"),
    ):
        sql(insert, size, str(witness.key), seconds, line)
    assert found(recorded) == ["cosignature-wrong"] * 5


def test_timestamps_that_do_not_hold_are_found(recorded: Ledger, sql: Sql) -> None:
    head = TransparencyLog(recorded).head()
    assert head is not None
    insert = "INSERT INTO log_timestamps (tenant, size, stated_at, note, response) VALUES (TENANT, %s, now(), %s, '')"
    sql(insert, head.size, head.note)
    sql(insert, 3, head.note)
    assert found(recorded) == ["timestamp-wrong", "timestamp-wrong"]


@pytest.fixture
def own(database: str) -> Any:
    """A log in a database of the test's own, and its superuser's hand."""
    with open_ledger(database) as ledger, psycopg.connect(database, autocommit=True) as connection:
        yield ledger, lambda statement: connection.execute(statement.encode())


SPY = "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"


CHANGES = (
    (f"{SPY}; CREATE TRIGGER spy BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION spy()", "trigger-differs"),
    ("CREATE RULE hide AS ON INSERT TO event_payload DO ALSO NOTHING", "rule-differs"),
    ("CREATE POLICY everyone ON events USING (true)", "policy-differs"),
    ("GRANT UPDATE ON events TO parley_app", "grant-differs"),
    ("GRANT DELETE ON things TO PUBLIC", "grant-differs"),
    ("REVOKE INSERT ON log_cosignatures FROM parley_app", "grant-differs"),
    ("ALTER TABLE events DISABLE ROW LEVEL SECURITY", "row-security-differs"),
    ("ALTER TABLE webhook_messages NO FORCE ROW LEVEL SECURITY", "row-security-differs"),
    ("CREATE TABLE more () INHERITS (logs)", "child-table-differs"),
    ("ALTER TABLE events DROP CONSTRAINT events_position_check", "constraint-differs"),
    ("ALTER TABLE event_payload ADD COLUMN note text", "column-differs"),
    ("CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'", "setting-differs"),
)


def test_tables_that_are_not_those_of_the_migrations_are_found(own: Any) -> None:
    ledger, sql = own
    assert found(ledger) == []
    for change, _ in CHANGES:
        sql(change)
    said = findings(ledger)
    assert {code for code, _ in said} == {code for _, code in CHANGES}
    for words in (
        ("trigger-differs", "spy", "events"),
        ("rule-differs", "hide", "event_payload"),
        ("policy-differs", "everyone", "events"),
        ("grant-differs", "UPDATE to parley_app", "events"),
        ("grant-differs", "DELETE to PUBLIC", "things"),
        ("grant-differs", "INSERT to parley_app", "log_cosignatures", "missing"),
        ("row-security-differs", "enabled f", "events"),
        ("row-security-differs", "forced f", "webhook_messages"),
        ("child-table-differs", "more", "logs"),
    ):
        assert holds(said, *words), words
