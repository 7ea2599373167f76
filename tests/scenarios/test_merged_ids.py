"""Two ids that turned out to be one: what was said of either is folded under the one that stays."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from given_when_then import History, event, given, opened

from domain.basis import Basis
from domain.bitemporal import zone_of
from domain.time.edtf import When
from domain.time.instants import end_of_day
from projections.state.holiday_calendars import calendar
from projections.temporal.history import history as path_history
from projections.temporal.recorded_deal import RecordedDeal
from tests.api.conftest import app, deal, http, refused

__all__ = ["app", "deal", "http"]

MERGED = event("entity.merged", "2020-03-01", merged="old", into="new")
ROWS = (
    opened("2020-01-01", parties=["old"]),
    event("party.added", "2020-01-02", party_id="old", name="The Old One", role="seller"),
    event("party.added", "2020-01-03", party_id="new", name="The New One", role="target"),
    event("position.stated", "2020-01-04", party_id="old", issue="price", stance="oppose"),
    event("position.stated", "2020-01-05", party_id="new", issue="price", stance="support"),
    event("bid.submitted", "2020-01-06", bid_id="b", bidders=["old", "x", "new"], stakes=[{"holder": "old", "pct": 5}]),
    event(
        "deadline.set", "2020-01-07", deadline_id="d", obligation="o", set_by="old", force="contractual",
        due="2020-06-01", obligor="old", extendable={"by": "old"},
    ),
    event("deadline.extended", "2020-01-08", deadline_id="d", by="new", new_due="2020-06-02"),
    event("litigation.filed", "2020-01-09", case_id="c", court="a", plaintiffs=["old"], defendants=["x"]),
    event("order.signed", "2020-01-10", order_id="o", kind="statute", issuer="old", title="t"),
)  # fmt: skip
HISTORY = given(*ROWS, MERGED)


def names(value: Any) -> set[str]:
    """Every id and text in a state, what says why left aside."""
    if isinstance(value, dict):
        inner = (names(each) | {key} for key, each in value.items() if not key.endswith("because"))
        return set().union(*inner) if value else set()
    if isinstance(value, list):
        return set().union(*map(names, value)) if value else set()
    return {value} if isinstance(value, str) else set()


def test_one_id_stands_for_the_other_everywhere_from_the_day_of_the_merge() -> None:
    before, after = HISTORY.on("2020-02-28"), HISTORY.on("2020-03-01")
    assert {"old", "new"} <= set(before["parties"])
    merged = after.pop("merged")
    assert merged["old"]["into"] == "new"
    assert "old" not in names(after)
    assert list(after["parties"]) == ["new"]
    assert (after["parties"]["new"]["name"], after["parties"]["new"]["roles"]) == ("The New One", ["seller", "target"])
    assert after["parties"]["new"]["because"] == ["e1", "e2", "e3", "e11"]
    assert after["stances"]["new"]["price"]["stated"]["previous"] == "oppose"
    assert after["bids"]["b"]["bidders"] == ["new", "x"]
    assert (after["deadlines"]["d"]["set_by"], after["deadlines"]["d"]["obligor"]) == ("new", "new")
    assert after["litigation"]["c"]["plaintiffs"] == ["new"]
    assert after["orders"]["o"]["issuer"] == "new"


def test_who_may_extend_is_the_same_under_either_id() -> None:
    assert {each["rule"] for each in HISTORY.on("2020-02-28")["conflicts"]} >= {"C3"}
    assert not [each for each in HISTORY.on("2020-03-01")["conflicts"] if each["rule"] == "C3"]


def test_things_are_merged_as_parties_are_and_chains_end_where_they_end() -> None:
    history = given(
        opened("2020-01-01"),
        event("deadline.set", "2020-01-02", deadline_id="a", obligation="o", set_by="x", force="statutory", due="2020-06-01"),
        event("deadline.set", "2020-01-03", deadline_id="b", obligation="o", set_by="x", force="statutory", due="2020-07-01"),
        event("deadline.extended", "2020-01-04", deadline_id="a", by="x", by_days=1),
        event("bid.submitted", "2020-01-05", bid_id="a", bidders=["x"]),
        event("entity.merged", "2020-02-01", merged="a", into="b"),
        event("entity.merged", "2020-02-02", merged="b", into="c"),
    )  # fmt: skip
    state = history.on("2020-02-03")
    assert (list(state["deadlines"]), list(state["bids"])) == (["c"], ["c"])
    assert state["deadlines"]["c"]["due"] == "2020-07-02"
    assert list(history.on("2020-02-01")["deadlines"]) == ["b"]


def test_a_merge_that_was_voided_and_one_that_is_only_reported_merge_nothing() -> None:
    voided = event("record.voided", "2020-03-02", event_id="e11", cause="recording_error", reason="they are two")
    assert {"old", "new"} <= set(HISTORY.when(voided).on("2020-03-05")["parties"])
    told = given(*ROWS, {**MERGED, "attribution": "anonymous_single"}).on("2020-03-05")
    assert {"old", "new"} <= set(told["parties"])
    assert told["merged"]["old"]["layer"] == "reported"


def test_ids_in_a_circle_stay_as_they_are() -> None:
    circle = HISTORY.when(event("entity.merged", "2020-03-02", merged="new", into="old"))
    assert {"old", "new"} <= set(circle.on("2020-03-05")["parties"])


def test_a_word_of_the_party_under_its_other_id_is_its_own() -> None:
    claim = event(
        "bid.submitted", "2020-01-11", bid_id="own", bidders=["old"], attribution_="party_claim", actor_="new"
    )
    history = given(*ROWS, claim, event("entity.merged", "2020-03-01", merged="old", into="new"))
    assert history.on("2020-02-28")["bids"]["own"]["layer"] == "reported"
    assert "layer" not in history.on("2020-03-01")["bids"]["own"]


def past_of(history: History) -> tuple[RecordedDeal, Basis]:
    lines = history.lines
    zone = zone_of(lines)
    at = end_of_day(When.parse("2020-03-05").earliest, zone)  # type: ignore[arg-type]  # a day
    basis = Basis(valid_at=at, known_at=2**61, known_version=10**9, known_position=10**9)
    return RecordedDeal("deal", lines, zone, calendar, lambda line, _: line), basis


def test_a_path_walked_through_time_sees_the_merge() -> None:
    past, basis = past_of(HISTORY)
    moved = list(past.walk_valid_time(replace(basis)))
    assert moved[-1].state.sections == past.state(replace(basis, valid_at=moved[-1].moment)).sections
    items = path_history(past, "/parties/new/roles", basis)
    assert [each["value"] for each in items if each["value"] is not None][-1] == ["seller", "target"]


@pytest.mark.parametrize("rows", [[("a", "a")], [("a", "b"), ("b", "a")], [("a", "b"), ("b", "c"), ("c", "a")]])
def test_a_merge_with_itself_or_in_a_circle_is_refused(
    http: httpx.Client, deal: str, rows: list[tuple[str, str]]
) -> None:
    sent = [
        {"type": "entity.merged", "occurred": "2020-09-01", "data": {"merged": one, "into": other}}
        for one, other in rows
    ]
    for each in sent[:-1]:
        assert http.post(f"{deal}/events", json=each).status_code == 201
    (fault,) = refused(http.post(f"{deal}/events", json=sent[-1]), 422, "invalid-input")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/data/into", "merge-circle")
    refused(http.post(f"{deal}/events", json=sent), 422, "invalid-input")


def test_a_merge_may_be_turned_round_once_it_is_voided(http: httpx.Client, deal: str) -> None:
    first = {"id": "m", "type": "entity.merged", "occurred": "2020-09-01", "data": {"merged": "a", "into": "b"}}
    round_ = {"type": "entity.merged", "occurred": "2020-09-01", "data": {"merged": "b", "into": "a"}}
    assert http.post(f"{deal}/events", json=first).status_code == 201
    voided = {"event_id": "m", "cause": "recording_error", "reason": "the other way round"}
    sent = {"type": "record.voided", "occurred": "2020-09-02", "data": voided}
    assert http.post(f"{deal}/events", json=[sent, round_]).status_code == 201
    changes = {"event_id": "m", "cause": "recording_error", "changes": {"into": "a"}}
    corrected = {"type": "record.corrected", "occurred": "2020-09-02", "data": changes}
    (fault,) = refused(http.post(f"{deal}/events", json=corrected), 422, "invalid-input")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/data/changes/into", "merge-circle")
