"""What is walked through, folded onwards and mended equals what is answered from nothing, on every basis."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.bitemporal import EffectiveEvents, choose
from domain.state import without_counters
from domain.time.instants import DAY, FUTURE, PAST
from projections.state.state_json import state_hash
from projections.temporal import json_pointer
from projections.temporal.dependencies import bearing
from projections.temporal.diff import diff, without_causes
from projections.temporal.digest import digest
from projections.temporal.first import first
from projections.temporal.history import IntervalBuilder, causes_of
from projections.temporal.lineage import lineage
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on
from tests.properties.histories import bases, histories
from tests.properties.naive_state import ABSENT, Naive, leaves, pointer

DRAWN = settings(max_examples=150)
"""150 histories for each of four laws: 600."""


@given(st.data())
@DRAWN
def test_a_state_equals_the_naive_reading(data: st.DataObject) -> None:
    past = data.draw(histories())
    for _ in range(4):
        basis = data.draw(bases(past))
        naive = Naive(past).state(basis)
        found = past.state(basis)
        assert found.sections == naive.sections
        assert found.next_transition_at == naive.next_transition_at
        assert state_hash(found) == state_hash(naive)
        chosen = choose(past.lines, basis, past.zone, past.revise)
        assert chosen.steps == naive.chosen.steps or not naive.chosen.exists


@given(st.data())
@DRAWN
def test_histories_and_first_times_equal_the_naive_reading(data: st.DataObject) -> None:
    past = data.draw(histories())
    basis = data.draw(bases(past))
    naive = Naive(past)
    moved = list(past.walk_valid_time(basis))
    assert [each.moment for each in moved] == sorted({each.moment for each in moved})
    moments = naive.moments(basis)
    probes = {each + shift for each in moments for shift in (-1, 0, 1)} | {each + DAY * 7 for each in moments}
    for probe in sorted(probes):
        before = [each.state for each in moved if each.moment <= probe]
        expected = naive.state(replace(basis, valid_at=probe))
        assert without_counters(before[-1].sections) == without_counters(expected.sections)
    for one in moved:
        assert one.state.sections == naive.sections(replace(basis, valid_at=one.moment))
    path = data.draw(st.sampled_from(_paths([each.state.sections for each in moved])))
    intervals = _intervals(past.walk_valid_time(basis, bearing(json_pointer.parse(path))), path)
    for since, until, value in intervals:
        assert _equal(naive.sections(replace(basis, valid_at=since)), path, value)
        if since > PAST:
            assert not _equal(naive.sections(replace(basis, valid_at=since - 1)), path, value)
        if until < FUTURE:
            assert _equal(naive.sections(replace(basis, valid_at=until - 1)), path, value)
            assert not _equal(naive.sections(replace(basis, valid_at=until)), path, value)
    for probe in probes:
        inside = [value for since, until, value in intervals if since <= probe < until]
        found = pointer(naive.sections(replace(basis, valid_at=probe)), path)
        assert (found is ABSENT and not inside) or (len(inside) == 1 and without_counters(found) == inside[0])
    _check_first(past, naive, basis, path, intervals)


def _check_first(
    past: RecordedDeal, naive: Naive, basis: Any, path: str, intervals: list[tuple[int, int, Any]]
) -> None:
    nothing = pointer(naive.derived(EffectiveEvents(()), basis).sections, path)
    if not intervals or intervals[-1][2] == without_counters(nothing):
        return
    wanted = intervals[-1][2]
    answer = first(past, path, "eq", _json(wanted), basis)
    since = next(since for since, _, value in intervals if value == wanted)
    assert answer["at"] == past.valid_time_label(since)
    held = [
        (moment, version)
        for moment, version in _knowledge(naive, basis)
        if _equal(naive.sections(_narrowed(basis, moment, version, since)), path, wanted)
    ]
    assert answer["first_known"] == (past.known_time_label(held[0][0]) if held else None)


@given(st.data())
@DRAWN
def test_beliefs_equal_the_naive_reading_at_every_moment_of_knowledge(data: st.DataObject) -> None:
    past = data.draw(histories())
    basis = data.draw(bases(past))
    naive = Naive(past)
    moved = list(past.walk_known_time(basis))
    for moment, version in _knowledge(naive, basis):
        held = [each for each in moved if each.moment <= moment]
        expected = naive.sections(_narrowed(basis, moment, version, basis.valid_at))
        assert held[-1].state.sections == expected
    path = data.draw(st.sampled_from(_paths([each.state.sections for each in moved])))
    intervals = _intervals(past.walk_known_time(basis, bearing(json_pointer.parse(path))), path)
    assert intervals == _intervals(iter(moved), path)
    for event in past.lines:
        known = naive.known(basis)
        told = lineage(known, event.id) if event in known else None
        if told is not None:
            assert (told["status"] != "voided") == naive.stands(event.id, known)
            standing = [each["id"] for each in told["corrections"] if each["stands"]]
            assert standing == [each.id for each in known if _corrects(each, event.id) and naive.stands(each.id, known)]


@given(st.data())
@DRAWN
def test_a_difference_leads_from_the_one_naive_state_to_the_other(data: st.DataObject) -> None:
    past = data.draw(histories())
    start = data.draw(bases(past))
    end = data.draw(bases(past))
    end = replace(end, known_by=start.known_by, reading=start.reading, layer=start.layer)
    if start.known_by == "recorded":
        start, end = _capped(past, start), _capped(past, end)
    naive = Naive(past)
    passed = replace(start, valid_at=end.valid_at)
    states = [naive.sections(each) for each in (start, passed, end)]
    told = diff(past, start, end)
    _leads(told["happened"] + told["lapsed"], states[0], states[1])
    _leads(told["learned"], states[1], states[2])
    _leads(told["net"], states[0], states[2])
    early, late = sorted((start, passed), key=lambda each: each.valid_at)
    only_time = _time_alone(naive, early, late)
    for entry in told["lapsed"]:
        assert entry["because"] == []
        assert _equal_without_causes(only_time, naive.sections(late), entry["path"])
    came = {step.id for step in naive.chosen(late).steps} - {step.id for step in naive.chosen(early).steps}
    seen = _in_sight(naive, late) - _in_sight(naive, early)
    for entry in told["happened"]:
        assert set(entry["because"]) <= came | seen
        assert not _equal_without_causes(only_time, naive.sections(late), entry["path"])
    known = [{line.id for line in naive.known(each)} for each in (passed, end)]
    for entry in told["learned"]:
        assert set(entry["because"]) <= known[0] ^ known[1]
        assert entry["because"]
    paths = {entry["path"] for entry in told["net"]}
    items, _summary = digest(past, start, end)
    assert {item["path"] for item in items} <= paths
    assert all(item["text"].endswith(".") and item["kind"] for item in items)


def _paths(states: list[Any]) -> list[str]:
    found = dict.fromkeys(path for state in states for path in leaves(state) if path)
    return [path for path in found if not _counts(path)]


def _counts(path: str) -> bool:
    return path.rsplit("/", 1)[-1] in ("days_left", "working_days_left", "days_silent")


def _intervals(walk: Any, path: str) -> list[tuple[int, int, Any]]:
    tokens = json_pointer.parse(path)
    trail = IntervalBuilder(tokens)
    for _ in trail.collect(walk, lambda moved: causes_of(moved, tokens)):
        pass
    return [(each.since, each.until, each.value) for each in trail.intervals]


def _equal(sections: Any, path: str, value: Any) -> bool:
    found = pointer(sections, path)
    return found is not ABSENT and without_counters(found) == value


def _json(value: Any) -> str:
    import json

    return json.dumps(value)


def _knowledge(naive: Naive, basis: Any) -> list[tuple[int, int]]:
    """Moments at which something becomes known, with the version known by then."""
    lines = [line for line in naive.past.lines if line.version <= basis.known_version]
    if basis.known_by == "recorded":
        return [(line.recorded_at, line.version) for line in lines if line.recorded_at <= basis.known_at]
    moments = sorted({naive.public(line, lines) for line in lines})
    return [(moment, basis.known_version) for moment in moments if moment <= basis.known_at]


def _narrowed(basis: Any, moment: int, version: int, valid_at: int) -> Any:
    return replace(basis, known_at=moment, known_version=version, known_position=version * 3, valid_at=valid_at)


def _capped(past: RecordedDeal, basis: Any) -> Any:
    """A basis as a question makes it: the version is the last recorded by then."""
    version = sum(1 for line in past.lines if line.recorded_at <= basis.known_at)
    return replace(basis, known_version=min(version, basis.known_version))


def _corrects(line: Any, event_id: str) -> bool:
    return line.type == "record.corrected" and line.event.event_id == event_id


def _leads(entries: list[dict[str, Any]], before: Any, after: Any) -> None:
    """The changes are what they say, disjoint, and together lead from one state to the other."""
    paths = sorted(entry["path"] for entry in entries)
    assert all(not other.startswith(one + "/") and one != other for one, other in pairwise(paths))
    made = _copy(before)
    for entry in entries:
        was, now = pointer(before, entry["path"]), pointer(after, entry["path"])
        assert entry["from"] == (None if was is ABSENT else was)
        assert entry["to"] == (None if now is ABSENT else now)
        _put(made, entry["path"], now)
    assert without_causes(made) == without_causes(after)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(each) for name, each in value.items()}
    return [_copy(each) for each in value] if isinstance(value, list) else value


def _put(value: Any, path: str, now: Any) -> None:
    *way, last = [token.replace("~1", "/").replace("~0", "~") for token in path.split("/")[1:]]
    for token in way:
        value = value[token]
    if now is ABSENT:
        del value[last]
    else:
        value[last] = now


def _time_alone(naive: Naive, early: Any, late: Any) -> Any:
    """What the later date would show had nothing come in sight since the earlier."""
    then, now = naive.chosen(early), naive.chosen(late)
    seen = _in_sight(naive, early)
    chosen = replace(
        then,
        scheduled=tuple(each for each in now.scheduled if each.line.id in seen),
        possible=tuple(each for each in now.possible if each.line.id in seen),
    )
    return naive.derived(chosen, late).sections


def _in_sight(naive: Naive, basis: Any) -> set[str]:
    """Events that are seen, or possible, by a date."""
    known = naive.known(basis)
    return {
        line.id
        for line in (naive.read(each, known) for each in known)
        if min(*naive.starts(line, basis.reading), *naive.starts(line, "earliest")) <= basis.valid_at
    }


def _equal_without_causes(one: Any, other: Any, path: str) -> bool:
    mine, theirs = pointer(one, path), pointer(other, path)
    return (mine is ABSENT) == (theirs is ABSENT) and (mine is ABSENT or without_causes(mine) == without_causes(theirs))


@given(st.data())
@settings(DRAWN, max_examples=60)
def test_knowledge_only_grows_and_a_correction_leaves_what_was_known_before_it(data: st.DataObject) -> None:
    past = data.draw(histories(least=2))
    basis = data.draw(bases(past))
    later = replace(basis, known_at=FUTURE, known_version=len(past.lines), known_position=FUTURE)
    naive = Naive(past)
    assert {line.id for line in naive.known(basis)} <= {line.id for line in naive.known(later)}
    shorter = RecordedDeal(past.deal_id, past.lines[:-1], past.zone, past.calendars, past.revise)
    before = on(past, basis.valid_at, version=len(past.lines) - 1)
    assert state_hash(past.state(before)) == state_hash(shorter.state(before))
