"""A span that would never hold is refused, whichever event gives it and also where a correction would make it so."""

from typing import Any

import httpx
import pytest
from given_when_then import event, submission_of

from domain import validation
from tests.api.conftest import refused

NEVER = [
    ("terms.changed", {"term": "t", "to": 1, "effective": "2020-06-01", "until": "2020-06-01"}),
    ("terms.changed", {"term": "t", "to": 1, "effective": "2020-06-01", "until": "2020-05-01"}),
    ("terms.changed", {"term": "t", "to": 1, "until": "2020-02-01"}),
    ("terms.changed", {"term": "t", "to": 1, "effective": "2020-06", "until": "2020-06"}),
    ("terms.changed", {"term": "t", "to": 1, "effective": "2020-06-01T12:00:00Z", "until": "2020-06-01T12:00:00Z"}),
    ("deadline.tolled", {"deadline_id": "d", "cause": "c", "since": "2020-06-02", "until": "2020-06-01"}),
    ("litigation.relief_granted", {"case_id": "c", "relief": "stay", "until": "2020-01-31"}),
    ("litigation.paused", {"case_id": "c", "until": "2020-01-31"}),
    ("order.enforcement_paused", {"order_id": "o", "by": "x", "until": "2020-01-31"}),
    ("record.held", {"reason": "r", "until": "2020-01-31"}),
    ("order.amended", {"order_id": "o", "changes": {"effective": "2020-06-02", "until": "2020-06-01"}}),
]
HOLDS = [
    ("terms.changed", {"term": "t", "to": 1, "until": "2020-02-02"}),
    ("terms.changed", {"term": "t", "to": 1, "effective": "2020-06-15", "until": "2020-06"}),
    ("terms.changed", {"term": "t", "to": 1, "effective": "2020-06-01T23:00:00-04:00", "until": "2020-06-02"}),
    ("deadline.tolled", {"deadline_id": "d", "cause": "c", "since": "2020-06-01", "until": "2020-06-01"}),
    ("litigation.relief_granted", {"case_id": "c", "relief": "stay", "until": "2020-02-01"}),
    ("litigation.paused", {"case_id": "c", "until": "2020-02-01"}),
    ("order.enforcement_paused", {"order_id": "o", "by": "x", "until": "2020-02"}),
]
REQUIRED = {"approval_id": "a", "authority": "x", "jurisdiction": "US", "subject": "s"}


def faults(kind: str, data: dict[str, Any], **members: Any) -> list[str]:
    return [each.code for each in validation.problems(submission_of(event(kind, "2020-02-01", **members, **data), 1))]


@pytest.mark.parametrize(("kind", "data"), NEVER)
def test_a_span_that_never_holds_is_refused(kind: str, data: dict[str, Any]) -> None:
    assert faults(kind, data) == ["reversed-range"]


@pytest.mark.parametrize(("kind", "data"), HOLDS)
def test_a_span_that_may_hold_is_taken(kind: str, data: dict[str, Any]) -> None:
    assert faults(kind, data) == []


def test_the_effective_day_of_the_envelope_is_the_start_of_a_span() -> None:
    assert faults("terms.changed", {"term": "t", "to": 1, "until": "2020-03-01"}, effective_="2020-03-01")
    assert not faults("terms.changed", {"term": "t", "to": 1, "until": "2020-02-01"}, effective_="2020-01-01")


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        ("approval.required", {**REQUIRED, "min_days": 11, "max_days": 10}, "reversed-range"),
        ("approval.required", {**REQUIRED, "min_days": -1}, "out-of-range"),
        ("deal.vote_held", {"body": "b", "question": "q", "outcome": "passed", "votes_for": -1}, "out-of-range"),
        ("valuation.reported", {"currency": "USD", "basis": "b", "low": "30", "high": "20"}, "reversed-range"),
        ("valuation.reported", {"currency": "USD", "basis": "b", "low": "30", "point": "20"}, "reversed-range"),
        ("valuation.reported", {"currency": "USD", "basis": "b", "point": "9", "high": "8.5"}, "reversed-range"),
        (
            "remedy.offered",
            {"remedy_id": "r", "by": "x", "to": "y", "summary": "s", "duration_years": -1},
            "out-of-range",
        ),
    ],
)
def test_a_range_of_numbers_is_held_to_its_order(kind: str, data: dict[str, Any], code: str) -> None:
    assert faults(kind, data) == [code]


@pytest.mark.parametrize(
    ("sent", "changes"),
    [
        ({"type": "terms.changed", "data": {"term": "t", "to": 1, "until": "2020-09-10"}}, {"until": "2020-09-01"}),
        ({"type": "terms.changed", "data": {"term": "t", "to": 1, "until": "2020-09-10"}}, {"occurred": "2020-09-10"}),
        ({"type": "terms.changed", "data": {"term": "t", "to": 1, "until": "2020-09-10"}}, {"effective": "2020-09-11"}),
        ({"type": "approval.required", "data": {**REQUIRED, "max_days": 10}}, {"min_days": 11}),
    ],
)
def test_no_correction_makes_a_span_that_never_holds(
    http: httpx.Client, deal: str, sent: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert http.post(f"{deal}/events", json={"id": "aimed", "occurred": "2020-09-01", **sent}).status_code == 201
    data = {"event_id": "aimed", "cause": "recording_error", "changes": changes}
    answer = http.post(f"{deal}/events", json={"type": "record.corrected", "occurred": "2020-09-02", "data": data})
    (fault,) = refused(answer, 422, "invalid-input")["errors"]
    assert fault["code"] == "reversed-range"
