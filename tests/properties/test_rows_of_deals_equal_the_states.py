"""The rows of deals and deadlines, at every valid time and position, are what folding the deal says of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.sections.deadline_status import standing
from domain.state import State
from domain.state_paths import ERASED
from domain.time.instants import DAY, FUTURE, PAST
from projections.tables import known_deal
from projections.tables.deadlines import DeadlineRow, derive_rows
from projections.tables.derived_tables import DEAL_TABLE
from projections.tables.known_deal import KnownDeal
from projections.tables.summaries import next_deadline_columns
from projections.tables.timelines import LAYERS, Key, Row, Timelines
from projections.tables.writer import PARTS, Part, PartRows
from projections.temporal.recorded_deal import RecordedDeal
from tests.properties.event_strategies import on, past_of
from tests.properties.histories import DEVELOPMENTS, bases, erased, histories, records
from tests.properties.naive_state import ABSENT, Naive


@pytest.fixture(scope="module", autouse=True)
def _many_folds() -> Iterator[None]:
    """Short histories have several folds that are held."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(known_deal, "CHECKPOINT_STEPS", 2)
        yield


def rows_of(past: RecordedDeal, part: Part, cut: int) -> list[Row]:
    """The rows of a part of a deal as its versions leave them one after the other, those after the cut in a batch of
    their own."""
    known, timelines = KnownDeal(past.with_lines(past.lines[:cut])), Timelines()
    for begins, ends in ((0, cut), (cut, len(past.lines))):
        if not known.extend(past.with_lines(past.lines[:ends])):
            known = KnownDeal(past.with_lines(past.lines[:ends]))
            known.advance(begins)
        rows = PartRows(past.deal_id, part, known, timelines)
        for line in past.lines[begins:ends]:
            rows.take(known.advance(line.version), line.position)
    return timelines.new


def at(rows: list[Row], position: int, moment: int, layer: int) -> dict[Key, tuple[Any, ...]]:
    """The values that hold at a moment as known at a position."""
    found = [
        row
        for row in rows
        if row.layers & layer
        and row.known_from <= position < row.known_to
        and row.span.since <= moment < row.span.until
    ]
    assert len({row.key for row in found}) == len(found)
    return {row.key: row.span.values for row in found}


RELATED = [
    name for name in DEVELOPMENTS if name.split(".")[0] in ("deadline", "order", "litigation", "approval", "calendar")
]
"""The types of events by which a deadline and what bears on it are connected."""


REPORTED = [
    "deal.closed", "deal.terminated", "deal.unwound", "deal.reopened", "order.revoked", "order.enforcement_paused",
    "litigation.relief_granted", "litigation.relief_ended", "deadline.tolled", "deadline.extended", "deadline.met",
]  # fmt: skip
"""The types of events by which reports end, suspend or move a deadline."""

ENDED = [*REPORTED, *4 * ["deadline.set"], *2 * ["order.revoked"], "calendar.published"]


@given(st.data())
@settings(max_examples=120)
def test_rows_at_any_basis_are_those_of_the_naive_state(data: st.DataObject) -> None:
    assert_equal_to_the_states(data.draw(histories(most=12)), data)


@given(st.data())
@settings(max_examples=120)
def test_rows_of_deadlines_on_which_others_bear_are_those_of_the_naive_state(data: st.DataObject) -> None:
    assert_equal_to_the_states(data.draw(histories(6, 14, [*RELATED, "entity.merged"])), data)


@given(st.data())
@settings(max_examples=120)
def test_rows_of_deadlines_that_reports_end_suspend_or_move_are_those_of_the_naive_state(data: st.DataObject) -> None:
    rows = data.draw(records(5, 12, ENDED))
    for row in rows:
        about = row["type"] in REPORTED and data.draw(st.integers(0, 2))
        row |= {"attribution": "anonymous_single"} if about else {}
    assert_equal_to_the_states(past_of(rows), data)


@given(st.data())
@settings(max_examples=60)
def test_rows_of_a_deal_from_which_an_event_was_erased_are_those_of_the_naive_state(data: st.DataObject) -> None:
    past = data.draw(histories(4, 10, [*RELATED, *4 * ["deadline.set"], "deal.closed"]))
    assert_equal_to_the_states(data.draw(erased(past)), data)


def assert_equal_to_the_states(past: RecordedDeal, data: st.DataObject) -> None:
    """The rows of a deal are, at some drawn bases, what its naive state says."""
    naive = Naive(past)
    cut = data.draw(st.integers(1, len(past.lines)))
    stored = [(part, rows_of(past, part, cut)) for part in PARTS]
    moments = [PAST, *naive.moments(on(past, "2020-09-30"))]
    for _ in range(5):
        basis = replace(data.draw(bases(past)), known_by="recorded", reading="earliest", known_at=FUTURE)
        moment = data.draw(st.sampled_from(moments)) + data.draw(st.sampled_from([-1, 0, 1, DAY, 40 * DAY]))
        state = naive.state(replace(basis, valid_at=moment))
        held = {}
        for part, rows in stored:
            expected = part.values(past.deal_id, state) if state.sections["exists"] else {}
            held[part] = at(rows, basis.known_position, moment, LAYERS[basis.layer])
            assert _bare(part, held[part]) == _bare(part, expected), (basis, moment)
        _assert_next_deadlines(held, state)
        _assert_entries(held, state, moment)


def _assert_next_deadlines(held: dict[Part, dict[Key, tuple[Any, ...]]], state: State) -> None:
    """The next deadlines of a row, and what is past due by it, are those of the state; every one is listed."""
    rows = [DeadlineRow("deal", *key, *values) for key, values in held[PARTS[1]].items()]
    hidden = [values[DEAL_TABLE.values.index("erased_next")] for values in held[PARTS[0]].values()]
    following = next_deadline_columns(rows, next(iter(hidden), None))
    told = state.sections["next_deadline"]
    chosen = told["binding"] or told["any"]
    assert (following["nearest_id"], following["next_deadline_id"]) == (told["any"], chosen)
    assert sorted(following["overdue_ids"]) == sorted(told["overdue"])
    due = ERASED if chosen == ERASED else chosen and state.sections["deadlines"][chosen]["due"]
    assert following["next_due"] == due


def _assert_entries(held: dict[Part, dict[Key, tuple[Any, ...]]], state: State, moment: int) -> None:
    """The entries of the rows are those of the state, with what counts days; what comes next by facts or reports, or is
    overdue, is listed, and nothing that facts know to be over."""
    rows = {key[0]: DeadlineRow("deal", *key, *values) for key, values in held[PARTS[1]].items()}
    for name, row in rows.items():
        if name in state.frozen:
            continue  # no list shows it, and its days stand still
        entry = {**state.sections["deadlines"][name]}
        told = {**row.to_json(moment)}
        assert {each: told.get(each, ABSENT) for each in entry} == entry, (name, moment)
        assert set(told) - set(entry) <= {"deal_id", "deadline_id", "binding", "names", "member_names"}
    told = state.sections["next_deadline"]
    following = {told["binding"], told["any"], *told["overdue"]}
    listed = {name for name, row in rows.items() if row.standing != "over"}
    assert following.intersection(rows) <= listed
    by_facts = state.layers[-1].sections["deadlines"]
    assert all(standing(by_facts[name]) != "over" for name in listed & set(by_facts))


def _bare(part: Part, values: Any) -> Any:
    """Values without the place of a deadline among the others, which a state says of the nearest alone."""
    if part is not PARTS[1]:
        return dict(values)
    return {key: DeadlineRow("deal", *key, *each)._replace(ahead=0) for key, each in values.items()}


def test_a_deadline_that_is_past_due_by_facts_is_overdue_though_a_report_ended_the_deal() -> None:
    # given a deadline that passed without an outcome, and a report that talks ended before the deal is opened
    deadline = {"deadline_id": "d", "obligation": "close", "force": "court_order", "due": "2020-02-01"}
    events = (
        ("deal.opened", "2020-05-01", {"title": "T", "kind": "merger", "subject": "s"}),
        ("deadline.set", "2020-01-02", deadline),
        ("deal.terminated", "2020-03-01", {"reason": "no accord"}),
    )
    rows: list[Any] = [{"id": name, "type": name, "occurred": day, "data": given} for name, day, given in events]
    rows[2]["attribution"] = "anonymous_single"
    past = past_of(rows)
    state = Naive(past).state(on(past, "2020-04-01"))
    # then the state lists it as overdue, and so does its row
    assert state.sections["next_deadline"]["overdue"] == ["d"]
    assert [row.standing for row in derive_rows("deal", state)] == ["overdue"]
