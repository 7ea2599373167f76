"""What the warnings about one event cost beside the events that its deal has already."""

from typing import Any

from domain.event import Event
from domain.time.edtf import When
from projections.cached_deal import CachedDeal
from projections.event_comparison import compare
from projections.temporal.recorded_deal import RecordedDeal
from tests.calls import noted_calls
from tests.properties.event_strategies import past_of

OPENED = {
    "id": "o", "type": "deal.opened", "occurred": "2020-01-01", "data": {"title": "T", "kind": "merger", "subject": "s"}
}  # fmt: skip


def bid(number: int) -> dict[str, Any]:
    data = {"bid_id": "bid-1", "bidders": ["rival"]}
    return {"id": f"b{number}", "type": "bid.submitted", "occurred": f"2020-02-{number:02}", "data": data}


def test_an_event_that_names_a_known_party_is_compared_with_no_event_after_the_first_that_names_it() -> None:
    # given a deal of bids by one party, of which all but the last were compared
    past, cached = past_of([OPENED, *map(bid, range(1, 29))]), CachedDeal()
    for version in range(2, len(past.lines)):
        compare_to(past, version, cached)
    # when the last is
    with noted_calls(Event, "named_parties") as names, noted_calls(When, "closes") as closings:
        found = compare_to(past, len(past.lines), cached)
    # then neither names nor dates of the bids before are read again
    assert found == []
    assert 1 <= len(names) <= 3
    assert len(closings) <= 6


def compare_to(past: RecordedDeal, version: int, cached: CachedDeal) -> list[Any]:
    """The warnings about an event by the record up to it."""
    lines = past.lines[:version]
    deal = RecordedDeal(past.deal_id, lines, past.zone, past.calendars, past.revise, cached.placed)
    return compare(deal, {lines[-1].id}, cached)
