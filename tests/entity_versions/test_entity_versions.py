"""Entity versions change what an answer costs, never what it says: each equals the fold from nothing."""

from random import Random
from typing import Any

import pytest

from domain.basis import Basis
from domain.envelope import Submission
from domain.state import derive, state
from domain.time.edtf import parse_moment
from domain.time.instants import DAY, Moment
from ledger.ledger import Ledger
from ledger.models import Request
from projections.entity_versions import entity_writer
from projections.entity_versions.codec import decode, encode, parse
from projections.entity_versions.entity_reader import EntityReader
from projections.entity_versions.entity_writer import EntityWriter
from projections.entity_versions.projection import ENTITIES
from projections.rebuild import catch_up
from projections.replay.erased_paths import complete_erasure
from projections.state.holiday_calendars import calendar
from projections.state.state_json import state_hash
from projections.state.state_reader import StateReader
from tests.entity_versions.drawn_record import Make, a_day, a_record, an, recorded
from tests.entity_versions.written_rows import (
    AUTHENTICATOR,
    drop,
    make_tables,
    process,
    stored,
    write,
    write_a_row_for_each_event,
)
from tests.superuser import Sql, sql

__all__ = ["sql"]

FIRST: Moment = parse_moment("2024-01-01T00:00:00Z")


@pytest.mark.parametrize("seed", range(2))
def test_a_long_deal_reads_as_its_whole_record_would(
    ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    if seed % 2:  # an entity has a row for some of its events, and a late one writes few of them again
        monkeypatch.setattr(entity_writer, "BYTES_PER_EVENT", 300)
        monkeypatch.setattr(entity_writer, "REWRITTEN_ROWS", 2)
    random = Random(seed)
    recorded(ledger, a_record(submission, random, 110))
    make_tables(ledger)
    for version in (60, 63, 110):
        write(ledger, "deal", version)
        compare(process(ledger), random, 110)
    in_steps = stored(ledger)
    drop(ledger)
    write(ledger, "deal", 110)
    assert stored(ledger) == in_steps


def compare(deal: EntityReader, random: Random, head: int) -> None:
    reader = StateReader(deal.store.ledger)
    history = reader.history("deal")
    for _ in range(8):
        version = head if random.random() < 0.5 else random.randrange(1, head + 1)
        position, known_at = history.recorded_of(version)
        basis = Basis(
            valid_at=FIRST + random.randrange(-3, 110) * DAY - random.choice([0, 1]),
            known_at=known_at, known_version=version, known_position=position,
        )  # fmt: skip
        whole = state(history.lines, basis, deal_id="deal", zone=history.zone, calendars=calendar, revise=reader.revise)
        folded = deal.answer(basis)
        assert folded is not None
        quick = derive(*folded, basis, deal_id="deal", zone=history.zone, calendars=calendar)
        assert quick.sections == whole.sections, (version, basis.valid_at)
        assert quick.next_transition_at == whole.next_transition_at
        assert state_hash(quick) == state_hash(whole)


def test_folded_entities_survive_being_stored(ledger: Ledger, submission: Make) -> None:
    recorded(ledger, a_record(submission, Random(7), 120))
    reader = StateReader(ledger)
    history = reader.history("deal")
    _, known_at = history.recorded_of(120)
    basis = Basis(valid_at=FIRST + 200 * DAY, known_at=known_at, known_version=120, known_position=2**40)
    entities = reader.state_on(history, basis).deal.entities
    assert {slot: decode(parse(encode(entity))) for slot, entity in entities.items()} == entities


def terms(make: Make, number: int, day: int, name: str = "fee") -> Submission:
    return an(make, f"e{number}", "terms.changed", {"occurred": a_day(day)}, term=name, to=number)


def test_an_event_in_order_adds_a_row_and_a_late_one_a_bounded_number(
    ledger: Ledger, submission: Make, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_a_row_for_each_event(monkeypatch)

    def rows() -> int:
        return int(sql("SELECT count(*) FROM ENTITIES.entity_versions WHERE T=")[0][0])

    opened = an(submission, "e0", "deal.opened", {"occurred": a_day(0)}, title="T", kind="merger", subject="s")
    recorded(ledger, [opened, *(terms(submission, number, 1 + number) for number in range(1, 100))])
    make_tables(ledger)
    write(ledger, "deal", 99)
    before = rows()
    write(ledger, "deal", 100)
    assert rows() == before + 1
    recorded(ledger, [terms(submission, 100, 1)])
    write(ledger, "deal", 101)
    assert rows() <= before + 1 + entity_writer.REWRITTEN_ROWS + 1
    assert sql("SELECT count(*) FROM ENTITIES.entity_versions WHERE T= AND known_to = 100") == [(99,)]


def test_a_state_reads_a_row_for_each_entity_and_no_event_however_long_the_deal_is(
    ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_a_row_for_each_event(monkeypatch)
    opened = an(submission, "e0", "deal.opened", {"occurred": a_day(0)}, title="T", kind="merger", subject="s")
    names = ("fee", "price", "date")
    recorded(ledger, [opened, *(terms(submission, number, number // 2, names[number % 3]) for number in range(1, 200))])
    make_tables(ledger)
    write(ledger, "deal", 200)
    reader = process(ledger)
    read: list[int] = []
    versions = reader.store.entity_versions

    def counted(*given: Any) -> Any:
        found = versions(*given)
        read.append(len(found))
        return found

    monkeypatch.setattr(reader.store, "entity_versions", counted)
    history = StateReader(ledger).history("deal")
    for version, day in ((200, 99), (100, 40), (200, 40), (57, 99)):
        reader.evict()
        position, known_at = history.recorded_of(version)
        basis = Basis(valid_at=FIRST + day * DAY, known_at=known_at, known_version=version, known_position=position)
        assert reader.answer(basis) is not None
        assert not reader._events
        reader.answer(basis)
    assert read == [4, 4, 4, 4], "a row that is held decoded is not read again"


def test_a_deal_that_is_opened_after_its_first_events_has_their_days_in_its_zone(
    ledger: Ledger, submission: Make
) -> None:
    record = a_record(submission, Random(3), 60)
    day = {"occurred": "2024-01-01"}
    opened = an(submission, "e0", "deal.opened", day, title="T", kind="merger", subject="s", tz="America/New_York")
    ledger.import_batch([*record[1:30], opened, *record[30:]], by="test")
    make_tables(ledger)
    write(ledger, "deal", 20, process(ledger).index.version)
    deal = process(ledger)
    assert str(deal.index.zone) == "America/New_York"
    compare(deal, Random(1), deal.index.version)


def test_what_was_erased_is_in_no_row_and_states_are_as_from_the_whole_record(
    ledger: Ledger, submission: Make, sql: Sql
) -> None:
    random = Random(0)
    record = a_record(submission, random, 100)
    recorded(ledger, record)
    recorded(ledger, [an(submission, "last", "terms.changed", {"occurred": a_day(70)}, term="x1", to="a secret")])
    make_tables(ledger)
    write(ledger, "deal", 101)
    holds = "SELECT count(*) FROM ENTITIES.entity_versions WHERE T= AND position('a secret'::bytea IN body) > 0"
    assert sql(holds) == [(1,)]
    reader = StateReader(ledger)
    gone = ["last", *random.sample([each.id for each in record], 9)]
    for number, event_id in enumerate(gone, 102):
        day = {"occurred": a_day(60)}
        erasure = an(submission, f"x{number}", "record.erased", day, event_id=event_id, legal_basis="GDPR Art. 17")
        recorded(ledger, [complete_erasure(reader, erasure)])
    deal = process(ledger)
    assert deal.store.covered("deal", deal.basis) == 0, "what was derived before the erasure is not served"
    write(ledger, "deal", 111)
    assert sql(holds) == [(0,)]
    compare(deal, random, 111)
    compare(process(ledger), random, 111)
    assert "[erased]" in str(reader.state("deal"))


def test_a_long_deal_with_merged_ids_is_folded_from_all_its_events(
    ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch, sql: Sql
) -> None:
    for module in ("state.state_reader", "entity_versions.projection"):
        monkeypatch.setattr(f"projections.{module}.SHORTEST", 1)
    record = a_record(submission, Random(5), 60)
    ledger.append(Request((*record,), "test", lenient=True)).result()
    reader = StateReader(ledger, authenticator=AUTHENTICATOR)
    catch_up(ledger, ENTITIES, reader)
    assert sql("SELECT version FROM ENTITIES.covered_deals WHERE T=") == [(60,)]
    merge = an(submission, "merge", "entity.merged", {"occurred": a_day(10)}, merged="a", into="b")
    ledger.append(Request((merge,), "test", lenient=True)).result()
    catch_up(ledger, ENTITIES, reader)
    assert sql("SELECT version FROM ENTITIES.covered_deals WHERE T=") == []
    whole = StateReader(ledger).state("deal")
    assert "a" not in whole["parties"]
    assert reader.state("deal")["state_hash"] == whole["state_hash"]


def test_a_batch_that_is_interrupted_is_repeated_from_where_the_last_one_ended(
    ledger: Ledger, submission: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(ledger, a_record(submission, Random(9), 60))
    make_tables(ledger)
    write(ledger, "deal", 30)
    before = stored(ledger)
    added: list[int] = []
    add = EntityWriter._add

    def interrupted(self: EntityWriter, line: Any) -> None:
        added.append(line.version)
        if len(added) == 15:
            self._flush()
            raise InterruptedError
        add(self, line)

    monkeypatch.setattr(EntityWriter, "_add", interrupted)
    with pytest.raises(InterruptedError):
        write(ledger, "deal", 60)
    monkeypatch.undo()
    assert stored(ledger) == before
    write(ledger, "deal", 60)
    in_parts = stored(ledger)
    compare(process(ledger), Random(2), 60)
    drop(ledger)
    write(ledger, "deal", 60)
    assert stored(ledger) == in_parts
