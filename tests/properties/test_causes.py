"""A value is owed to the events that its causes name: without all the others it stays as it is."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
from given_when_then import shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import state_paths
from domain.basis import Basis
from domain.corrections import ABOUT_THE_RECORD
from domain.sections import context
from domain.sections.section import Form
from domain.state import SECTIONS, State
from domain.state_paths import ABSENT, inside
from projections.temporal.members import entries_by_key, without_causes
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of
from tests.properties.histories import bases, histories

ALL = 1_000
"""More members than any list of a drawn history has."""

ABSENCE = (None, [], {}, ABSENT)

PARTS = ("approvals", "variants")
"""The parts of the section `feasibility`, each with entries of their own."""

BESIDE = {"blockers": {"clears_alone"}, "feasibility": {*PARTS}, "status": {"reported"}}
"""Members of an entry that it is not owed for: what is said of the whole list, and what has causes of its own."""


class Without:
    """The states of a deal without all events but some, and those that these need to be valid."""

    def __init__(self, past: RecordedDeal, basis: Basis) -> None:
        self.past, self.basis = past, basis
        self.full = past.state(basis)
        self.state = cache(self._state)

    def sections(self, ids: Iterable[str]) -> dict[str, Any]:
        return self.state(frozenset(self.needed(ids))).sections

    def needed(self, ids: Iterable[str]) -> set[str]:
        """The events of these ids, the opening of the deal, what was recorded of an event, and the first event that
        made an entity on which one acts."""
        lines = self.past.lines
        held = {*ids, *(line.id for line in lines if line.type == "deal.opened")}
        while True:
            kept = [line for line in lines if line.id in held]
            acted_on = {each[:2] for line in kept for each in line.event.needs()}
            makers = {slot: line.id for line in reversed(lines) for slot in line.event.makes(line.id)}
            more = {makers[slot] for slot in acted_on if slot in makers}
            more |= {
                line.id for line in lines if isinstance(line.event, ABOUT_THE_RECORD) and line.event.event_id in held
            }
            if more <= held:
                return held
            held |= more

    def _state(self, ids: frozenset[str]) -> State:
        return self.past.with_lines([line for line in self.past.lines if line.id in ids]).state(self.basis)


def entries(sections: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every entry of a state that says what it is owed to."""
    for name, value in sections.items():
        match SECTIONS[name].form:
            case Form.ENTRIES:
                yield from (((name, key), each) for key, each in value.items())
            case Form.NESTED:
                yield from (((name, key, inner), each) for key, held in value.items() for inner, each in held.items())
            case Form.LIST:
                yield from (
                    ((name, key), each) for key, each in entries_by_key(value).items() if isinstance(each, dict)
                )
            case Form.OBJECT if value is not None and "because" in value:
                yield (name,), value
    for part in PARTS:
        yield from ((("feasibility", part, key), each) for key, each in sections["feasibility"][part].items())


def entry_at(sections: dict[str, Any], place: tuple[str, ...]) -> Any:
    if SECTIONS[place[0]].form is Form.LIST:
        return entries_by_key(sections[place[0]]).get(place[1], ABSENT)
    return state_paths.get(sections, place)


def content(entry: Any, place: tuple[str, ...]) -> Any:
    """What an entry says, apart from its causes."""
    bare = without_causes(entry)
    # The layer depends on the facts, which are no causes of an entry that reports made.
    beside = {"layer"} if len(place) < 3 or SECTIONS[place[0]].form is Form.LIST else set()
    beside |= BESIDE.get(place[0], set()) if len(place) < 3 else set()
    return {name: each for name, each in bare.items() if name not in beside} if isinstance(bare, dict) else bare


def faults_of_entries(without: Without) -> Iterator[str]:
    about_the_record = {line.id for line in without.past.lines if isinstance(line.event, ABOUT_THE_RECORD)}
    for place, entry in entries(without.full.sections):
        if entry.get("event_id") in about_the_record:
            continue  # it follows from what was recorded, and not from what happened
        stays = entry_at(without.sections(entry["because"]), place)
        if content(stays, place) != content(entry, place):
            found = differing(content(entry, place), content(stays, place))
            yield f"{'/'.join(place)} because {entry['because']}: {found}"


def differing(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {name: (one.get(name), other.get(name)) for name in one | other if one.get(name) != other.get(name)}
    return one, other


def leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict) and "amount" not in value and value:
        for name, each in value.items():
            yield from leaves(each, (*place, name))
    elif value not in ABSENCE:
        yield place


def faults_of_values(without: Without) -> Iterator[str]:
    full = without.full
    for place, entry in entries(full.sections):
        if SECTIONS[place[0]].form is not Form.ENTRIES:
            continue
        host = full.deal.entities.get(state_paths.host(place))
        first = [each for step in host.origin.steps[:1] for each in (step.id, *step.merged_by)] if host else []
        for leaf in leaves({name: each for name, each in without_causes(entry).items() if name != "reported"}, place):
            causes = state_paths.causes(full.sections, full.deal, leaf)
            value = without_causes(state_paths.get(full.sections, leaf))
            stays = without_causes(state_paths.get(without.sections((*causes, *first)), leaf))
            if stays != value:
                yield f"{'/'.join(leaf)} because {causes}: {value} without them {stays}"


@contextmanager
def shown(number: int) -> Iterator[None]:
    """Shows so many members of each list that grows: the events that a value is owed to may be more than are shown."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(context, "SHOWN", number)
        yield


@given(data=st.data())
@settings(max_examples=60)
def test_an_entry_stays_without_the_events_that_it_does_not_name(data: st.DataObject) -> None:
    past = data.draw(histories(least=6, most=14))
    with shown(ALL):
        assert list(faults_of_entries(Without(past, data.draw(bases(past))))) == []


@given(data=st.data())
@settings(max_examples=60)
def test_a_value_stays_without_the_events_that_are_not_its_causes(data: st.DataObject) -> None:
    past = data.draw(histories(least=6, most=14))
    with shown(ALL):
        assert list(faults_of_values(Without(past, data.draw(bases(past))))) == []


@given(data=st.data())
@settings(max_examples=30)
def test_an_entry_that_does_not_show_all_its_causes_shows_those_of_what_it_shows(data: st.DataObject) -> None:
    past = data.draw(histories(least=8, most=20))
    basis = data.draw(bases(past))
    with shown(ALL):
        every = dict(entries(past.state(basis).sections))
    with shown(2):
        deal = past.state(basis)
    for place, entry in entries(deal.sections):
        because, all_causes = entry["because"], every[place]["because"]
        assert [each for each in all_causes if each in because] == because
        assert entry.get("because_count", len(because)) == len(all_causes) >= len(because)
        host = deal.deal.entities.get(state_paths.host(place))
        fields = host.origin.causes.values() if host and SECTIONS[place[0]].form is Form.ENTRIES else ()
        owed = {*inside({**entry, "because": []}), *(event for each in fields for event in each[-2:])}
        assert owed.intersection(all_causes) <= {*because}


@pytest.mark.parametrize("day", ["2020-09-12", "2020-11-20", "2025-12-31", "2026-02-01"])
@pytest.mark.parametrize("deal", ["seeds", "tiktok"])
def test_so_it_is_in_the_shipped_timelines(deal: str, day: str) -> None:
    past = past_of(shipped(deal).rows)
    without = Without(past, on(past, day))
    assert [*faults_of_entries(without), *faults_of_values(without)] == []
