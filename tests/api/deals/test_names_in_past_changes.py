"""The last change of a deal on a past day, in lists."""

import httpx

OPENED = {"deal_id": "a", "title": "Harbour", "kind": "merger", "subject": "s", "occurred": "2020-01-01"}


def test_the_last_change_of_a_past_day_calls_the_parties_by_their_names(http: httpx.Client) -> None:
    assert http.post("/v1/deals", json=OPENED).status_code == 201
    joined = {"party_id": "acme", "name": "Acme Holdings", "role": "buyer"}
    stated = {"party_id": "acme", "issue": "sale", "stance": "support"}
    for day, kind, data in (("2020-02-01", "party.added", joined), ("2020-03-01", "position.stated", stated)):
        event = {"type": kind, "occurred": day, "data": data}
        assert http.post("/v1/deals/a/events", json=event).status_code == 201
    [deal] = http.get("/v1/deals?valid_at=2020-03-05&q=acme").json()["items"]
    assert deal["last_change"]["type"] == "position.stated"
    assert "Acme Holdings" in deal["last_change"]["text"]
