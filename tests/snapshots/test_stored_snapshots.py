"""Snapshots after a restart, and altered snapshots: what does not bear its digest is derived again."""

import zlib
from collections.abc import Callable
from contextlib import closing

import msgspec
import pytest

from domain.envelope import Submission
from domain.state import derive
from domain.time.instants import zone
from ledger.ledger import Ledger
from ledger.models import Request
from projections.keyed_digest import Authenticator
from projections.snapshots.codec import decode, encode
from projections.snapshots.indexed_record import Limits
from projections.snapshots.snapshot_reader import SnapshotReader
from projections.snapshots.store import SnapshotStore
from projections.state.holiday_calendars import calendar
from projections.state.state_json import state_hash
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from tests.superuser import Sql, sql

__all__ = ["sql"]

FINE = Limits(spacing=8, slack=2, chunk=8, costly=6, repaired=3)
AUTHENTICATOR = Authenticator(bytes(32))
LENGTH = 42

Make = Callable[..., Submission]


@pytest.fixture
def recorded(ledger: Ledger, submission: Make) -> Ledger:
    """A deal in New York of 42 events."""
    opened = submission("deal", "e1", "deal.opened", title="T", kind="merger", subject="s", tz="America/New_York")
    terms = [
        submission("deal", f"e{n}", "terms.changed", occurred="2024-01-05", term="fee", to=n) for n in range(2, LENGTH)
    ]
    ledger.append(Request((opened, *terms), by="test", lenient=True)).result()
    append(ledger, submission("deal", f"e{LENGTH}", "terms.changed", occurred="2024-01-06", term="fee", to="last"))
    return ledger


def append(ledger: Ledger, *submissions: Submission) -> None:
    ledger.append(Request(submissions, by="test", lenient=True)).result()


def process(ledger: Ledger, authenticator: Authenticator | None = AUTHENTICATOR) -> SnapshotReader:
    """The deal as a process that starts now reads it."""
    deal = SnapshotReader(SnapshotStore(ledger, authenticator), "deal", StateReader(ledger).revise, FINE)
    deal.catch_up(ledger.deals()[0].version)
    return deal


def grown(deal: SnapshotReader) -> SnapshotReader:
    while deal.grow():
        pass
    return deal


def served_hash(deal: SnapshotReader) -> str:
    """What a question about now is answered with."""
    reader = StateReader(deal.store.ledger)
    basis = reader.basis(deal, TimeQuery(valid_at="2024-03-01"))
    found = derive(*deal.answer(basis), basis, deal_id="deal", zone=deal.index.zone, calendars=calendar)
    return state_hash(found)


def honest_hash(ledger: Ledger) -> str:
    with closing(StateReader(ledger)) as reader:
        return str(reader.state("deal", TimeQuery(valid_at="2024-03-01"))["state_hash"])


def forge(sql: Sql) -> None:
    """Let every stored snapshot say another fee, as a user who may write to the table can."""
    for version, last, kind, data in sql(
        "SELECT version, last_version, kind, things FROM projections.deal_checkpoints WHERE T="
    ):
        honest = encode(decode(zlib.decompress(data)))
        assert b"fee" in honest
        forged = zlib.compress(honest.replace(b"fee", b"fie"), 1)
        sql(
            "UPDATE projections.deal_checkpoints SET things = %s, things_hash = sha256(%s) "
            "WHERE T= AND version = %s AND last_version = %s AND kind = %s",
            forged, forged, version, last, kind,
        )  # fmt: skip


def test_a_deal_outside_utc_keeps_its_checkpoints_over_a_restart(recorded: Ledger) -> None:
    made = grown(process(recorded))
    assert len(made.snapshots) == 6
    again = process(recorded)
    assert again.index.zone == zone("America/New_York")
    assert again.snapshots == made.snapshots
    assert again.store.chunks("deal", 0)[-1][0] == 33
    assert len(process(recorded).snapshots) == 6


def test_an_erasure_long_ago_does_not_take_the_checkpoints_away_at_each_start(
    recorded: Ledger, submission: Make
) -> None:
    erasure = submission("deal", "erase", "record.erased", event_id="e3", basis="gdpr_request", authority="dpo")
    append(recorded, erasure)
    made = grown(process(recorded))
    assert len(made.snapshots) == 6
    assert process(recorded).snapshots == made.snapshots


def test_a_forged_checkpoint_is_not_served(recorded: Ledger, sql: Sql) -> None:
    grown(process(recorded))
    forge(sql)
    deal = process(recorded)
    assert [each.version for each in deal.snapshots] == [0]
    assert served_hash(deal) == honest_hash(recorded)
    assert len(grown(deal).snapshots) == 6, "they are made again"
    assert len(process(recorded).snapshots) == 6


def test_a_checkpoint_that_is_forged_while_a_process_knows_of_it_is_not_served(recorded: Ledger, sql: Sql) -> None:
    grown(process(recorded))
    deal = process(recorded)
    assert len(deal.snapshots) == 6
    forge(sql)
    assert served_hash(deal) == honest_hash(recorded)


def test_checkpoints_that_another_process_dropped_change_no_answer(recorded: Ledger) -> None:
    grown(process(recorded))
    deal = process(recorded)
    SnapshotStore(recorded, AUTHENTICATOR).drop("deal")
    assert served_hash(deal) == honest_hash(recorded)


@pytest.mark.parametrize("column", ["start", "version", "open_versions"])
def test_a_checkpoint_moved_to_another_place_is_not_trusted(recorded: Ledger, sql: Sql, column: str) -> None:
    grown(process(recorded))
    value = "'\\x9101'" if column == "open_versions" else f"{column} + 1"
    sql(f"UPDATE projections.deal_checkpoints SET {column} = {value} WHERE T=")
    deal = process(recorded)
    assert [each.version for each in deal.snapshots] == [0]
    assert served_hash(deal) == honest_hash(recorded)


def test_forged_places_are_not_trusted(recorded: Ledger, sql: Sql) -> None:
    process(recorded)
    [(data,)] = sql("SELECT places FROM projections.deal_places WHERE T= AND from_version = 1")
    places = msgspec.msgpack.decode(zlib.decompress(data))
    places[2] = [each + 10**15 for each in places[2]]
    sql(
        "UPDATE projections.deal_places SET places = %s WHERE T= AND from_version = 1",
        zlib.compress(msgspec.msgpack.encode(places)),
    )
    assert served_hash(process(recorded)) == honest_hash(recorded)


def test_checkpoints_of_another_key_or_without_one_are_derived_again(recorded: Ledger) -> None:
    grown(process(recorded))
    for other in (Authenticator(b"k" * 32), None):
        deal = process(recorded, other)
        assert [each.version for each in deal.snapshots] == [0]
        assert served_hash(deal) == honest_hash(recorded)


def test_checkpoints_from_before_an_erasure_put_back_after_it_are_not_trusted(
    recorded: Ledger, submission: Make, sql: Sql
) -> None:
    grown(process(recorded))
    sql("CREATE TABLE IF NOT EXISTS aside AS SELECT * FROM projections.deal_checkpoints WHERE T=")
    erasure = submission("deal", "erase", "record.erased", event_id="e3", basis="gdpr_request", authority="dpo")
    append(recorded, erasure)
    SnapshotStore(recorded, AUTHENTICATOR).drop("deal")
    sql("INSERT INTO projections.deal_checkpoints SELECT * FROM aside")
    sql("DROP TABLE aside")
    assert [each.version for each in process(recorded).snapshots] == [0]


def test_checkpoints_of_a_record_that_was_rolled_back_are_not_trusted(
    recorded: Ledger, submission: Make, sql: Sql
) -> None:
    grown(process(recorded))
    for table in ("events", "event_payload"):
        sql(f"DELETE FROM {table} WHERE T= AND position > 20")
    recorded.appender._drop_writer()
    for number in range(21, LENGTH + 1):
        append(recorded, submission("deal", f"f{number}", "terms.changed", occurred="2024-01-05", term="fee", to=0))
    deal = process(recorded)
    assert [each.version for each in deal.snapshots] == [0, 8, 16]
    assert served_hash(deal) == honest_hash(recorded)
