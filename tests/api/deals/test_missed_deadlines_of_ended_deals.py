"""Deadlines that were past due at the end of a deal are over; a deal whose end was erased can still be listed."""

from typing import Any

import httpx
import pytest

MISSED = {
    "id": "set", "type": "deadline.set", "occurred": "2020-08-10",
    "data": {
        "deadline_id": "dl", "obligation": "sell", "set_by": "us_president", "force": "legally_binding",
        "due": "2020-08-20",
    },
}  # fmt: skip
CLOSED = {"id": "end", "type": "deal.closed", "occurred": "2020-09-01", "data": {"effective": "2020-09-01"}}
ERASED = {
    "id": "gone", "type": "record.erased", "occurred": "2020-09-02",
    "data": {"event_id": "end", "legal_basis": "a court order", "by": "clerk"},
}  # fmt: skip


def listed(http: httpx.Client, query: str = "") -> list[dict[str, Any]]:
    answer = http.get(f"/v1/deadlines{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json().get("unreadable", []) == []
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("query", ["", "?valid_at=2020-10-01"])
def test_the_end_of_the_deal_takes_a_missed_deadline_off_the_list(http: httpx.Client, deal: str, query: str) -> None:
    assert http.post(f"{deal}/events", json=MISSED).status_code == 201
    assert [(each["deadline_id"], each["status"]) for each in listed(http, query)] == [("dl", "past_due")]
    assert http.post(f"{deal}/events", json=CLOSED).status_code == 201
    assert listed(http, query) == []


@pytest.mark.parametrize("query", ["", "?valid_at=2020-10-01"])
def test_one_of_a_deal_whose_end_was_erased_is_listed(http: httpx.Client, deal: str, query: str) -> None:
    for event in (MISSED, CLOSED, ERASED):
        answer = http.post(f"{deal}/events", json=event)
        assert answer.status_code == 201, answer.text
    assert [each["deadline_id"] for each in listed(http, query)] == ["dl"]
