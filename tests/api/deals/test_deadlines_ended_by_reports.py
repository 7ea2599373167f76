"""A deadline that a report alone has ended: by facts it is still the next one, and lists say so."""

import httpx

DEADLINE = {
    "type": "deadline.set", "occurred": "2020-08-10",
    "data": {
        "deadline_id": "dl", "obligation": "sell", "set_by": "us_president", "force": "legally_binding",
        "due": "2050-08-20", "order_id": "order",
    },
}  # fmt: skip
REVOKED = {
    "type": "order.revoked", "occurred": "2020-08-14", "attribution": "anonymous_single", "actor": "us_president",
    "data": {"order_id": "order", "by": "us_president"},
}  # fmt: skip


def test_a_deal_whose_next_deadline_a_report_has_ended_is_listed(http: httpx.Client, deal: str) -> None:
    lenient = {"Prefer": "handling=lenient"}
    for event in (DEADLINE, REVOKED):
        assert http.post(f"{deal}/events", json=event, headers=lenient).status_code == 201
    state = http.get(f"{deal}/state").json()
    assert state["deadlines"]["dl"]["status"] == "withdrawn"
    assert state["next_deadline"]["any"] == "dl"
    answer = http.get("/v1/deals")
    assert answer.status_code == 200, answer.text
    assert [each["next_deadline"]["any"] for each in answer.json()["items"]] == ["dl"]
    assert [each["deal_id"] for each in http.get("/v1/deals?order=due").json()["items"]] == [deal.rpartition("/")[2]]
