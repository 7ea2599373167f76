"""A superuser changes the record in PostgreSQL, as carefully as can be: the audit finds each change."""

import json

import pytest

from ledger.encoding.leaf import commitment
from ledger.merkle.tree import leaf_hash
from ledger.verification import log_audit
from projections.audit import audit_all
from projections.batch_update import position_of
from projections.runner import Runner
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS
from tests.superuser import sql
from tests.waiting import until

__all__ = ["sql"]


@pytest.fixture
def kept(ledger, signer, transparency_log, record, submission):
    """Twelve events of two deals, signed in three goes; the second head, as kept outside."""
    notes = []
    number = 0
    for go in range(3):
        for _ in range(2):
            number += 1
            if go == 0 and number == 1:
                record(submission("d", "opened", "deal.opened"), submission("other", "opened-2", "deal.opened"))
            else:
                record(
                    submission("d", f"e{number}", "bid.submitted", bid_id=f"b{number}", bidders=["oracle"]),
                    submission("other", f"o{number}", "bid.submitted", bid_id=f"b{number}", bidders=["x"]),
                )
        signer.sign()
        notes.append(transparency_log.head().note)
    return notes[1]


@pytest.fixture
def found(ledger, transparency_log):
    """What the audit finds now: code and event of each finding."""

    def audited(**options):
        *told, end = audit_all(ledger, transparency_log, **options)
        findings = [(each["code"], each["event"]) for each in told if each["kind"] == "finding"]
        assert end["kind"] == "end"
        assert end["ok"] == (not findings)
        assert end["findings"] == len(findings)
        return findings

    return audited


LEAF_OF_E3 = (
    "UPDATE events SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), %s, %s), 'UTF8') WHERE T= AND id = 'e3'"
)
OF_E3 = "WHERE T= AND position = (SELECT position FROM events WHERE T= AND id = 'e3')"
HASH_AGAIN = r"UPDATE events SET leaf_hash = sha256('\x00'::bytea || leaf) WHERE T="


def test_an_untouched_record_is_whole(kept, found):
    assert found() == []
    assert found(kept=kept) == []


def test_a_payload_was_edited(kept, found, sql):
    edited = "replace(convert_from(payload, 'UTF8'), 'oracle', 'google')::bytea"
    assert sql(f"UPDATE event_payload SET payload = {edited} {OF_E3}") == 1
    assert found() == [("payload-changed", "e3")]


def test_a_leaf_was_edited(kept, found, sql):
    sql(LEAF_OF_E3, "desk", "dusk")
    codes = found()
    assert ("leaf-changed", "e3") in codes
    assert ("column-changed", "e3") in codes


def test_a_leaf_and_its_hash_and_column_were_edited(kept, found, sql):
    sql(LEAF_OF_E3, "desk", "dusk")
    sql("UPDATE events SET recorded_by = 'dusk' WHERE T= AND id = 'e3'")
    sql(HASH_AGAIN)
    codes = found()
    assert codes[0][1] in ("e3", "e4")
    assert {("tile-differs", "e3"), ("chain-broken", "e4")} <= set(codes)


def test_everything_was_rewritten_but_the_signed_heads(ledger, kept, found, sql):
    _rewrite(ledger, sql)
    codes = found()
    assert codes == [("head-differs", "e3")]


def test_everything_was_rewritten_and_the_heads_taken_away(ledger, kept, found, sql):
    _rewrite(ledger, sql)
    sql("DELETE FROM log_checkpoints WHERE T=")
    assert found() == [("heads-missing", None)]
    assert found(kept=kept)[0][0] == "rewritten"


def test_everything_was_rewritten_and_signed_again_with_the_real_key(ledger, signer, folder, kept, found, sql):
    _rewrite(ledger, sql)
    sql("DELETE FROM log_checkpoints WHERE T=")
    (folder / "checkpoint").unlink()
    signer.sign()
    assert found() == []
    assert found(kept=kept)[0][0] == "rewritten"


@pytest.mark.parametrize("densely", [False, True])
def test_an_event_was_dropped(kept, found, sql, densely):
    [(position,)] = sql("SELECT position FROM events WHERE T= AND id = 'e3'")
    sql("DELETE FROM event_payload WHERE T= AND position = %s", position)
    sql("DELETE FROM events WHERE T= AND position = %s", position)
    if densely:
        for table in ("events", "event_payload"):
            sql(f"UPDATE {table} SET position = position - 1 + 1000 WHERE T= AND position > %s", position)
            sql(f"UPDATE {table} SET position = position - 1000 WHERE T= AND position > 1000")
    codes = found()
    assert codes[0][0] == ("version-gap" if densely else "position-gap")
    assert ("version-gap", "e4") in codes


def test_the_tail_was_cut_off(kept, found, sql):
    sql("DELETE FROM event_payload WHERE T= AND position > 10")
    sql("DELETE FROM events WHERE T= AND position > 10")
    assert [code for code, _ in found()] == ["rolled-back", "registry-differs", "registry-differs"]


def test_the_tail_was_cut_off_with_its_heads_and_hashes(ledger, kept, found, sql, signer, folder):
    for table in ("events", "event_payload"):
        sql(f"DELETE FROM {table} WHERE T= AND position > 3")
    for table in ("log_hashes", "log_checkpoints"):
        sql(f"DELETE FROM {table} WHERE T=")
    assert [code for code, _ in found(kept=kept)][:2] == ["rolled-back", "heads-missing"]


def test_two_events_changed_places(kept, found, sql):
    [(one, other)] = sql("SELECT min(position), max(position) FROM events WHERE T= AND id IN ('e3', 'e4')")
    for table in ("event_payload", "events"):
        sql(f"UPDATE {table} SET position = 1000 WHERE T= AND position = %s", one)
        sql(f"UPDATE {table} SET position = %s WHERE T= AND position = %s", one, other)
        sql(f"UPDATE {table} SET position = %s WHERE T= AND position = 1000", other)
    assert found()[0][1] in ("e3", "e4")


def test_two_payloads_were_swapped(kept, found, sql):
    [(one, other)] = sql("SELECT min(position), max(position) FROM events WHERE T= AND id IN ('e3', 'e5')")
    sql("UPDATE event_payload SET position = 1000 WHERE T= AND position = %s", one)
    sql("UPDATE event_payload SET position = %s WHERE T= AND position = %s", one, other)
    sql("UPDATE event_payload SET position = %s WHERE T= AND position = 1000", other)
    assert found()[:2] == [("payload-changed", "e3"), ("payload-changed", "e5")]


def test_an_event_was_back_dated(kept, found, sql):
    sql("UPDATE events SET recorded_at = recorded_at - interval '1 day' WHERE T= AND id = 'e3'")
    assert {("clock-back", "e3"), ("column-changed", "e3")} <= set(found())


def test_an_event_was_put_in_unsigned_and_back_dated(ledger, kept, found, sql, record, submission):
    """At the end, where no head covers it yet: the head before it bounds when it was recorded."""
    sql("UPDATE log_checkpoints SET signed_at = signed_at + interval '2 days' WHERE T= AND size = 12")
    record(submission("d", "late", "bid.submitted", bid_id="b99", bidders=["oracle"]))
    assert found() == [("back-dated", "late")]


def test_a_column_says_something_else_than_its_leaf(kept, found, sql):
    sql("UPDATE events SET type = 'bid.withdrawn' WHERE T= AND id = 'e3'")
    sql("UPDATE events SET occurred_earliest = '1999-01-01' WHERE T= AND id = 'e4'")
    assert [each for each in found() if each[0] == "column-changed"] == [
        ("column-changed", "e3"),
        ("column-changed", "e4"),
    ]


def test_a_bit_of_a_tile_flipped(kept, found, sql):
    [(position,)] = sql("SELECT position FROM events WHERE T= AND id = 'e3'")
    at = f"(({position} - 1 - first) * 32)::integer"
    sql(
        f"""UPDATE log_hashes SET hashes = set_byte(hashes, {at}, get_byte(hashes, {at}) # 1)
        WHERE T= AND level = 0 AND first < {position} AND first + octet_length(hashes) / 32 >= {position}"""
    )
    assert found() == [("tile-differs", "e3")]


def test_a_bit_of_a_tile_above_the_leaves_flipped(ledger, signer, found, sql, bids):
    bids(600)
    signer.sign()
    sql("UPDATE log_hashes SET hashes = set_byte(hashes, 33, get_byte(hashes, 33) # 1) WHERE T= AND level = 1")
    assert [code for code, _ in found()] == ["tile-differs"]


def test_a_head_was_signed_by_another_key_or_filed_elsewhere(kept, found, sql):
    sql(
        """UPDATE log_checkpoints SET root = set_byte(root, 0, get_byte(root, 0) # 1)
        WHERE T= AND size = (SELECT min(size) FROM log_checkpoints WHERE T=)"""
    )
    assert [code for code, _ in found()] == ["head-changed"]
    sql(
        r"""UPDATE log_checkpoints
        SET note = convert_to(replace(convert_from(note, 'UTF8'), E'\n4\n', E'\n5\n'), 'UTF8') WHERE T="""
    )
    assert "head-unsigned" in [code for code, _ in found()]


def test_a_payload_vanished_without_an_erasure(kept, found, sql):
    sql(f"DELETE FROM event_payload {OF_E3}")
    assert found() == [("payload-missing", "e3")]


def test_a_payload_stands_without_an_event(kept, found, sql, ledger):
    sql(
        f"INSERT INTO event_payload (tenant, position, payload, salt) VALUES ('{ledger.tenant}', 500, '', %s)",
        bytes(32),
    )
    assert found() == [("payload-stray", None)]


def test_a_row_of_the_deal_table_was_edited(ledger, kept, found, sql):
    with Runner(ledger, (DEALS,), StateReader(ledger)):
        until(lambda: position_of(ledger, DEALS) >= ledger.head().position)
    assert found() == []
    schema = DEALS.schema(ledger.tenant)
    sql(f"UPDATE {schema}.deals SET title = 'Something else' WHERE deal_id = 'd'")
    sql(f"DELETE FROM {schema}.deals WHERE deal_id = 'other'")
    assert sorted(code for code, _ in found()) == ["projection-differs", "projection-differs"]


def test_an_audit_that_was_cut_off_goes_on(ledger, transparency_log, kept, found, sql, monkeypatch):
    monkeypatch.setattr(log_audit, "PART_LEAVES", 5)
    positions = [
        each["position"]
        for each in audit_all(ledger, transparency_log)
        if each["kind"] == "progress" and "head" in each
    ]
    assert positions == [5, 10, 12]
    sql(LEAF_OF_E3, "desk", "dusk")
    assert found(after=10) == []
    assert found(after=3) != []


def _rewrite(ledger, sql):
    """Forge e3, chain its deal again, and make the tree of the forged leaves."""
    rows = ledger.read_log(0)
    previous, hashes = {}, []
    for row in rows:
        leaf, payload = json.loads(row.leaf), row.payload
        if row.id == "e3":
            payload = payload.replace(b"oracle", b"google")
            leaf["payload_commitment"] = commitment(row.salt, payload).hex()
        leaf["previous"] = previous.get(row.deal_id)
        data = json.dumps(leaf, sort_keys=True, separators=(",", ":")).encode()
        digest = leaf_hash(data)
        previous[row.deal_id] = digest.hex()
        hashes.append(digest)
        sql("UPDATE events SET leaf = %s, leaf_hash = %s WHERE T= AND position = %s", data, digest, row.position)
        sql("UPDATE event_payload SET payload = %s WHERE T= AND position = %s", payload, row.position)
    sql("DELETE FROM log_hashes WHERE T=")
    sql(
        f"INSERT INTO log_hashes (tenant, level, first, hashes) VALUES ('{ledger.tenant}', 0, 0, %s)",
        b"".join(hashes),
    )
