"""Corrections, voidings and reinstatements: what they change, and what they leave as it was."""

from typing import Any

import httpx

from tests.api.conftest import bid, refused

ONE_DAY = "2020-08-25"


def post(http: httpx.Client, deal: str, kind: str, occurred: str = "2020-09-01", **data: Any) -> str:
    """The id of a recorded event."""
    answer = http.post(f"{deal}/events", json={"type": kind, "occurred": occurred, "data": data})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["events"][0]["id"])


def correct(http: httpx.Client, deal: str, **changes: Any) -> str:
    return post(
        http, deal, "record.corrected", event_id="first-bid", changes=changes, cause="recording_error", reason="misread"
    )


def state(http: httpx.Client, deal: str, **params: Any) -> Any:
    return http.get(f"{deal}/state", params={"valid_at": ONE_DAY, **params}).json()


def test_a_correction_changes_the_past_as_known_now_and_leaves_what_was_known_before(
    http: httpx.Client, deal: str
) -> None:
    before = state(http, deal, known_version=2)
    correct(http, deal, bidders=["oracle", "walmart"])
    after = state(http, deal, known_version=2)
    assert after == before
    assert after["state_hash"] == before["state_hash"]
    assert state(http, deal)["bids"]["b1"]["bidders"] == ["oracle", "walmart"]
    assert state(http, deal)["state_hash"] != before["state_hash"]


def test_a_corrected_date_moves_its_event(http: httpx.Client, deal: str) -> None:
    correct(http, deal, occurred="2020-08-28")
    assert state(http, deal)["bids"] == {}
    assert "b1" in state(http, deal, known_version=2)["bids"]
    told = http.get(f"{deal}/revisions", params={"path": "/bids/b1/status", "valid_at": ONE_DAY}).json()
    [belief] = told["items"]
    assert (belief["value"], belief["to"] is not None) == ("live", True)


def test_a_corrected_effective_date_is_one_value_wherever_it_was_given(http: httpx.Client, deal: str) -> None:
    told = {"order_id": "o1", "kind": "directive", "issuer": "eu", "title": "An act"}
    for event_id, given in (("outside", {"effective": "2020-08-20"}), ("inside", {})):
        inner = {} if given else {"effective": "2020-08-20"}
        event = {"id": event_id, "type": "order.signed", "occurred": "2020-08-10", **given}
        body = {**event, "data": {**told, "order_id": event_id, **inner}}
        assert http.post(f"{deal}/events", json=body).status_code == 201
        changes = {"effective": "2020-09-20"}
        post(http, deal, "record.corrected", event_id=event_id, changes=changes, cause="recording_error")
        order = state(http, deal)["orders"][event_id]
        assert (order["effective"], order["status"]) == ("2020-09-20", "scheduled")


def test_a_correction_of_a_correction_names_the_original(http: httpx.Client, deal: str) -> None:
    first = correct(http, deal, bidders=["walmart"])
    event = {"event_id": first, "changes": {"bidders": ["x"]}, "cause": "recording_error"}
    body = {"type": "record.corrected", "occurred": "2020-09-02", "data": event}
    refused(http.post(f"{deal}/events", json=body), 422, "invalid-input")
    correct(http, deal, bidders=["twitter"])
    assert state(http, deal)["bids"]["b1"]["bidders"] == ["twitter"]


def test_a_voided_correction_corrects_no_more(http: httpx.Client, deal: str) -> None:
    first = correct(http, deal, bidders=["walmart"])
    post(http, deal, "record.voided", event_id=first, cause="recording_error", reason="it was right")
    assert state(http, deal)["bids"]["b1"]["bidders"] == ["oracle"]


def test_a_reinstated_event_is_true_again(http: httpx.Client, deal: str) -> None:
    post(http, deal, "record.voided", event_id="first-bid", cause="duplicate", reason="twice")
    assert state(http, deal)["bids"] == {}
    post(http, deal, "record.reinstated", event_id="first-bid", reason="it was not")
    assert state(http, deal)["bids"]["b1"]["status"] == "live"
    told = http.get(f"{deal}/events/first-bid/lineage").json()
    assert told["status"] == "stands"
    assert [step["type"] for step in told["steps"]] == ["record.voided", "record.reinstated"]
    assert (told["voiding"]["reason"], told["voiding"]["cause"]) == ("twice", "duplicate")
    assert told["reinstatement"]["reason"] == "it was not"


def test_the_lineage_of_an_event_says_who_changed_what_and_why(http: httpx.Client, deal: str) -> None:
    correction = correct(http, deal, bidders=["oracle", "walmart"])
    told = http.get(f"{deal}/events/first-bid/lineage").json()
    assert told["assertion"]["data"]["bidders"] == ["oracle"]
    assert told["status"] == "corrected"
    [step] = told["corrections"]
    assert (step["id"], step["reason"], step["recorded_by"], step["stands"]) == (correction, "misread", "local", True)
    assert told["reads"] == {"bidders": ["oracle", "walmart"]}
    assert http.get(f"{deal}/events/{correction}/lineage").json()["about"] == "first-bid"
    refused(http.get(f"{deal}/events/no-such/lineage"), 404, "unknown-event")


def test_a_deal_whose_opening_is_void_does_not_exist(http: httpx.Client, deal: str) -> None:
    opening = http.get(f"{deal}/events", params={"type": "deal.opened"}).json()["items"][0]["id"]
    post(http, deal, "record.voided", event_id=opening, cause="recording_error", reason="there never was one")
    for params in ({}, {"known_by": "published"}):
        told = state(http, deal, **params)
        assert (told["exists"], told["bids"]) == (False, {})
    assert state(http, deal, known_version=2)["exists"] is True


def test_before_its_first_event_a_deal_does_not_exist(http: httpx.Client, deal: str) -> None:
    post(
        http, deal, "record.corrected", "2020-01-01",
        event_id="first-bid", changes={"note": "seen"}, cause="recording_error",
    )  # fmt: skip
    told = http.get(f"{deal}/state", params={"valid_at": "2020-08-05"}).json()
    assert (told["exists"], told["status"], told["bids"]) == (False, None, {})


def test_what_was_always_so_was_public_with_its_event(http: httpx.Client, deal: str) -> None:
    http.post(f"{deal}/events", json=bid("b2", id="second-bid", published="2020-09-10"))
    changes = {"published": "2020-08-22"}
    post(http, deal, "record.corrected", "2024-01-01", event_id="second-bid", changes=changes, cause="recording_error")
    seen = {"known_by": "published", "known_at": "2020-08-25"}
    assert "b2" in state(http, deal, **seen)["bids"]
    assert "b2" not in state(http, deal, **{**seen, "known_version": 3})["bids"]


def test_a_memento_for_each_version(http: httpx.Client, deal: str) -> None:
    lines = http.get(f"{deal}/timemap")
    assert lines.headers["content-type"].startswith("application/link-format")
    links = lines.text.split(",\n")
    assert 'rel="original"' in links[0]
    assert 'rel="timegate"' in links[1]
    assert 'rel="first memento"' in links[3]
    assert 'rel="last memento"' in links[4]
    assert len(links) == 5


def test_a_time_gate_leads_to_the_nearest_memento(http: httpx.Client, deal: str) -> None:
    for wanted, version in (
        ("Tue, 15 Sep 1998 12:00:00 GMT", 1),
        ("Tue, 15 Sep 2099 12:00:00 GMT", 2),
        (None, 2),
    ):
        headers = {"Accept-Datetime": wanted} if wanted else {}
        answer = http.get(f"{deal}/timegate", headers=headers, follow_redirects=False)
        assert (answer.status_code, answer.headers["vary"].lower()) == (302, "accept-datetime")
        assert 'rel="original"' in answer.headers["link"]
        assert 'rel="timemap"' in answer.headers["link"]
        memento = http.get(answer.headers["location"])
        assert memento.json()["basis"]["known_version"] == version
    refused(http.get(f"{deal}/timegate", headers={"Accept-Datetime": "2020-09-15"}), 400, "bad-question")
