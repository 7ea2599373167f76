"""An Idempotency-Key is bound to one body, with any ids of its events."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.api.conftest import bid, refused

MISMATCH = (422, "idempotency-mismatch")


def key(text: str) -> dict[str, str]:
    return {"Idempotency-Key": text}


OWN = bid("b2", id="e2")
BODIES = {
    "an event with an id": OWN,
    "an array of events with ids": [OWN, bid("b3", id="e3")],
    "an array with and without ids": [OWN, bid("b3")],
    "an event without id": bid("b2"),
}
OTHERS = {
    "another event with an id": bid("b9", id="e9"),
    "the same id, other content": bid("b8", id="e2"),
    "one more event": [OWN, bid("b3", id="e3"), bid("b4", id="e4")],
    "another event without id": bid("b9"),
    "the events in another order": [bid("b3", id="e3"), OWN],
}


@pytest.mark.parametrize("first", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_a_used_key_with_another_body_is_refused(http: httpx.Client, deal: str, first: Any, other: Any) -> None:
    assert http.post(f"{deal}/events", json=first, headers=key("k")).status_code == 201
    refused(http.post(f"{deal}/events", json=other, headers=key("k")), *MISMATCH)
    again = http.post(f"{deal}/events", json=first, headers=key("k"))
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")


def test_a_key_is_used_once_across_deals_and_routes(http: httpx.Client, deal: str) -> None:
    opening = {"deal_id": "other", "title": "O", "kind": "merger", "subject": "x", "occurred": "2020-08-06", "id": "o"}
    assert http.post("/v1/deals", json=opening, headers=key("k")).status_code == 201
    assert http.post("/v1/deals", json=opening, headers=key("k")).headers["idempotency-replayed"] == "true"
    refused(http.post(f"{deal}/events", json=OWN, headers=key("k")), *MISMATCH)
    refused(http.post("/v1/deals", json={**opening, "deal_id": "third", "id": "t"}, headers=key("k")), *MISMATCH)


def test_a_key_that_only_repeated_events_is_used(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events", json=OWN).status_code == 201
    assert http.post(f"{deal}/events", json=OWN, headers=key("k")).status_code == 201
    refused(http.post(f"{deal}/events", json=bid("b9", id="e9"), headers=key("k")), *MISMATCH)


def test_what_was_refused_or_a_dry_run_leaves_the_key_free(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events?dry_run=true", json=bid("b9", id="e9"), headers=key("k")).status_code == 200
    assert http.post(f"{deal}/events", json=bid("b9", id="first-bid"), headers=key("k")).status_code == 409
    assert http.post(f"{deal}/events", json=OWN, headers=key("k")).status_code == 201
    refused(http.post(f"{deal}/events?dry_run=true", json=bid("b9", id="e9"), headers=key("k")), *MISMATCH)


@pytest.mark.parametrize("same", ['"k"', " k ", '"k";purpose=retry', "k"])
def test_a_key_is_the_same_with_and_without_its_quotes(http: httpx.Client, deal: str, same: str) -> None:
    first = http.post(f"{deal}/events", json=bid("b2"), headers=key("k")).json()
    again = http.post(f"{deal}/events", json=bid("b2"), headers=key(same))
    assert (again.json(), again.headers.get("idempotency-replayed")) == (first, "true")


def test_quotes_inside_a_key_are_escaped(http: httpx.Client, deal: str) -> None:
    first = http.post(f"{deal}/events", json=bid("b2"), headers=key(r'"a\"b\\c"')).json()
    assert http.post(f"{deal}/events", json=bid("b2"), headers=key(r'a"b\c')).json() == first


@pytest.mark.parametrize("text", ['"open', '"', '""', "", '"a"b', r'"a\x"', "k" * 256])
def test_a_key_that_cannot_be_read_is_refused(http: httpx.Client, deal: str, text: str) -> None:
    refused(http.post(f"{deal}/events", json=bid("b2"), headers=key(text)), 400, "malformed-header")


def test_of_many_bodies_under_one_key_at_once_one_is_recorded(http: httpx.Client, deal: str) -> None:
    def post(number: int) -> int:
        return http.post(f"{deal}/events", json=bid(f"n{number}", id=f"n{number}"), headers=key("k")).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(post, range(16)))
    assert sorted(statuses) == [201, *[422] * 15]
    assert http.get(f"{deal}/state").json()["basis"]["known_version"] == 3


def test_an_erased_event_sent_again_under_its_key_is_told_apart_from_another_body(
    http: httpx.Client, deal: str
) -> None:
    assert http.post(f"{deal}/events", json=OWN, headers=key("k")).status_code == 201
    erasure = {"type": "record.erased", "occurred": "2020-10-01", "data": {"event_id": "e2", "legal_basis": "GDPR"}}
    assert http.post(f"{deal}/events", json=erasure).status_code == 201
    told = refused(http.post(f"{deal}/events", json=OWN, headers=key("k")), 409, "erased")
    assert "erased" in told["detail"]
