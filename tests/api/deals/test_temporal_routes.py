"""Bitemporal queries over HTTP: each is answered, and an invalid one is refused."""

import httpx
import pytest

from tests.api.conftest import bid, refused


@pytest.fixture
def dated(http: httpx.Client, deal: str) -> str:
    """A deal with a deadline that was moved once."""
    held = {"deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "legally_binding", "due": "2020-11-12"}
    moved = {"deadline_id": "dl", "by": "cfius", "new_due": "2020-11-27"}
    sent = [
        {"id": "set", "type": "deadline.set", "occurred": "2020-08-14", "data": held},
        {"id": "moved", "type": "deadline.extended", "occurred": "2020-11-12", "data": moved},
    ]
    assert http.post(f"{deal}/events", json=sent).status_code == 201
    return deal


def test_a_difference_tells_what_happened_and_what_lapsed(http: httpx.Client, dated: str) -> None:
    asked = {"from_valid": "2020-11-11", "to_valid": "2020-12-01"}
    told = http.get(f"{dated}/diff", params=asked).json()
    assert any(each["path"] == "/deadlines/dl/due" and each["because"] == ["moved"] for each in told["happened"])
    assert any(each["path"] == "/deadlines/dl/status" for each in told["lapsed"])
    assert told["learned"] == []
    refused(http.get(f"{dated}/diff?from_valid=soon"), 400, "bad-question")


def test_a_history_is_told_by_stretches(http: httpx.Client, dated: str) -> None:
    told = http.get(f"{dated}/history?path=/deadlines/dl/due").json()
    assert [each["value"] for each in told["items"]][-2:] == ["2020-11-12", "2020-11-27"]
    revised = http.get(f"{dated}/revisions?path=/deadlines/dl/due&valid_at=2020-12-01").json()
    assert revised["items"][-1]["value"] == "2020-11-27"
    refused(http.get(f"{dated}/history?path=/deadlines/dl/days_left"), 400, "bad-question")
    refused(http.get(f"{dated}/history?path=/deadlines/dx/due"), 404, "unknown-path")
    refused(http.get(f"{dated}/history"), 400, "bad-question")


def test_the_first_time_a_condition_held_is_found(http: httpx.Client, dated: str) -> None:
    told = http.get(f"{dated}/first", params={"path": "/deadlines/dl/due", "op": "ge", "value": "2020-11-20"}).json()
    assert told["because"] == ["moved"]
    refused(http.get(f"{dated}/first?path=/phase&op=like&value=1"), 400, "bad-question")


def test_a_digest_tells_what_is_new(http: httpx.Client, dated: str) -> None:
    told = http.get(f"{dated}/digest?since_version=3").json()
    assert any("27 Nov 2020" in each["text"] for each in told["items"])
    refused(http.get(f"{dated}/digest"), 400, "bad-question")


def test_a_hypothesis_is_answered_and_not_stored(http: httpx.Client, dated: str) -> None:
    moved = {"deadline_id": "dl", "by": "cfius", "new_due": "2020-12-04"}
    more = {"type": "deadline.extended", "occurred": "2020-11-26", "data": moved}
    answer = http.post(f"{dated}/what-if", json={"valid_at": "2020-11-26", "events": [more]})
    assert answer.json()["state"]["deadlines"]["dl"]["due"] == "2020-12-04"
    assert http.get(f"{dated}/state?valid_at=2020-11-26").json()["deadlines"]["dl"]["due"] == "2020-11-27"
    told = refused(http.post(f"{dated}/what-if", json={"valid": 1, "events": [bid(), {}]}), 422, "invalid-input")
    assert {"/valid", "/events/1/type"} <= {each["pointer"] for each in told["errors"]}
    refused(http.post(f"{dated}/what-if", json={"events": []}), 422, "invalid-input")
    refused(http.post("/v1/deals/none/what-if", json={"events": [bid()]}), 404, "unknown-deal")


def test_the_lineage_of_an_event_is_told(http: httpx.Client, dated: str) -> None:
    voided = {"event_id": "moved", "cause": "duplicate", "reason": "twice"}
    http.post(f"{dated}/events", json={"id": "void", "type": "record.voided", "occurred": "2020-12-01", "data": voided})
    told = http.get(f"{dated}/events/moved/lineage").json()
    assert told["assertion"]["id"] == "moved"
    assert told["voiding"]["id"] == "void"
    refused(http.get(f"{dated}/events/none/lineage"), 404, "unknown-event")


def test_the_difference_that_an_event_made_is_that_of_its_day(http: httpx.Client, dated: str) -> None:
    told = http.get(f"{dated}/events/moved/diff").json()
    assert told["from"]["valid_at"] == told["to"]["valid_at"] == "2020-11-12T23:59:59.999999Z"
    assert told["to"]["known_version"] - told["from"]["known_version"] == 1
    assert told["happened"] == told["lapsed"] == []
    due = next(each for each in told["learned"] if each["path"] == "/deadlines/dl/due")
    assert (due["from"], due["to"], due["because"]) == ("2020-11-12", "2020-11-27", ["moved"])
    opened = http.get(f"{dated}/events").json()["items"][0]["id"]
    assert http.get(f"{dated}/events/{opened}/diff").json()["from"]["known_version"] == 0
    refused(http.get(f"{dated}/events/none/diff"), 404, "unknown-event")
    refused(http.get("/v1/deals/none/events/moved/diff"), 404, "unknown-deal")


def test_a_time_gate_leads_to_a_memento(http: httpx.Client, dated: str) -> None:
    gate = http.get(f"{dated}/timegate", headers={"Accept-Datetime": "Tue, 15 Sep 2020 12:00:00 GMT"})
    assert gate.status_code == 302
    assert gate.headers["location"].endswith("/v1/deals/tiktok/state?known_version=1")
    assert http.get(gate.headers["location"]).json()["basis"]["known_version"] == 1
    mapped = http.get(f"{dated}/timemap")
    assert mapped.headers["content-type"] == "application/link-format"
    assert mapped.text.count("memento") >= 4
    refused(http.get(f"{dated}/timegate", headers={"Accept-Datetime": "yesterday"}), 400, "bad-question")


def test_a_replay_is_told_as_lines_as_a_page_or_as_a_table(http: httpx.Client, dated: str) -> None:
    told = http.get(f"{dated}/replay")
    assert told.headers["content-type"] == "application/x-ndjson"
    assert told.text.count("\n") == 5
    assert http.get(f"{dated}/replay?to_version=2").text.count("\n") == 3
    assert "<html" in http.get(f"{dated}/replay", headers={"Accept": "text/html"}).text
    assert http.get(f"{dated}/replay", headers={"Accept": "text/csv"}).text.startswith("\ufeffversion,")
    refused(http.get(f"{dated}/replay?to_version=99"), 404, "beyond-the-end")


def test_the_permalink_of_a_state_gives_the_same_answer(http: httpx.Client, dated: str) -> None:
    for asked in (
        "",
        "?valid_at=2020-11-20",
        "?known_version=2",
        "?valid_at=2020-11-20&known_by=published&layer=facts",
    ):
        told = http.get(f"{dated}/state{asked}").json()
        assert http.get(told["basis"]["permalink"]).json() == told
