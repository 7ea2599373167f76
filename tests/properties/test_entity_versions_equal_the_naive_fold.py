"""What entity versions answer from stored rows equals what is answered from nothing, on the basis that they serve."""

from itertools import count
from typing import Any
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.basis import Basis
from domain.bitemporal import zone_of
from domain.errors import ParleyError
from domain.state import derive
from ledger.ledger import Ledger
from ledger.models import Request
from projections.entity_versions import entity_writer
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import StateReader
from projections.temporal.recorded_deal import RecordedDeal
from tests.entity_versions.written_rows import covered, drop, make_tables, process, stored, write
from tests.properties.event_strategies import on
from tests.properties.histories import records
from tests.properties.naive_state import Naive
from tests.submissions import as_sent

_numbers = count(1)


def in_a_deal_of_its_own(rows: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """The same events in a deal that no other history has; ids are unique in a log."""
    deal_id = f"deal-{next(_numbers)}"
    own = []
    for row in rows:
        data = dict(row["data"])
        if "event_id" in data:
            data["event_id"] = f"{deal_id}-{data['event_id']}"
        own.append({**row, "deal_id": deal_id, "id": f"{deal_id}-{row['id']}", "data": data})
    return deal_id, own


def recorded(ledger: Ledger, rows: list[dict[str, Any]]) -> None:
    """Those of the events that the ledger takes."""
    for row in rows:
        try:
            ledger.append(Request((as_sent(row),), by="desk", lenient=True)).result()
        except ParleyError:
            continue


@given(data=st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_long_deal_reads_as_the_naive_reading_does(ledger: Ledger, data: st.DataObject) -> None:
    deal_id, rows = in_a_deal_of_its_own(data.draw(records(least=4, most=16)))
    recorded(ledger, rows)
    if ledger.deal_head(deal_id) is None:
        return
    make_tables(ledger)
    reader = StateReader(ledger)
    lines = [ledger.line(row) for row in ledger.read_deal(deal_id)]
    past = RecordedDeal(deal_id, lines, zone_of(lines), calendar, reader.revise)
    moments = Naive(past).moments(on(past, "2020-09-30")) or [0]
    batches = sorted(data.draw(st.sets(st.integers(1, len(lines)), min_size=1)))
    coarseness = {
        "BYTES_PER_EVENT": data.draw(st.sampled_from([1_000_000, 400])), "REWRITTEN_ROWS": data.draw(st.integers(1, 3)),
        "READ_EVENTS": data.draw(st.integers(2, 5)),
    }  # fmt: skip
    with patch.multiple(entity_writer, **coarseness):
        write(ledger, deal_id, *batches, chunk=4)
        deal = process(ledger, deal_id, chunk=4)
        for _ in range(6):
            version = data.draw(st.integers(0, len(lines)))
            last = lines[version - 1] if version else None
            moment = moments[data.draw(st.integers(0, 999)) % len(moments)] + data.draw(st.integers(-1, 1))
            known_at, position = (last.recorded_at, last.position) if last else (0, 0)
            basis = Basis(valid_at=moment, known_at=known_at, known_version=version, known_position=position)
            folded = deal.answer(basis)
            if folded is None:
                assert deal.index.merges or covered(deal) == 0
                return
            told = derive(*folded, basis, deal_id=deal_id, zone=past.zone, calendars=calendar)
            assert told.sections == Naive(past).sections(basis)
        write(ledger, deal_id, len(lines), chunk=4)
        in_batches = stored(ledger, deal_id)
        drop(ledger, deal_id)
        write(ledger, deal_id, len(lines), chunk=4)
        assert stored(ledger, deal_id) == in_batches
