"""Explaining an invalid body costs a bounded amount of work, for any body, and delays no other request."""

from typing import Any

import httpx
import pytest

from api import limits
from api.events import decoding, validation_errors
from domain.fields import field_names
from domain.nearest_names import nearest
from tests.api.conftest import bid, refused

MANY = {f"member-{n}": n for n in range(40_000)}


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/deals/tiktok/events", bid("b2", **MANY)),
        ("/v1/deals/tiktok/events", {**bid("b2"), "data": MANY}),
        ("/v1/deals/tiktok/events", {**bid("b2"), "data": {"bid_id": "b2", "bidders": list(range(150_000))}}),
        ("/v1/deals/tiktok/events", {**bid("b2"), "sources": [{"a": 1, "b": 2, "c": 3}] * 30_000}),
        ("/v1/deals/tiktok/events", [{"type": "bid.submited"}] * 500),
        ("/v1/deals/tiktok/events", [{f"m{n}": 1 for n in range(200)}] * 300),
        ("/v1/deals/tiktok/what-if", {"events": [bid("b2", **MANY)]}),
        ("/v1/deals/tiktok/what-if", {"events": [bid("b2")], **MANY}),
        ("/v1/deals/tiktok/what-if", {"events": [{"type": "bid.submited"}] * 500}),
        ("/v1/keys", {"principal": "desk", "role": "reader", **MANY}),
        ("/v1/webhooks", {"url": "https://example.org/", **MANY}),
        ("/v1/webhooks", {"url": "https://example.org/", "types": list(range(100))}),
        ("/v1/deals", {"deal_id": "d", **MANY}),
    ],
)
def test_faults_without_number_are_listed_up_to_a_bound_and_counted(
    http: httpx.Client, deal: str, path: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sought: list[str] = []
    explained: list[object] = []

    def counted(name: str, candidates: Any, **bounds: Any) -> tuple[str, ...]:
        sought.append(name)
        return nearest(name, candidates, **bounds)

    before = validation_errors._fault
    monkeypatch.setattr(validation_errors, "nearest", counted)
    monkeypatch.setattr(field_names, "nearest", counted)
    monkeypatch.setattr(
        validation_errors, "_fault", lambda error, *about: explained.append(error) or before(error, *about)
    )
    told = refused(http.post(path, json=body), 422, "invalid-input")
    assert 0 < len(told["errors"]) <= limits.ERRORS_LISTED
    assert len(sought) <= limits.ERRORS_LISTED
    assert len(explained) <= 2 * limits.ERRORS_LISTED
    assert len(told["detail"]) < 2_000


def test_what_was_not_looked_at_is_counted(http: httpx.Client, deal: str) -> None:
    told = refused(http.post(f"{deal}/events", json=bid("b2", **MANY)), 422, "invalid-input")
    assert told["errors"][-1]["code"] == "not-looked-at"
    assert told["errors_total"] == len(MANY)
    faults = validation_errors.explain(bid("b2", **MANY), "tiktok")
    assert faults[-1].code == "not-looked-at"
    assert faults[-1].detail.startswith(f"{len(MANY) - limits.FAULTS_EXPLAINED} further")


def test_a_missing_field_is_told_beside_any_number_of_unknown_ones(http: httpx.Client, deal: str) -> None:
    sent = {**MANY, "type": "bid.submitted", "data": {"bidders": ["oracle"], **MANY}}
    codes = {fault.code for fault in validation_errors.explain(sent, "tiktok")}
    assert {"unknown-field", "missing-field"} <= codes


def test_a_refused_body_is_explained_off_the_event_loop() -> None:
    with pytest.raises(decoding.NotExplained):
        decoding.read_events(b'{"type": "bid.submited"}', "tiktok", explaining=False)


@pytest.mark.parametrize("body", [b"[" * 500_000, b'{"a":' * 150_000, b"[" * 100_000 + b"]" * 100_000])
def test_what_is_nested_without_end_is_malformed(http: httpx.Client, deal: str, body: bytes) -> None:
    refused(http.post(f"{deal}/events", content=body), 400, "malformed-json")


def test_a_free_value_that_is_nested_too_deep_is_refused(http: httpx.Client, deal: str) -> None:
    changed = {"type": "terms.changed", "occurred": "2020", "data": {"term": "fee", "to": deep(400)}}
    assert http.post(f"{deal}/events", json=changed).status_code in (400, 422)


def test_a_valuation_whose_ends_are_no_numbers_is_refused_and_not_compared(http: httpx.Client, deal: str) -> None:
    for high in ("much", "NaN"):
        ends = {"currency": "USD", "basis": "estimate", "low": "5", "high": high}
        answer = http.post(
            f"{deal}/events", json={"type": "valuation.reported", "occurred": "2020-09-01", "data": ends}
        )
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/data/high")
