"""Posting events: what is answered, what is answered again, what is refused and how."""

import json
from typing import Any

import httpx
import pytest

from tests.api.conftest import bid, refused


@pytest.fixture(params=["directly", "by the framework"])
def http(http: httpx.Client, request: pytest.FixtureRequest) -> httpx.Client:
    """A client whose plain posts are answered directly, and one that sends a header by which none is plain."""
    if request.param != "directly":
        http.headers["X-Other"] = "1"
    return http


def test_an_event_is_answered_with_its_place(http: httpx.Client, deal: str) -> None:
    answer = http.post(f"{deal}/events", json=bid("b2", id="second-bid"))
    assert answer.status_code == 201
    told = answer.json()
    [event] = told["events"]
    assert (event["id"], event["type"], event["deal_id"]) == ("second-bid", "bid.submitted", "tiktok")
    assert (told["version"], told["position"], told["warnings"]) == (3, 3, [])
    assert answer.headers["location"] == f"{deal}/events/second-bid"
    assert answer.headers["etag"] == '"3"'
    assert http.get(answer.headers["location"]).json()["leaf_hash"] == event["leaf_hash"]


def test_an_event_without_an_id_gets_a_uuid_of_version_7(http: httpx.Client, deal: str) -> None:
    [event] = http.post(f"{deal}/events", json=bid("b2")).json()["events"]
    assert event["id"][14] == "7"
    assert event["id"][19] in "89ab"


def test_the_same_event_again_gets_the_first_answer(http: httpx.Client, deal: str) -> None:
    first = http.post(f"{deal}/events", json=bid("b2", id="e"))
    again = http.post(f"{deal}/events", json=bid("b2", id="e"), headers={"If-Match": '"2"'})
    assert again.status_code == 201
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert http.get(f"{deal}/state").json()["basis"]["known_version"] == 3


def test_other_content_under_the_same_id_is_refused(http: httpx.Client, deal: str) -> None:
    told = refused(http.post(f"{deal}/events", json=bid("other", id="first-bid")), 409, "duplicate-id")
    assert told["id"] == "first-bid"


def test_an_array_is_recorded_whole_or_not_at_all(http: httpx.Client, deal: str) -> None:
    bad = [bid("b2"), {**bid("b3"), "occurred": "2020-09-31"}, bid("b4")]
    told = refused(http.post(f"{deal}/events", json=bad), 422, "invalid-input")
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [("/1/occurred", "invalid-date")]
    assert http.get(f"{deal}/state").json()["basis"]["known_version"] == 2
    answer = http.post(f"{deal}/events", json=[bid("b2"), bid("b3")])
    assert [event["version"] for event in answer.json()["events"]] == [3, 4]


def test_an_array_may_mix_repeats_and_new_events(http: httpx.Client, deal: str) -> None:
    told = http.post(f"{deal}/events", json=[bid("b1", id="first-bid"), bid("b2")]).json()
    assert [event["version"] for event in told["events"]] == [2, 3]


def test_every_fault_is_told_with_its_pointer(http: httpx.Client, deal: str) -> None:
    sent = {
        "type": "bid.submitted", "ocurred": "2020-08-20", "rank": "first", "sources": [{"titel": "x"}],
        "data": {"bidders": "oracle", "price": {"amount": 1, "currency": "usd"}},
    }  # fmt: skip
    told = refused(http.post(f"{deal}/events", json=sent), 422, "invalid-input")
    assert {(each["pointer"], each["code"]) for each in told["errors"]} == {
        ("/occurred", "missing-field"), ("/ocurred", "unknown-field"), ("/rank", "invalid-type"),
        ("/sources/0/titel", "unknown-field"), ("/data/bid_id", "missing-field"), ("/data/bidders", "invalid-type"),
        ("/data/price/amount", "invalid-type"), ("/data/price/currency", "invalid-iso4217"),
    }  # fmt: skip
    assert next(each for each in told["errors"] if each["pointer"] == "/ocurred")["nearest"] == ["occurred"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed-json"),
        (b"", 400, "malformed-json"),
        (b'{"type": "bid.submitted", "type": "bid.submitted"}', 400, "malformed-json"),
        (b'{"type": "\xff"}', 400, "malformed-json"),
        (b"[" * 5000, 400, "malformed-json"),
        (b'"text"', 422, "invalid-input"),
        (b"[]", 422, "invalid-input"),
        (b"[[]]", 422, "invalid-input"),
        (b"null", 422, "invalid-input"),
        (b"{}", 422, "invalid-input"),
        (b'{"type": "bid.submited", "occurred": "2020", "data": {}}', 422, "invalid-input"),
    ],
)
def test_what_is_no_event_is_refused(http: httpx.Client, deal: str, body: bytes, status: int, code: str) -> None:
    refused(http.post(f"{deal}/events", content=body), status, code)


@pytest.mark.parametrize(
    "number", ["9007199254740993", "1e999", "NaN", "-Infinity", '"\\ud800"'], ids=["big", "inf", "nan", "-inf", "lone"]
)
def test_what_has_no_canonical_form_is_refused(http: httpx.Client, deal: str, number: str) -> None:
    sent = f'{{"type": "terms.changed", "occurred": "2020", "data": {{"term": "fee", "to": {number}}}}}'
    told = refused(http.post(f"{deal}/events", content=f"[{sent}]"), 422, "invalid-input")
    assert any(each["pointer"].startswith("/0/data") for each in told["errors"])


def test_null_is_absence_and_is_kept_as_sent(http: httpx.Client, deal: str) -> None:
    sent = bid("b2", id="nulls", actor=None, sources=None, published=None)
    sent["data"] |= {"price": None, "territories": None}
    assert http.post(f"{deal}/events", json=sent).status_code == 201
    held = http.get(f"{deal}/events/nulls").json()
    assert held["data"] == sent["data"]
    assert "sources" in held
    assert http.get(f"{deal}/state").status_code == 200


def test_a_list_that_may_be_absent_may_be_null(http: httpx.Client) -> None:
    opening = {"deal_id": "d", "title": "D", "kind": "merger", "subject": "x", "parties": None, "sources": None}
    assert http.post("/v1/deals", json=opening).status_code == 201
    assert http.get("/v1/deals/d/state").json()["parties"] == {}


def test_the_deal_of_the_path_is_meant(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events", json=bid("b2", deal_id="tiktok")).status_code == 201
    told = refused(http.post(f"{deal}/events", json=bid("b3", deal_id="other")), 422, "invalid-input")
    assert told["errors"][0]["pointer"] == "/deal_id"


def test_a_deal_that_was_not_opened_is_unknown(http: httpx.Client) -> None:
    refused(http.post("/v1/deals/none/events", json=bid()), 404, "unknown-deal")
    opening = {
        "type": "deal.opened", "occurred": "2020-08-06", "data": {"title": "N", "kind": "merger", "subject": "n"}
    }  # fmt: skip
    assert http.post("/v1/deals/none/events", json=[bid(), opening]).status_code == 201
    refused(http.post("/v1/deals/none/events", json=opening), 409, "deal-exists")


def test_an_unknown_reference_names_the_nearest(http: httpx.Client, deal: str) -> None:
    dated = {
        "deadline_id": "dl-divest",
        "obligation": "sell",
        "set_by": "us",
        "force": "political",
        "due": "2020-09-15",
    }
    http.post(f"{deal}/events", json={"type": "deadline.set", "occurred": "2020-08-14", "data": dated})
    moved = {"type": "deadline.met", "occurred": "2020-09-10", "data": {"deadline_id": "dl-divst"}}
    told = refused(http.post(f"{deal}/events", json=moved), 422, "unknown-reference")
    [fault] = told["errors"]
    assert (fault["pointer"], fault["nearest"]) == ("/data/deadline_id", ["dl-divest"])
    lenient = http.post(f"{deal}/events", json=moved, headers={"Prefer": "handling=lenient"})
    assert lenient.status_code == 201
    assert [each["code"] for each in lenient.json()["warnings"]] == ["unknown-reference"]


@pytest.mark.parametrize(
    "members", [{"\ud800": 1}, {"data": {"bid_id": "b", "bidders": ["x"], "\udfff": 1}}, {"summary": "\ud83d"}]
)
def test_a_lone_surrogate_is_refused_wherever_it_stands(http: httpx.Client, deal: str, members: dict[str, Any]) -> None:
    body = json.dumps({**bid(), "deal_id": "tiktok", **members}).encode()
    refused(http.post(f"{deal}/events", content=body), 422, "invalid-input")
    told = refused(http.post("/v1/imports", content=body), 422, "import-refused")
    assert [each["line"] for each in told["errors"]] == [1]


def test_a_correction_of_an_unknown_event_is_refused(http: httpx.Client, deal: str) -> None:
    voided = {"event_id": "nobody", "cause": "duplicate", "reason": "twice"}
    sent = {"type": "record.voided", "occurred": "2020-09-10", "data": voided}
    refused(http.post(f"{deal}/events", json=sent), 422, "unknown-event")


def test_a_stale_version_is_told_what_came_between(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events", json=bid("b2", id="between"), headers={"If-Match": '"2"'}).status_code == 201
    told = refused(http.post(f"{deal}/events", json=bid("b3"), headers={"If-Match": '"2"'}), 412, "stale-version")
    assert (told["expected"], told["current"]) == (2, 3)
    assert [each["id"] for each in http.get(told["between"]).json()["items"]] == ["between"]


def test_a_first_event_may_ask_to_be_the_first(http: httpx.Client, deal: str) -> None:
    refused(http.post(f"{deal}/events", json=bid("b3"), headers={"If-None-Match": "*"}), 412, "stale-version")
    opening = {"deal_id": "new", "title": "N", "kind": "merger", "subject": "n"}
    assert http.post("/v1/deals", json=opening, headers={"If-None-Match": "*"}).status_code == 201
    refused(http.post("/v1/deals/none/events", json=bid(), headers={"If-Match": "*"}), 412, "stale-version")


@pytest.mark.parametrize("headers", [{"If-Match": "two"}, {"If-None-Match": '"1"'}, {"Idempotency-Key": "x" * 300}])
def test_a_condition_that_cannot_be_read_is_refused(http: httpx.Client, deal: str, headers: dict[str, str]) -> None:
    refused(http.post(f"{deal}/events", json=bid("b2"), headers=headers), 400, "malformed-header")


def test_a_dry_run_says_the_answer_and_records_nothing(http: httpx.Client, deal: str) -> None:
    answer = http.post(f"{deal}/events", json=bid("b2", id="dry"), params={"dry_run": "true"})
    assert answer.status_code == 200
    assert answer.json()["version"] == 3
    assert http.get(f"{deal}/events/dry").status_code == 404
    refused(http.post(f"{deal}/events?dry_run=perhaps", json=bid("b2")), 400, "bad-question")


def test_a_key_makes_a_retry_safe_and_stands_for_one_body(http: httpx.Client, deal: str) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = http.post(f"{deal}/events", json=[bid("b2"), bid("b3")], headers=key)
    again = http.post(f"{deal}/events", json=[bid("b2"), bid("b3")], headers=key)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    for other in ([bid("b2")], bid("b2"), [bid("b2"), bid("b4")], [bid("b2"), bid("b3"), bid("b4")]):
        refused(http.post(f"{deal}/events", json=other, headers=key), 422, "idempotency-mismatch")
    assert http.get(f"{deal}/state").json()["basis"]["known_version"] == 4


def test_bodies_and_batches_have_limits(http: httpx.Client, deal: str) -> None:
    refused(http.post(f"{deal}/events", content=b" " * (1024 * 1024 + 1)), 413, "body-too-large")
    refused(http.post(f"{deal}/events", content=(b" " * 65536 for _ in range(32))), 413, "body-too-large")
    told = refused(http.post(f"{deal}/events", json=[bid(f"b{n}") for n in range(501)]), 422, "invalid-input")
    assert told["errors"][0]["code"] == "batch-too-large"
    heavy = bid("b2", sources=[{"title": "t" * 9000} for _ in range(7)])
    told = refused(http.post(f"{deal}/events", json=[bid("b3"), heavy]), 422, "invalid-input")
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [("/1", "too-large")]


def test_a_deal_is_opened_once(http: httpx.Client, deal: str) -> None:
    opening = {"deal_id": "tiktok", "title": "TikTok", "kind": "merger", "subject": "x"}
    refused(http.post("/v1/deals", json=opening), 409, "deal-exists")
    told = refused(http.post("/v1/deals", json={"titel": "x", "kind": "sale"}), 422, "invalid-input")
    assert {each["pointer"] for each in told["errors"]} == {"/deal_id", "/title", "/titel", "/subject", "/kind"}
    refused(http.post("/v1/deals", json={**opening, "data": {}}), 422, "invalid-input")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_event_never_changes(http: httpx.Client, deal: str, method: str) -> None:
    answer = http.request(method, f"{deal}/events/first-bid")
    told = refused(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD"
    assert "record.corrected" in told["detail"]
    assert http.request(method, f"{deal}/events").headers["allow"] == "GET, POST, HEAD"


def test_an_event_may_be_one_long_text_up_to_its_limit(http: httpx.Client, deal: str) -> None:
    def long(characters: int) -> dict[str, object]:
        return {"type": "context.noted", "occurred": "2020-09-01", "data": {"topic": "t", "text": "x" * characters}}

    assert http.post(f"{deal}/events", json=long(59 * 1024)).status_code == 201
    refused(http.post(f"{deal}/events", json=long(61 * 1024)), 422, "invalid-input")
