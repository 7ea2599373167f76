"""Deadlines that a report alone has ended, suspended or moved: by facts they run, and lists agree with states."""

from typing import Any

import httpx
import pytest

REPORT = {"attribution": "anonymous_single", "actor": "us_president"}
LENIENT = {"Prefer": "handling=lenient"}
DAYS = (None, "2020-08-12", "2020-08-25", "2050-08-25")


def event(kind: str, occurred: str, data: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    return {"type": kind, "occurred": occurred, "data": data, **envelope}


def deadline(name: str = "dl", **more: Any) -> dict[str, Any]:
    said = {
        "deadline_id": name, "obligation": "sell", "set_by": "us_president", "force": "legally_binding",
        "due": "2050-08-20", "order_id": "order",
    }  # fmt: skip
    return event("deadline.set", "2020-08-10", {**said, **more})


REVOKED = event("order.revoked", "2020-08-14", {"order_id": "order", "by": "us_president"}, **REPORT)
ENJOINED = event(
    "litigation.relief_granted", "2020-08-14", {"case_id": "case", "relief": "stay", "targets": ["dl"]}, **REPORT
)
TERMINATED = event("deal.terminated", "2020-06-14", {"reason": "no accord"}, **REPORT)
TOLLED = event(
    "deadline.tolled",
    "2020-08-14",
    {"deadline_id": "dl", "cause": "talks", "since": "2020-08-14", "until": "2020-08-20"},
    **REPORT,
)
EXTENDED = event(
    "deadline.extended",
    "2020-08-14",
    {"deadline_id": "dl", "by": "us_president", "new_due": "2050-09-20"},
    **REPORT,
)
REPORTS = {
    "revoked": REVOKED, "enjoined": ENJOINED, "terminated": TERMINATED, "tolled": TOLLED, "extended": EXTENDED,
}  # fmt: skip
DEADLINES = {"ahead": deadline(), "missed": deadline(due="2020-08-20")}


@pytest.mark.parametrize("reported", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("set_", DEADLINES.values(), ids=DEADLINES)
def test_lists_say_of_a_deadline_that_a_report_bears_on_what_the_state_says(
    http: httpx.Client, deal: str, set_: dict[str, Any], reported: dict[str, Any]
) -> None:
    # given a deadline by facts, one by reports alone, and a report
    for each in (set_, {**deadline("told"), **REPORT}, reported):
        answer = http.post(f"{deal}/events", json=each, headers=LENIENT)
        assert answer.status_code == 201, answer.text
    for layer in ("all", "facts"):
        for day in DAYS:
            asked = {"layer": layer} if day is None else {"layer": layer, "valid_at": day}
            state = http.get(f"{deal}/state", params=asked).json()
            following = state["next_deadline"]
            # then the list of deals names the next deadlines of the state
            [row] = http.get("/v1/deals", params=asked).json()["items"]
            assert row["next_deadline"] == {name: following[name] for name in ("binding", "any", "overdue")}, asked
            # and the list of deadlines has the entries of the state, all that come next among them
            items = http.get("/v1/deadlines", params=asked).json()["items"]
            listed = {each.pop("deadline_id"): each for each in items}
            for name, entry in listed.items():
                for own in ("deal_id", "binding", "names", "member_names"):
                    entry.pop(own)
                assert entry == state["deadlines"][name], (asked, name)
            assert {following["any"], following["reported"], *following["overdue"]} - {None} <= set(listed), asked


def test_a_deal_whose_next_deadline_a_report_has_ended_is_listed(http: httpx.Client, deal: str) -> None:
    for each in (deadline(), REVOKED):
        assert http.post(f"{deal}/events", json=each, headers=LENIENT).status_code == 201
    state = http.get(f"{deal}/state").json()
    assert state["deadlines"]["dl"]["status"] == "withdrawn"
    assert state["next_deadline"]["any"] == "dl"
    answer = http.get("/v1/deals")
    assert answer.status_code == 200, answer.text
    assert [each["next_deadline"]["any"] for each in answer.json()["items"]] == ["dl"]
    assert http.get("/v1/deals?order=due").status_code == 200
    assert [each["deadline_id"] for each in http.get("/v1/deadlines").json()["items"]] == ["dl"]
