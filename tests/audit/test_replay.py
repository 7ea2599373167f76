"""Replaying a deal: each step says what its event changed, and the steps add up to the state."""

from hashlib import sha256

import jsonpatch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadQuestion, BeyondTheEnd
from domain.state import without_counters
from ledger.encoding.canonical_json import canonical
from projections.replay import json_patch, replay
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "~/b"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b~", "/c", ""]), inner),
    max_leaves=12,
)
OBJECT = st.dictionaries(st.sampled_from(["a", "b~", "/c", ""]), JSON)


@pytest.fixture
def reader(ledger) -> StateReader:
    return StateReader(ledger)


@given(OBJECT, OBJECT)
def test_a_patch_makes_one_object_of_the_other(before, after):
    assert _as_json(jsonpatch.apply_patch(before, json_patch.make_patch(before, after))) == _as_json(after)


@given(OBJECT)
def test_nothing_changes_between_equal_objects(value):
    assert json_patch.make_patch(value, value) == []
    assert _as_json(jsonpatch.apply_patch({}, json_patch.initial_patch(value))) == _as_json(value)


def test_there_is_a_step_for_each_event_and_they_add_up_to_the_state(reader, imported_timeline):
    basis, steps, _ = replay(reader, "tiktok")
    *told, last = list(steps)
    lines = reader.history("tiktok").lines
    assert [step["event"]["id"] for step in told] == [line.id for line in lines]
    assert [step["version"] for step in told] == list(range(1, len(lines) + 1))
    document = {}
    for before, step in zip([None, *told], told, strict=False):
        if before is not None:
            assert step["state_hash_before"] == before["state_hash"]
        document = jsonpatch.apply_patch(document, step["changes"])
        assert sha256(canonical(document)).hexdigest() == step["state_hash"]
    state = reader.state("tiktok", TimeQuery(valid_at=basis["valid_at"], known_version=len(lines)))
    assert last == {"trailer": {"steps": len(lines), "version": len(lines), "state_hash": state["state_hash"]}}
    hidden = {"basis", "state_hash", "next_transition_at"}
    assert document == without_counters({name: value for name, value in state.items() if name not in hidden})


def test_a_replay_to_a_version_ends_in_the_state_that_knew_so_much(reader, imported_timeline):
    _, steps, _ = replay(reader, "tiktok", 30)
    *told, last = list(steps)
    assert len(told) == 30
    assert last["trailer"]["state_hash"] == reader.state("tiktok", TimeQuery(known_version=30))["state_hash"]


def test_by_publication_the_steps_come_in_the_order_in_which_they_were_public(reader, imported_timeline):
    question = TimeQuery(known_by="published", known_at="2020-09-12")
    basis, steps, _ = replay(reader, "tiktok", None, question)
    *told, last = list(steps)
    assert 0 < len(told) < len(reader.history("tiktok").lines)
    assert last["trailer"]["state_hash"] == reader.state("tiktok", question)["state_hash"]
    assert basis["known_by"] == "published"


def test_a_deadline_that_moves_is_told_with_its_reason(reader, record, submission):
    record(submission("d", "opened", "deal.opened"))
    record(submission("d", "set", "deadline.set", deadline_id="dl", obligation="sell", set_by="us", due="2020-11-12"))
    record(
        submission(
            "d", "moved", "deadline.extended", occurred="2020-11-10", deadline_id="dl", by="us", new_due="2020-11-27"
        )
    )
    _, steps, _ = replay(reader, "d")
    moves = [step["deadline_moves"] for step in list(steps)[:-1]]
    assert moves[0] == []
    assert [(move["deadline_id"], move["from"], move["to"]) for move in moves[1] + moves[2]] == [
        ("dl", None, "2020-11-12"),
        ("dl", "2020-11-12", "2020-11-27"),
    ]
    assert "2020-11-27" in moves[2][0]["why"]


def test_a_correction_and_its_event_name_each_other(reader, record, submission):
    record(submission("d", "opened", "deal.opened"))
    record(submission("d", "e1", "bid.submitted", bid_id="b1", bidders=["oracle"]))
    record(
        submission(
            "d", "fix", "record.corrected", event_id="e1", changes={"bidders": ["walmart"]}, cause="recording_error"
        )
    )
    _, steps, _ = replay(reader, "d")
    opened, first, fix, _ = list(steps)
    assert (first["corrected_by"], fix["corrects"]) == (["fix"], "e1")
    assert (opened["corrected_by"], opened["corrects"]) == ([], None)
    assert any(change.get("value") == "walmart" for change in fix["changes"])


def test_a_version_beyond_the_end_and_two_different_ends_are_refused(reader, record, submission):
    record(submission("d", "opened", "deal.opened"))
    with pytest.raises(BeyondTheEnd):
        replay(reader, "d", 2)
    with pytest.raises(BadQuestion, match="give one of them"):
        replay(reader, "d", 1, TimeQuery(known_version=0))


def _as_json(value):
    return canonical(value)


def test_a_long_replay_is_without_the_sentences_on_changes(reader, imported_timeline, monkeypatch):
    _basis, short, _ = replay(reader, "tiktok", to_version=5)
    assert all("sentences" in step for step in list(short)[:-1])
    monkeypatch.setattr("projections.replay.narration.OWN_DAY_EVENTS", 4)
    _basis, long, _ = replay(reader, "tiktok", to_version=5)
    steps = list(long)[:-1]
    assert all("sentences" not in step and step["event"]["text"] for step in steps)
