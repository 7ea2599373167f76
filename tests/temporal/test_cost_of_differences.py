"""What a difference and a hypothesis cost: a few folds of the record, however much of it there is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from domain import fold as folds
from domain.event import FoldStep
from domain.fold import touched
from domain.state import derive
from projections.cached_deal import CachedDeal
from projections.event_comparison import compare
from projections.sentences.event_texts import because
from projections.temporal import cause_search, incremental_fold, recorded_deal
from projections.temporal.diff import diff
from projections.temporal.incremental_fold import Refolding
from projections.temporal.passed_events import PassedEvents
from projections.temporal.recorded_deal import RecordedDeal
from projections.temporal.what_if import what_if
from tests.properties.event_strategies import on, past_of
from tests.submissions import as_sent

ENTITIES = 20


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Deadlines that are set, then moved in turn, a day each."""
    yield {"id": "e0", "type": "deal.opened", "occurred": "2020-01-01", "data": {"title": "T", "kind": "merger"}}
    for number in range(ENTITIES):
        data = {"deadline_id": f"d{number}", "obligation": f"o{number}", "set_by": "x", "force": "contractual",
                "due": "2021-01-01"}  # fmt: skip
        yield {"id": f"s{number}", "type": "deadline.set", "occurred": "2020-01-02", "data": data}
    for number in range(count):
        data = {"deadline_id": f"d{number % ENTITIES}", "by": "x", "new_due": f"2021-02-{1 + number % 28:02}"}
        occurred = f"2020-{2 + number * 10 // count:02}-{1 + number % 28:02}"
        yield {"id": f"m{number}", "type": "deadline.extended", "occurred": occurred, "data": data}


@pytest.fixture
def applied(monkeypatch: pytest.MonkeyPatch) -> list[FoldStep]:
    """Every step that is applied to things, in the order of application."""
    steps: list[FoldStep] = []

    def noting(things: Any, step: FoldStep) -> Any:
        steps.append(step)
        return touched(things, step)

    monkeypatch.setattr(folds, "touched", noting)
    monkeypatch.setattr(incremental_fold, "touched", noting)
    return steps


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The sections of each state that is derived; none: all of them."""
    found: list[tuple[str, ...]] = []

    def noting(*given: Any, only: tuple[str, ...] = (), **named: Any) -> Any:
        found.append(only)
        return derive(*given, only=only, **named)

    monkeypatch.setattr(recorded_deal, "derive", noting)
    return found


def made(count: int) -> RecordedDeal:
    return past_of(list(rows(count)))


def test_a_hypothesis_folds_the_record_once_and_then_what_it_touches(applied: list[FoldStep]) -> None:
    past = made(400)
    supposed = {"deal_id": "deal", "id": "new", "type": "deadline.extended", "occurred": "2020-12-30",
                "data": {"deadline_id": "d1", "by": "x", "new_due": "2021-05-01"}}  # fmt: skip
    _, _, told, _ = what_if(past, on(past, "2020-12-31"), [as_sent(supposed)], lambda _: None)
    assert {entry["path"] for entry in told["learned"]} >= {"/deadlines/d1/due"}
    # once for the state, once for the difference, once for the warnings
    assert len(applied) < 4 * len(past.lines)


def test_a_difference_folds_the_record_a_bounded_number_of_times(applied: list[FoldStep]) -> None:
    past = made(400)
    start, end = on(past, "2020-04-30", version=300), on(past, "2020-12-31")
    told = diff(past, start, end)
    assert told["learned"]
    assert told["happened"]
    assert len(applied) < 12 * len(past.lines)


def test_a_search_for_causes_is_bounded_and_names_a_stretch_where_it_was_too_short(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    past = made(40)
    start, end = on(past, "2020-06-30", version=20), on(past, "2020-12-31")
    exact = diff(past, start, end)
    monkeypatch.setattr(cause_search, "SEARCHED_STATES", (2, 2))
    coarse = diff(past, start, end)
    for one, other in zip(exact["learned"], coarse["learned"], strict=True):
        assert one["path"] == other["path"]
        assert set(one["because"]) <= set(other["because"])


def test_things_folded_by_way_of_another_selection_are_those_folded_from_nothing() -> None:
    past = made(60)
    known = past.knowledge(on(past, "2020-12-31"))
    steps = [each.step for each in known.placed]
    refolding = Refolding()
    for chosen in (steps[:30], steps, steps[::2], [], steps[10:], [replace(steps[0]), *steps[1:]]):
        assert refolding.to(chosen).entities == folds.fold(chosen).entities


def test_a_warning_folds_the_events_that_are_new_and_derives_no_state_where_no_conflict_depends_on_them(
    applied: list[FoldStep], monkeypatch: pytest.MonkeyPatch
) -> None:
    bids = [
        {"id": f"b{number}", "type": "bid.submitted", "occurred": f"2020-{1 + number:02}-05",
         "data": {"bid_id": f"bid{number}", "bidders": ["x"]}}
        for number in range(8)
    ]  # fmt: skip
    past, cached = past_of([*rows(100), *bids]), CachedDeal()
    counts = []
    monkeypatch.setattr(RecordedDeal, "derive_sections", lambda *_: pytest.fail("a state is derived"))
    for version in range(len(past.lines) - len(bids) + 1, len(past.lines) + 1):
        applied.clear()
        lines = past.lines[:version]
        assert compare(replace(past, lines=lines, _placed=cached.placed), {lines[-1].id}, cached) == []
        counts.append(len(applied))
    # each bid once; the opening of the deal once more for the first date, where it is read as of then
    assert max(counts[1:]) <= 2


def test_a_search_for_causes_derives_only_the_sections_in_which_it_searches(derived: list[tuple[str, ...]]) -> None:
    past = made(40)
    start, end = on(past, "2020-06-30", version=20), on(past, "2020-12-31")
    diff(past, start, end)
    # the states at both ends, between them, and as time alone would have left the first
    assert derived.count(()) <= 4
    assert any(derived)


def test_a_sentence_writes_the_causes_that_it_names_and_counts_the_others() -> None:
    written: list[str] = []

    def text_of(event_id: str) -> str:
        written.append(event_id)
        return f"event {event_id}"

    events = [str(number) for number in range(50)]
    assert because(events, text_of) == "event 0; event 1; and 48 more events"
    assert written == ["0", "1"]


def test_an_entity_is_folded_again_from_the_last_place_before_what_differs(applied: list[FoldStep]) -> None:
    data = {"deadline_id": "d", "by": "x", "new_due": "2021-02-01"}
    days = [f"2020-{1 + number // 28:02}-{1 + number % 28:02}" for number in range(300)]
    moves = [{"id": f"m{day}", "type": "deadline.extended", "occurred": day, "data": data} for day in days]
    past = past_of(moves)
    steps = [each.step for each in past.knowledge(on(past, "2020-12-31")).placed]
    refolding = Refolding()
    refolding.to(steps)
    for left_out in (299, 290, 150):
        applied.clear()
        chosen = [*steps[:left_out], *steps[left_out + 1 :]]
        found = refolding.to(chosen).entities
        # what lies after the place, and at most one stretch between two places at which the entity is held
        assert len(applied) <= 300 - left_out + 300 // (incremental_fold.WAYPOINTS // 2)
        assert found == folds.fold(chosen).entities
        refolding.to(steps)


def test_a_difference_of_one_knowledge_looks_at_no_other(derived: list[tuple[str, ...]]) -> None:
    past = made(40)
    assert diff(past, on(past, "2020-04-30"), on(past, "2020-12-31"))["happened"]
    # the states at both dates, and as time alone would have left the first
    assert derived.count(()) == 3


def test_an_event_that_came_before_time_alone_would_have_is_searched_for_in_one_section(
    derived: list[tuple[str, ...]],
) -> None:
    past, basis = made(40), on(made(40), "2020-12-31")
    known = past.knowledge(basis)
    fresh = known.at(basis.valid_at).steps
    passed = PassedEvents(past, known, folds.fold([]), basis, fresh)
    assert passed.cause("deadlines", lambda sections: "d7" in sections["deadlines"]) == ("s7",)
    assert set(derived) == {("deadlines",)}
