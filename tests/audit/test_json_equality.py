"""One equality of JSON values everywhere: true is not 1, 1 is 1.0, and the patches of a replay add up to each state."""

from hashlib import sha256

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.json_equality import equal
from ledger.encoding.canonical_json import canonical
from projections.replay import json_patch, replay
from projections.state.holiday_calendars import calendar
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from projections.temporal.diff import diff
from projections.temporal.history import history, revisions
from projections.temporal.recorded_deal import RecordedDeal

LOOKALIKES = st.sampled_from([True, 1, 1.0, False, 0, 0.0, -0.0, None, "1", "", [], {}])
JSON = st.recursive(
    LOOKALIKES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner), max_leaves=8
)


@st.composite
def altered(draw, value):
    """The same value, some of its leaves drawn again."""
    if isinstance(value, list):
        return [draw(altered(each)) for each in value]
    if isinstance(value, dict):
        return {name: draw(altered(each)) for name, each in value.items()}
    return draw(st.just(value) | LOOKALIKES)


PAIRS = JSON.flatmap(lambda value: st.tuples(st.just(value), altered(value)))


@given(PAIRS)
def test_values_are_equal_exactly_where_their_canonical_bytes_are(pair):
    one, other = pair
    assert equal(one, other) is (canonical(one) == canonical(other))


@given(PAIRS)
def test_a_patch_makes_one_value_of_the_other_also_where_they_look_alike(pair):
    before, after = ({"at": each} for each in pair)
    assert canonical(jsonpatch.apply_patch(before, json_patch.make_patch(before, after))) == canonical(after)


@pytest.fixture
def reader(ledger) -> StateReader:
    return StateReader(ledger)


def test_every_step_of_a_replay_adds_up_where_true_becomes_one_at_a_nested_place(reader, record, submission):
    values = [True, 1, [True], [1], {"a": [{"b": False}]}, {"a": [{"b": 0}]}, {"a": [{"b": False}]}]
    record(submission("d", "opened", "deal.opened"))
    for number, value in enumerate(values):
        record(submission("d", f"t{number}", "terms.changed", term="fee", to=value))
        record(submission("d", f"a{number}", "assessment.recorded", subject="s", measure="m", value=value, method="x"))
    _, steps, _ = replay(reader, "d")
    document = {}
    for step in list(steps)[:-1]:
        document = jsonpatch.apply_patch(document, step["changes"])
        assert sha256(canonical(document)).hexdigest() == step["state_hash"]
    assert document["terms"]["fee"]["value"] == {"a": [{"b": False}]}


def test_history_and_difference_tell_true_from_one(reader, record, submission):
    record(submission("d", "opened", "deal.opened", occurred="2020-01-01"))
    for day, value in ((2, [True]), (3, [1]), (4, [1.0])):
        record(submission("d", f"t{day}", "terms.changed", occurred=f"2020-01-0{day}", term="fee", to=value))
    record_of_deal = reader.history("d")
    past = RecordedDeal("d", record_of_deal.lines, record_of_deal.zone, calendar, reader.revise)
    basis = reader.basis(record_of_deal, TimeQuery(valid_at="2020-01-04"))
    told = history(past, "/terms/fee/value", basis)
    assert [(each["from"], canonical(each["value"])) for each in told] == [
        ("2020-01-02", b"[true]"),
        ("2020-01-03", b"[1]"),
    ]
    assert len(revisions(past, "/terms/fee/value", basis)) == 2
    earlier = reader.basis(record_of_deal, TimeQuery(valid_at="2020-01-02"))
    [change] = [each for each in diff(past, earlier, basis)["happened"] if each["path"] == "/terms/fee/value"]
    assert (canonical(change["from"]), canonical(change["to"])) == (b"[true]", b"[1]")
