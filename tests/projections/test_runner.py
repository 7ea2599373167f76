"""Projections follow the record: in batches, led by one, rebuilt beside themselves, never stopped by one event."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from ledger.ledger import Ledger, open_ledger
from ledger.models import Recorded, Request
from projections.batch_update import position_of
from projections.projection import Projection, ProjectionBatch
from projections.rebuild import catch_up, rebuild
from projections.runner import Runner
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS, list_deals
from tests.waiting import until


@pytest.fixture
def deal(ledger, submission) -> str:
    opened = submission("tiktok", "opened", "deal.opened", title="TikTok", kind="merger", subject="tiktok_us")
    ledger.append(Request((opened,), by="desk")).result(timeout=30)
    return "tiktok"


def record(ledger, *submissions) -> int:
    return ledger.append(Request(submissions, by="desk")).result(timeout=30).position


def seen(ledger, projection: Projection) -> list[tuple[int, str]]:
    with projection.read_transaction(ledger) as connection:
        return connection.execute("SELECT position, event_id FROM seen ORDER BY position").fetchall()


def take_in(rows: Sequence[Recorded], work: ProjectionBatch) -> None:
    for line in map(Ledger.line, rows):
        if line.payload.note == "poison":
            raise ValueError("this one is indigestible")
        work.connection.execute("INSERT INTO seen (position, event_id) VALUES (%s, %s)", (line.position, line.id))


@pytest.fixture
def projection(monkeypatch) -> Projection:
    """One row per event: what it was given, and how often."""
    from projections import projection as module

    tenant = "tenant text NOT NULL DEFAULT current_setting('parley.tenant')"
    own = f"CREATE TABLE seen ({tenant}, position bigint, event_id text)"
    monkeypatch.setitem(module.sql.blocks, "seen_tables", own)
    return Projection(name="seen", version=1, tables="seen_tables", handle=take_in)


def test_a_running_projection_takes_in_every_event_once(ledger, submission, deal, projection):
    bids = [submission(deal, f"e{number}", "bid.submitted") for number in range(600)]
    record(ledger, *bids[:400])
    with Runner(ledger, [projection]):
        last = record(ledger, *bids[400:])
        until(lambda: position_of(ledger, projection) >= last)
    assert [position for position, _ in seen(ledger, projection)] == list(range(1, 602))


def test_an_event_that_fails_alone_is_laid_aside_and_the_others_go_on(
    ledger, submission, deal, projection, monkeypatch
):
    monkeypatch.setattr("projections.runner.FIRST_PAUSE_SECONDS", 0.001)
    poison = submission(deal, "bad", "bid.submitted", envelope={"note": "poison"})
    last = record(ledger, submission(deal, "e1", "bid.submitted"), poison, submission(deal, "e2", "bid.submitted"))
    with Runner(ledger, [projection]):
        until(lambda: position_of(ledger, projection) >= last)
    assert [event_id for _, event_id in seen(ledger, projection)] == ["opened", "e1", "e2"]
    with projection.read_transaction(ledger) as connection:
        [(event_id, error)] = connection.execute("SELECT event_id, error FROM dead_letters").fetchall()
    assert (event_id, error) == ("bad", "ValueError: this one is indigestible")


def test_a_rebuild_fills_new_tables_and_changes_places(ledger, submission, deal, projection):
    catch_up(ledger, projection, StateReader(ledger))
    record(ledger, submission(deal, "e1", "bid.submitted"))
    reached: list[tuple[int, int]] = []
    assert rebuild(ledger, projection, StateReader(ledger), lambda *told: reached.append(told)) == 2
    assert reached[-1] == (2, 2)
    assert [event_id for _, event_id in seen(ledger, projection)] == ["opened", "e1"]


def test_a_projection_of_another_version_rebuilds_itself(ledger, deal, projection):
    catch_up(ledger, projection, StateReader(ledger))
    newer = replace(projection, version=2)
    catch_up(ledger, newer, StateReader(ledger))
    with newer.read_transaction(ledger) as connection:
        assert connection.execute("SELECT version, position FROM progress").fetchall() == [(2, 1)]
    assert len(seen(ledger, newer)) == 1


def test_of_two_runners_one_leads_and_the_other_takes_over(ledger, submission, deal, projection, shared_database):
    with open_ledger(shared_database, ledger.tenant, migrating=False) as other:
        first = Runner(ledger, [projection]).start()
        until(lambda: position_of(ledger, projection) >= 1)
        with Runner(other, [projection]) as second:
            assert (first.leading, second.leading) == (True, False)
            first.close()
            last = record(ledger, submission(deal, "e1", "bid.submitted"))
            until(lambda: position_of(ledger, projection) >= last)
            assert second.leading
    assert len(seen(ledger, projection)) == 2


def test_a_projection_that_nobody_ran_stands_at_zero(ledger, projection):
    assert position_of(ledger, projection) == 0


def test_the_deal_table_tells_every_deal_as_it_stands(ledger, submission, deal):
    record(ledger, submission("chip", "o2", "deal.opened", title="Chip sale", kind="merger", subject="chip"))
    record(
        ledger,
        submission(
            deal, "d1", "deadline.set",
            deadline_id="dl", obligation="divest", obligor="bytedance", set_by="us",
            force="legally_binding", due="2099-01-02",
        ),
    )  # fmt: skip
    catch_up(ledger, DEALS, StateReader(ledger))
    chip, tiktok = list_deals(ledger)
    assert (chip.deal_id, chip.title, chip.status, chip.version, chip.next_due) == (
        "chip",
        "Chip sale",
        "open",
        1,
        None,
    )
    assert (tiktok.next_deadline_id, tiktok.next_due, tiktok.next_is_binding) == ("dl", "2099-01-02", True)
    assert (tiktok.version, tiktok.position) == (2, 3)


def test_deals_are_found_by_what_they_are(ledger, submission, deal):
    record(ledger, submission("chip", "o2", "deal.opened", title="Chip sale", kind="merger", subject="chip"))
    catch_up(ledger, DEALS, StateReader(ledger))
    assert [row.deal_id for row in list_deals(ledger, q="CHIP")] == ["chip"]
    assert [row.deal_id for row in list_deals(ledger, status="open", limit=1)] == ["chip"]
    assert [row.deal_id for row in list_deals(ledger, after="chip")] == ["tiktok"]
    assert list_deals(ledger, status="closed") == []


def test_rebuilt_equals_live(ledger, submission, deal):
    for number in range(30):
        record(ledger, submission(deal, f"e{number}", "bid.submitted", bid_id=f"b{number % 3}", bidders=["oracle"]))
        if number % 7 == 0:
            catch_up(ledger, DEALS, StateReader(ledger))
    catch_up(ledger, DEALS, StateReader(ledger))
    live = list_deals(ledger)
    rebuild(ledger, DEALS, StateReader(ledger))
    assert list_deals(ledger) == live


def test_another_tenant_sees_no_row_of_a_projection(ledger, deal):
    catch_up(ledger, DEALS, StateReader(ledger))
    with ledger.pool.connection() as connection, connection.transaction():
        schema = DEALS.schema(ledger.tenant)
        connection.execute("SELECT set_config('parley.tenant', 'another tenant', true)")
        assert connection.execute(f'SELECT * FROM "{schema}".deals').fetchall() == []
