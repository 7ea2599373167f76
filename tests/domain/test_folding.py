"""Laws of the fold: any subset folds, folding is associative over history, and an event touches its own things only."""

from typing import Any

from given_when_then import History, event, line_of, shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.event import REGISTRY, FoldStep
from domain.fold import UNOPENED, facts_only, fold

ROWS = [event(kind, "2020-09-15", **REGISTRY[kind].EXAMPLE) for kind in sorted(REGISTRY)]
ROWS += [dict(row, id=f"r{number}") for number, row in enumerate(shipped("tiktok").rows)]


@st.composite
def histories(draw: st.DrawFn) -> list[FoldStep]:
    """Steps in fold order: examples and real developments, days and layers at random."""
    picked = draw(st.lists(st.sampled_from(ROWS), max_size=25))
    steps = []
    for version, row in enumerate(picked, 1):
        told: dict[str, Any] = dict(row, id=f"e{version}")
        line = line_of(told, version)
        steps.append(line.step((draw(st.integers(0, 5)), draw(st.integers(0, 1)), version), draw(st.booleans())))
    return sorted(steps, key=lambda each: each.key)


@settings(max_examples=60)
@given(histories(), st.data())
def test_any_subset_folds(history: list[FoldStep], data: st.DataObject) -> None:
    chosen = [each for each in history if data.draw(st.booleans())]
    assert set(fold(chosen).entities) <= set(fold(history).entities)


@settings(max_examples=60)
@given(histories(), st.data())
def test_folding_is_associative_over_history(history: list[FoldStep], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(history)))
    assert fold(history[cut:], fold(history[:cut])) == fold(history)


@settings(max_examples=60)
@given(histories(), st.sampled_from(ROWS))
def test_an_event_leaves_every_other_thing_as_it_was(history: list[FoldStep], row: dict[str, Any]) -> None:
    line = line_of(dict(row, id="last"), 900)
    last = line.step((9, 0, 900), reported=False)
    before, after = fold(history), fold([*history, last])
    touched = {(kind.KIND, thing_id) for kind, thing_id in line.event.touches(line.id)}
    assert {slot: thing for slot, thing in after.entities.items() if slot not in touched} == {
        slot: thing for slot, thing in before.entities.items() if slot not in touched
    }


@settings(max_examples=60)
@given(st.lists(st.sampled_from(ROWS), max_size=12), st.sampled_from(["2019-11-02", "2020-09-16", "2025-10-01"]))
def test_a_state_of_any_record_holds_plain_values_and_its_causes(rows: list[dict[str, Any]], day: str) -> None:
    told = History(tuple(dict(row, id=f"e{number}") for number, row in enumerate(rows)))
    _plain(told.on(day))


def _plain(value: object) -> None:
    if isinstance(value, dict):
        assert all(isinstance(name, str) for name in value)
        for each in value.values():
            _plain(each)
    elif isinstance(value, list):
        for each in value:
            _plain(each)
    else:
        assert value is None or isinstance(value, str | int | bool | float)


def test_no_record_reads_as_nothing() -> None:
    nothing = fold([], UNOPENED)
    assert nothing.entities == {}
    assert History(()).on("2020-09-12")["exists"] is False


@settings(max_examples=150)
@given(histories())
def test_the_facts_of_a_folded_deal_are_the_fold_of_its_facts(history: list[FoldStep]) -> None:
    told = facts_only(fold(history)).entities
    alone = fold([step for step in history if not step.reported]).entities
    assert set(alone) <= set(told)
    for slot, thing in told.items():
        if not thing.BY_CLAIM:
            expected = alone[slot]
            assert thing.replace(origin=expected.origin) == expected
            for name in ("because", "keys", "anomalies", "facts", "as_reported", "facts_only", "reports"):
                assert getattr(thing.origin, name) == getattr(expected.origin, name)
