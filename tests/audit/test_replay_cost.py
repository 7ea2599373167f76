"""What a replay costs: each entry of the state is written and compared where it changes, and not at every step."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.sections.due_date import DueDateCalculator
from domain.state import without_counters
from ledger.encoding.canonical_json import canonical, composed
from projections.replay import document
from projections.replay.document import EMPTY
from projections.temporal.recorded_deal import RecordedDeal
from tests.audit.test_replay import JSON, OBJECT
from tests.calls import noted_calls
from tests.properties.event_strategies import on, past_of

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
STATES = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", "days_left"]), JSON | st.dictionaries(NAMES, OBJECT, max_size=4)),
    max_size=5,
)


@given(st.dictionaries(NAMES, JSON))
def test_an_object_composed_of_written_members_has_its_canonical_bytes(value: dict[str, Any]) -> None:
    assert composed({name: canonical(each) for name, each in value.items()}) == canonical(value)


@given(STATES)
def test_a_document_that_follows_another_is_that_of_its_state_alone(states: list[dict[str, Any]]) -> None:
    made = EMPTY
    for state in states:
        made = made.followed_by(state)
        assert canonical(made.plain) == canonical(without_counters(state))
        assert made.digest == sha256(canonical(without_counters(state))).hexdigest()
        assert made.followed_by(state) is made


def rows(count: int) -> Iterator[dict[str, Any]]:
    """Five deadlines that are moved, one after another."""
    yield {"id": "e0", "type": "deal.opened", "occurred": "2020-01-01", "data": {"title": "T", "kind": "merger"}}
    for number in range(5):
        data = {"deadline_id": f"d{number}", "obligation": "close", "set_by": "x", "force": "contractual",
                "due": "2021-01-01"}  # fmt: skip
        yield {"id": f"s{number}", "type": "deadline.set", "occurred": "2020-01-02", "data": data}
    for number in range(count):
        data = {"deadline_id": f"d{number % 5}", "by": "x", "new_due": f"2021-02-{1 + number % 28:02}"}
        yield {"id": f"m{number}", "type": "deadline.extended", "occurred": "2020-02-01", "data": data}


def written(past: RecordedDeal) -> int:
    """How many values were written canonically for the documents of all beliefs about a deal."""
    made = EMPTY
    last = past.lines[-1]
    with noted_calls(document, "canonical") as calls:
        for moved in past.walk_known_time(on(past, last.recorded_at)):
            made = made.followed_by(moved.state.sections)
    return len(calls)


def test_what_a_step_leaves_alone_is_not_written_again() -> None:
    few, many = (written(past_of(list(rows(count)))) for count in (20, 40))
    assert (many - few) / 20 < 8


def calculated(past: RecordedDeal) -> int:
    """How many due dates were calculated for all beliefs about a deal."""
    with noted_calls(DueDateCalculator, "calculate") as calls:
        moved = list(past.walk_known_time(on(past, past.lines[-1].recorded_at)))
    assert len(moved) == len(past.lines) + 1
    return len(calls)


def test_a_step_calculates_the_due_date_of_the_deadline_that_it_moves() -> None:
    few, many = (calculated(past_of(list(rows(count)))) for count in (20, 40))
    assert many - few <= 2 * 20  # for its entry, and for the sections that compare deadlines


def test_a_step_that_moves_no_deadline_calculates_no_due_date() -> None:
    terms = [
        {"id": f"t{n}", "type": "terms.changed", "occurred": "2020-02-01", "data": {"term": "fee", "to": n}}
        for n in range(20)
    ]
    moves = list(rows(20))
    assert calculated(past_of([*moves, *terms])) == calculated(past_of(moves))
