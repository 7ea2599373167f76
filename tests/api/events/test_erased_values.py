"""What an erased event had set reads [erased], with its cause: never an older value, never null, never an anomaly."""

from typing import Any

import httpx
import jsonpatch
import orjson
import pytest

ERASED = "[erased]"
SET = {"deadline_id": "d1", "obligation": "close", "set_by": "court", "force": "contractual", "due": "2020-06-01"}


@pytest.fixture
def post(http: httpx.Client):
    """Records events of the deal `d`, opened on 1 January 2020; each a type, an id, a day and data."""
    opening = {"deal_id": "d", "title": "Secret", "kind": "merger", "subject": "target", "tz": "America/New_York"}
    assert http.post("/v1/deals", json={**opening, "occurred": "2020-01-01", "id": "opened"}).status_code == 201

    def posted(kind: str, event_id: str, occurred: str, data: dict[str, Any], **members: Any) -> httpx.Response:
        event = {"type": kind, "id": event_id, "occurred": occurred, "data": data, **members}
        answer = http.post("/v1/deals/d/events", json=event)
        assert answer.status_code == 201, answer.text
        return answer

    return posted


@pytest.fixture
def erase(post):
    def erased(event_id: str) -> None:
        post("record.erased", f"x-{event_id}", "2020-12-01", {"event_id": event_id, "legal_basis": "GDPR Art. 17"})

    return erased


def state(http: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = http.get("/v1/deals/d/state", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_what_two_names_lead_to_keeps_both_when_it_was_erased(http, post, erase):
    post("position.stated", "p", "2020-02-01", {"party_id": "seller", "issue": "price", "stance": "support"})
    post("assessment.recorded", "a", "2020-02-02", {"subject": "d", "measure": "odds", "value": 0.7})
    erase("p")
    erase("a")
    told = state(http)
    assert list(told["stances"]) == ["seller"]
    assert list(told["stances"]["seller"]) == ["price"]
    assert told["stances"]["seller"]["price"]["stated"]["stance"] == ERASED
    assert list(told["assessments"]) == ["d"]
    assert list(told["assessments"]["d"]) == ["odds"]
    assert told["assessments"]["d"]["odds"]["value"] == ERASED


def test_a_deadline_whose_setting_was_erased_has_no_date_and_blames_nobody(http, post, erase):
    post("deadline.set", "s", "2020-02-01", SET)
    post("deadline.reaffirmed", "r", "2020-03-01", {"deadline_id": "d1", "by": "court"})
    erase("s")
    for at in ("2020-04-01", "2021-01-01"):
        told = state(http, valid_at=at)
        entry = told["deadlines"]["d1"]
        assert {entry[name] for name in ("obligation", "set_by", "force", "due", "days_left", "status")} == {ERASED}
        assert {"s", "x-s"} <= set(entry["because"])
        assert entry["reaffirmed_count"] == 1
        assert (told["anomalies"], told["unknowns"], told["next_deadline"].get("overdue", [])) == ([], [], [])
    assert told["next_deadline"]["binding"] == ERASED
    listed = http.get("/v1/deadlines", params={"valid_at": "2020-04-01"}).json()["items"]
    assert [(each["deadline_id"], each["due"], each["days_left"]) for each in listed] == [("d1", ERASED, ERASED)]
    assert b"VEVENT" not in http.get("/v1/deals/d/calendar.ics").content


def test_an_erased_extension_leaves_no_date_until_another_sets_one(http, post, erase):
    post("deadline.set", "s", "2020-02-01", SET)
    post("deadline.extended", "e", "2020-05-01", {"deadline_id": "d1", "by": "court", "new_due": "2020-08-01"})
    erase("e")
    told = state(http, valid_at="2020-07-01")
    entry = told["deadlines"]["d1"]
    assert (entry["due"], entry["status"], entry["extension"]["used"]) == (ERASED, ERASED, ERASED)
    assert (entry["first_due"], entry["obligation"]) == ("2020-06-01", "close")
    assert "2020-08-01" not in orjson.dumps(told).decode()
    assert (told["next_deadline"].get("overdue", []), told["conflicts"], told["anomalies"]) == ([], [], [])
    assert state(http, valid_at="2020-04-30")["deadlines"]["d1"]["due"] == "2020-06-01"
    post("deadline.extended", "e2", "2020-07-02", {"deadline_id": "d1", "by": "court", "by_days": 10})
    assert state(http, valid_at="2020-07-03")["deadlines"]["d1"]["due"] == ERASED
    post("deadline.extended", "e3", "2020-07-04", {"deadline_id": "d1", "by": "court", "new_due": "2020-10-01"})
    assert state(http, valid_at="2020-07-05")["deadlines"]["d1"]["due"] == "2020-10-01"


def test_an_erased_correction_does_not_bring_back_what_it_corrected(http, post, erase):
    post("deadline.set", "s", "2020-02-01", SET)
    change = {"event_id": "s", "changes": {"due": "2020-07-01", "obligation": "sell"}, "cause": "recording_error"}
    version = post("record.corrected", "c", "2020-03-01", change).json()["version"]
    erase("c")
    for asked in ({}, {"known_version": version}):
        entry = state(http, valid_at="2020-02-02", **asked)["deadlines"]["d1"]
        assert (entry["due"], entry["obligation"], entry["set_by"]) == (ERASED, ERASED, "court")
        assert {"c", "x-c"} <= set(entry["because"])
    before = state(http, valid_at="2020-02-02", known_version=version - 1)["deadlines"]["d1"]
    assert (before["due"], before["obligation"]) == ("2020-06-01", "close")


def test_an_erased_term_shows_neither_its_value_nor_the_one_before(http, post, erase):
    for number, day in ((1, "2020-02-01"), (2, "2020-03-01"), (3, "2020-04-01")):
        post("terms.changed", f"t{number}", day, {"term": "fee", "to": {"amount": str(number), "currency": "USD"}})
    erase("t2")
    values = {
        at: state(http, valid_at=at)["terms"]["fee"]["value"] for at in ("2020-02-15", "2020-03-15", "2020-04-15")
    }
    one, two, three = values.values()
    assert (one["amount"], two, three["amount"]) == ("1", ERASED, "3")
    told = http.get("/v1/deals/d/history", params={"path": "/terms/fee/value"}).json()["items"]
    assert [(each["from"], each["value"]) for each in told][1] == ("2020-03-01", ERASED)
    assert told[1]["because"] == ["t2", "x-t2"]
    asked = {"from_valid": "2020-02-15", "to_valid": "2020-03-15"}
    [change] = [
        each
        for each in http.get("/v1/deals/d/diff", params=asked).json()["happened"]
        if each["path"] == "/terms/fee/value"
    ]
    assert (change["to"], set(change["because"]) <= {"t2", "x-t2"}) == (ERASED, True)
    first = {"path": "/terms/fee/value", "op": "eq", "value": '"[erased]"'}
    assert http.get("/v1/deals/d/first", params=first).json()["at"] == "2020-03-01"


def test_the_erasure_of_the_opening_keeps_the_deal_its_kind_and_its_zone(http, post, erase):
    erase("opened")
    told = state(http, valid_at="2020-02-01")
    assert (told["exists"], told["status"]["value"], told["phase"]) == (True, "open", "exploratory")
    deal = told["deal"]
    assert (deal["title"], deal["subject"], deal["kind"], deal["tz"]) == (ERASED, ERASED, "merger", "America/New_York")
    [row] = http.get("/v1/deals").json()["items"]
    assert (row["title"], row["kind"]) == (ERASED, "merger")


def test_an_erased_voiding_does_not_bring_the_event_back(http, post, erase):
    post("deadline.set", "s", "2020-02-01", SET)
    post("record.voided", "v", "2020-02-02", {"event_id": "s", "cause": "duplicate", "reason": "a name"})
    erase("v")
    assert "d1" not in state(http, valid_at="2020-03-01")["deadlines"]


def test_an_erased_report_is_no_fact(http, post, erase):
    post("bid.submitted", "b", "2020-02-01", {"bid_id": "b1", "bidders": ["oracle"]}, attribution="anonymous_single")
    erase("b")
    assert state(http, valid_at="2020-03-01")["bids"]["b1"]["layer"] == "reported"
    assert state(http, valid_at="2020-03-01", layer="facts")["bids"] == {}


def test_the_patches_of_a_replay_add_up_with_erased_values_in_them(http, post, erase):
    post("deadline.set", "s", "2020-02-01", SET)
    post("deadline.extended", "e", "2020-05-01", {"deadline_id": "d1", "by": "court", "new_due": "2020-08-01"})
    change = {"event_id": "s", "changes": {"obligation": "sell"}, "cause": "recording_error"}
    post("record.corrected", "c", "2020-05-02", change)
    erase("e")
    erase("c")
    *steps, _ = map(orjson.loads, http.get("/v1/deals/d/replay").content.strip().split(b"\n"))
    document: dict[str, Any] = {}
    for step in steps:
        document = jsonpatch.apply_patch(document, step["changes"])
    assert document["deadlines"]["d1"]["due"] == ERASED
    assert document["deadlines"]["d1"]["obligation"] == ERASED
    assert state(http)["state_hash"] == steps[-1]["state_hash"]


def test_a_blocker_whose_clearing_was_erased_says_that_nobody_can_know(http, post, erase):
    data = {"approval_id": "a1", "authority": "cfius", "jurisdiction": "US", "subject": "deal"}
    post("approval.required", "r", "2020-02-01", data)
    post("approval.granted", "g", "2020-03-01", {"approval_id": "a1"})
    erase("g")
    told = state(http, valid_at="2020-04-01")
    assert told["approvals"]["a1"]["status"] == ERASED
    assert [each["severity"] for each in told["blockers"] if each["id"] == "a1"] == [ERASED]
    assert "pending" not in {each.get("status") for each in told["blockers"]}


BID = {"bid_id": "b", "bidders": ["alpha"]}
REAFFIRMED = {"deadline_id": "d1", "by": "court"}
LATER = {"deadline_id": "d1", "by": "court", "new_due": "2020-10-01"}


@pytest.mark.parametrize(
    ("events", "paths"),
    [
        ([("bid.revised", {"bid_id": "b", "changes": {"partners": "p"}})] * 2, ["/bids/b/version"]),
        (
            [("bid.consortium_changed", {"bid_id": "b", "joined": [joined]}) for joined in ("gamma", "delta")],
            ["/bids/b/bidders"],
        ),
        ([("deadline.reaffirmed", REAFFIRMED)] * 2, ["/deadlines/d1/reaffirmed_count"]),
        (
            [("deadline.extended", {**LATER, "new_due": "2020-08-01"}), ("deadline.extended", LATER)],
            ["/deadlines/d1/extension/times", "/deadlines/d1/extension/used"],
        ),
        ([("pressure.escalated", {"pressure_id": "p"})] * 2, ["/pressures/p/level"]),
        ([("party.added", {"party_id": "alpha", "name": "A", "role": role}) for role in ("buyer", "lender")],
         ["/parties/alpha/roles"]),
    ],
)  # fmt: skip
def test_a_value_that_was_built_on_an_erased_one_stays_erased(http, post, erase, events, paths):
    post("deadline.set", "s", "2020-02-01", SET)
    post("bid.submitted", "b", "2020-02-01", BID)
    post("pressure.started", "p", "2020-02-01", {"pressure_id": "p", "kind": "strike", "by": "alpha"})
    for (kind, data), name, day in zip(events, ("first", "second"), ("2020-03-01", "2020-04-01"), strict=True):
        post(kind, name, day, data)
    erase("first")
    told = state(http, valid_at="2020-05-01")
    assert [jsonpatch.JsonPointer(path).resolve(told) for path in paths] == [ERASED] * len(paths)
    before = state(http, valid_at="2020-02-15")
    assert ERASED not in [jsonpatch.JsonPointer(path).resolve(before) for path in paths if "parties" not in path]


def test_when_a_bid_was_first_seen_stays_erased(http, post, erase):
    post("bid.submitted", "b", "2020-02-01", BID)
    post("bid.revised", "r", "2020-03-01", {"bid_id": "b", "changes": {"partners": "p"}})
    erase("b")
    entry = state(http, valid_at="2020-05-01")["bids"]["b"]
    assert (entry["first_seen"], entry["version"], entry["partners"]) == (ERASED, ERASED, "p")


def test_what_begins_again_after_an_erased_event_is_shown(http, post, erase):
    post("deadline.set", "s", "2020-02-01", SET)
    post("bid.submitted", "b", "2020-02-01", BID)
    post("deadline.extended", "e", "2020-03-01", LATER)
    post("bid.consortium_changed", "c", "2020-03-01", {"bid_id": "b", "joined": ["gamma"]})
    post("deadline.set", "again", "2020-04-01", {**SET, "due": "2020-12-01"})
    post("bid.submitted", "resubmitted", "2020-04-01", {**BID, "bidders": ["beta"]})
    erase("e")
    erase("c")
    told = state(http, valid_at="2020-05-01")
    extension = told["deadlines"]["d1"]["extension"]
    assert (extension["times"], extension["used"], told["bids"]["b"]["bidders"]) == (0, 0, ["beta"])


def test_a_deadline_whose_date_was_erased_may_come_next(http, post, erase):
    post("deadline.set", "s", "2020-02-01", SET)
    post("deadline.extended", "e", "2020-05-01", LATER)
    erase("e")
    ahead = state(http, valid_at="2020-07-01")["next_deadline"]
    assert (ahead["binding"], ahead["any"], ahead["reported"]) == (ERASED, ERASED, None)
    post("deadline.set", "other", "2020-05-02", {**SET, "deadline_id": "d2", "due": "2020-11-01"})
    assert state(http, valid_at="2020-07-01")["next_deadline"]["binding"] == "d2"
    post("deadline.met", "met", "2020-06-01", {"deadline_id": "d1"})
    post("deadline.met", "met2", "2020-06-01", {"deadline_id": "d2"})
    assert state(http, valid_at="2020-07-01")["next_deadline"]["binding"] is None
