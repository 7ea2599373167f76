"""The rows of a deal with many events, of which some come late, are what folding the deal says of it."""

import pytest

from projections.tables import known_deal
from projections.tables.derived_tables import DEADLINE_TABLE, PARTS
from projections.tables.known_deal import KnownDeal
from projections.tables.timelines import ALL, OPEN, Timelines
from projections.tables.writer import PartRows
from tests.properties.event_strategies import Row, on, past_of
from tests.properties.naive_state import Naive

OF_DEADLINES = next(each for each in PARTS if each.table is DEADLINE_TABLE)


def event(event_id: str, type_name: str, day: str, **data: object) -> Row:
    return {"id": event_id, "type": type_name, "occurred": day, "data": data}


def deadline(name: str, day: str) -> Row:
    return event(name, "deadline.set", day, deadline_id=name, obligation="file", force="contractual", due="2021-01-01")


def test_a_late_event_is_folded_after_an_earlier_one_that_bears_on_no_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_deal, "CHECKPOINT_STEPS", 4)
    past = past_of(
        [
            event("o", "deal.opened", "2020-02-01", title="T", kind="merger", subject="s"),
            *(deadline(f"dl-{day}", f"2020-03-{day:02d}") for day in range(1, 11)),
            # The deal exists earlier, which changes no fold: its rows are derived from that day on.
            event("early", "party.added", "2019-12-01", party_id="p", name="P", role="buyer"),
            deadline("late", "2020-03-02"),
            event("met", "deadline.met", "2020-03-20", deadline_id="late"),
        ]
    )
    known, timelines = KnownDeal(past), Timelines()
    rows = PartRows(past.deal_id, OF_DEADLINES, known, timelines)
    for line in past.lines:
        rows.take(known.advance(line.version), line.position)
    moment = on(past, "2020-03-25").valid_at
    state = Naive(past).state(on(past, "2020-03-25"))
    expected = OF_DEADLINES.values(past.deal_id, state)
    held = {
        row.key: row.span.values
        for row in timelines.new
        if row.layers & ALL and row.known_to == OPEN and row.span.since <= moment < row.span.until
    }
    place = DEADLINE_TABLE.values.index("entry")
    assert held[("late",)][place] == expected[("late",)][place]
