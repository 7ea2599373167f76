"""Events that are about each other in a circle, or too often in turn, are refused wherever they are sent."""

from typing import Any

import httpx
import orjson
import pytest

from domain.decide import LONGEST_CHAIN
from tests.api.conftest import bid, refused
from tests.api.events.test_voiding_refusals import record

Events = list[dict[str, Any]]

ITSELF: Events = [record("voided", "v1", "v1")]
EACH_OTHER: Events = [record("voided", "v1", "r1"), record("reinstated", "r1", "v1")]
CORRECTION: Events = [record("corrected", "c1", "v1", changes={"reason": "r"}), record("voided", "v1", "c1")]
ERASURE: Events = [
    record("voided", "v1", "x1"),
    {**record("erased", "x1", "v1"), "data": {"event_id": "v1", "legal_basis": "r"}},
]
LONG: Events = [record("voided", f"v{n}", f"v{(n + 1) % 500}") for n in range(500)]
CIRCLES = [ITSELF, EACH_OTHER, CORRECTION, ERASURE, LONG]


@pytest.mark.parametrize("events", CIRCLES)
def test_a_circle_is_refused_and_the_log_goes_on(http: httpx.Client, deal: str, events: Events) -> None:
    for sent in (events, events[::-1]):
        told = refused(http.post(f"{deal}/events", json=sent), 422, "invalid-input")
        assert told["errors"][0]["code"] == "event-chain"
    assert http.post(f"{deal}/events", json=bid("b9")).status_code == 201


def test_a_voiding_of_a_voiding_is_taken_as_often_as_the_record_may_need_it(http: httpx.Client, deal: str) -> None:
    events = [bid("b9", id="v0"), *(record("voided", f"v{n}", f"v{n - 1}") for n in range(1, LONGEST_CHAIN + 1))]
    assert http.post(f"{deal}/events", json=events[:-1]).status_code == 201
    assert http.post(f"{deal}/events", json=events[-1]).status_code == 422
    assert http.get(f"{deal}/state").status_code == 200


@pytest.mark.parametrize("events", CIRCLES[:-1])
def test_a_circle_is_refused_as_an_assumption(http: httpx.Client, deal: str, events: Events) -> None:
    told = http.post(f"{deal}/what-if", json={"events": events})
    assert told.status_code == 422, "the first names an event that is not known yet, or itself"


@pytest.mark.parametrize("events", CIRCLES)
def test_an_import_of_a_circle_is_refused(http: httpx.Client, deal: str, events: Events) -> None:
    told = refused(http.post("/v1/imports", content=lines_of(events)), 422, "import-refused")
    assert told["errors"][0]["code"] == "event-chain"


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_about_a_refused_line_is_refused_with_it(http: httpx.Client, deal: str, order: int) -> None:
    """Before or after it: else an event that is recorded with that id later would be void from its beginning."""
    wrong = bid("b9", id="v0", occurred="2020-09-02", data={"bid_id": "b9"}, effective="no date")
    for refused_one in (wrong, record("voided", "v0", "nowhere")):
        sent = [refused_one, *(record("voided", f"v{n}", f"v{n - 1}") for n in range(1, 4)), bid("good", id="good")]
        told = http.post("/v1/imports?partial=true", content=lines_of(sent[::order])).json()
        assert told["errors_total"] == 4
    later = bid("b9", id="v0")
    assert http.post(f"{deal}/events", json=later).status_code == 201
    assert "b9" in http.get(f"{deal}/state").json()["bids"]


@pytest.mark.parametrize("events", CIRCLES[:-1])
def test_what_is_about_a_circle_is_refused_with_it(http: httpx.Client, deal: str, events: Events) -> None:
    content = lines_of([*events, record("voided", "on", "v1"), bid("good")])
    told = http.post("/v1/imports?partial=true", content=content).json()
    assert (told["recorded"], told["errors_total"]) == (1, len(events) + 1)
    assert {each["code"] for each in told["errors"]} <= {"event-chain", "unknown-event"}


def lines_of(events: Events) -> bytes:
    return b"\n".join(orjson.dumps({**each, "deal_id": "tiktok"}) for each in events)
