"""Warnings of recorded events, found from what is cached, are those of two states derived from nothing."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.corrections import ABOUT_THE_RECORD
from domain.errors import UnknownReference
from domain.time.instants import civil_day, end_of_day
from projections.cached_deal import EVERYTHING, CachedDeal
from projections.event_comparison import SECTIONS, compare
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import past_of
from tests.properties.histories import records

Found = dict[tuple[Any, ...], str]


def naive(past: RecordedDeal, ids: Collection[str]) -> set[tuple[str, str]]:
    """Rule and sentence of what the sections have with these events and have not without them."""
    without = past.with_lines([line for line in past.lines if line.id not in ids])
    about = {line.event.event_id for line in past.lines if line.id in ids and isinstance(line.event, ABOUT_THE_RECORD)}
    placed = [each for one in (without, past) for each in one.knowledge(EVERYTHING).placed]
    starts = {each.step.start for each in placed if each.line.id in {*ids, *about}}
    last = max((each.step.start for each in placed), default=0)
    found: dict[tuple[Any, ...], str] = {}
    moments = sorted({end_of_day(civil_day(each, past.zone), past.zone) for each in (*starts, last)})
    had = [set(findings(without, moment).items()) for moment in moments]
    for place, moment in enumerate(moments):
        for name, why in findings(past, moment).items():
            if not any((name, why) in each for each in had[place:]):
                found.setdefault(name, why)
    return {(name[0], why) for name, why in found.items()}


def findings(past: RecordedDeal, moment: int) -> Found:
    sections = past.state(replace(EVERYTHING, valid_at=moment)).sections
    entries = [entry for section in SECTIONS for entry in sections[section]]
    return {(each["rule"], *each.get("members", (each.get("event_id"),))): each["why"] for each in entries}


@settings(max_examples=80)
@given(records(least=2, most=12), st.data())
def test_warnings_from_what_is_cached_are_those_of_states_derived_from_nothing(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    past, cached, version = past_of(rows), CachedDeal(), 0
    batches = []
    while version < len(rows):
        size = data.draw(st.sampled_from([1, 1, 1, 2, 3]))
        batches.append(past.lines[version : version + size])
        version += size
    for batch in data.draw(out_of_order(batches)):
        lines = past.lines[: batch[-1].version]
        deal = RecordedDeal(past.deal_id, lines, past.zone, past.calendars, past.revise, cached.placed)
        ids = {line.id for line in batch}
        told = {(fault.code, fault.detail) for _, fault in compare(deal, ids, cached)}
        expected = naive(replace(deal, _placed={}), ids)
        assert {each for each in told if each[0] != UnknownReference.code} == expected


def out_of_order(batches: list[Any]) -> st.SearchStrategy[list[Any]]:
    """These in their order, or in any: the answers of several clients are made in several threads."""
    return st.one_of(st.just(batches), st.permutations(batches))
