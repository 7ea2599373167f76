"""What checkpoints answer from the ledger equals what is answered from nothing, on the basis that they serve."""

from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.bitemporal import zone_of
from domain.errors import ParleyError
from domain.state import derive
from ledger.ledger import Ledger
from ledger.models import Request
from projections.keyed_digest import Authenticator
from projections.snapshots.indexed_record import Limits
from projections.snapshots.snapshot_reader import SnapshotReader
from projections.snapshots.store import SnapshotStore
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import StateReader
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.histories import bases, records
from tests.properties.naive_state import Naive
from tests.submissions import as_sent

FINE = Limits(spacing=4, slack=2, chunk=4, costly=3, repaired=3)
AUTHENTICATOR = Authenticator(bytes(32))
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
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_long_deal_reads_as_the_naive_reading_does(ledger: Ledger, data: st.DataObject) -> None:
    deal_id, rows = in_a_deal_of_its_own(data.draw(records(least=4, most=14)))
    recorded(ledger, rows)
    if ledger.deal_head(deal_id) is None:
        return
    reader = StateReader(ledger)
    lines = [ledger.line(row) for row in ledger.read_deal(deal_id)]
    past = RecordedDeal(deal_id, lines, zone_of(lines), calendar, reader.revise)
    deal = SnapshotReader(SnapshotStore(ledger, AUTHENTICATOR), deal_id, reader.revise, FINE)
    deal.catch_up(len(lines))
    for _ in range(6):
        version = data.draw(st.integers(0, len(lines)))
        usual = {"known_by": "recorded", "reading": "earliest", "layer": "all"}
        last = lines[version - 1] if version else None
        basis = replace(
            data.draw(bases(past)), **usual, known_version=version,
            known_position=last.position if last else 0, known_at=last.recorded_at if last else 0,
        )  # fmt: skip
        told = derive(*deal.answer(basis), basis, deal_id=deal_id, zone=past.zone, calendars=calendar)
        assert told.sections == Naive(past).sections(basis)
