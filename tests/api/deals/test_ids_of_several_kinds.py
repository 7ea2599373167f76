"""A deal whose entities of different kinds have one id: each is called by its own name, wherever it is named."""

import re
from html import unescape
from typing import Any

import httpx
import pytest

ID = "atlas"
DEAL, TITLE = f"/v1/deals/{ID}", "Merger of two firms"
PARTY, DEADLINE, ORDER = "Atlas Trust", "the deadline “merge the firms”", "the statute “Act on mergers”"
APPROVAL, BID = f"the approval by {PARTY}", f"the bid of {PARTY} and acme"


@pytest.fixture
def page(http: httpx.Client) -> httpx.Client:
    """A deal, a party, an order, a deadline, an approval and a bid of one id."""
    opening = {"deal_id": ID, "title": TITLE, "kind": "merger", "subject": ID, "occurred": "2025-01-01"}
    assert http.post("/v1/deals", json=opening).status_code == 201
    order = {"order_id": ID, "kind": "statute", "issuer": ID, "title": "Act on mergers", "bars": ["closing"]}
    deadline = {"deadline_id": ID, "obligation": "merge the firms", "set_by": ID, "obligor": ID, "order_id": ID}
    approval = {"approval_id": ID, "authority": ID, "jurisdiction": "BE", "subject": "it", "suspensory": True}
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        ("party.added", {"party_id": ID, "name": PARTY, "role": "regulator"}),
        ("order.signed", {**order, "effective": "2025-02-02"}),
        ("deadline.set", {**deadline, "force": "statutory", "due": "2999-03-15", "subject": ID}),
        ("approval.required", approval),
        ("bid.submitted", {"bid_id": ID, "bidders": [ID, "acme"]}),
        ("deadline.extended", {"deadline_id": ID, "by": ID, "new_due": "2999-06-18"}),
        ("bid.selected", {"bid_id": ID, "by": ID, "level": "preferred"}),
    )
    events = [
        {"id": kind, "type": kind, "occurred": f"2025-02-0{at}", "data": data}
        for at, (kind, data) in enumerate(rows, 1)
    ]
    answer = http.post(f"{DEAL}/events", json=events)
    assert answer.status_code == 201, answer.text
    return http


def words(page: httpx.Client, address: str, **asked: str) -> str:
    """What a reader reads of a page, blanks made one."""
    answer = page.get(address, headers={"Accept": "text/html"}, params=asked)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_sentence_calls_each_by_the_kind_that_its_field_refers_to(page: httpx.Client) -> None:
    told = {each["type"]: each["text"] for each in page.get(f"{DEAL}/events").json()["items"]}
    assert told["order.signed"].startswith(f"{PARTY} enacted {ORDER}")
    assert told["deadline.set"].startswith(f"{PARTY} set {PARTY} {DEADLINE} for 15 Mar 2999")
    assert told["approval.required"].startswith(f"The deal needs the approval of {PARTY}")
    assert told["bid.selected"].startswith(f"{PARTY} ")
    assert BID in told["bid.selected"]


def test_a_change_calls_each_by_its_own_name(page: httpx.Client) -> None:
    asked = {"from_valid": "2025-01-15", "to_valid": "2025-02-28"}
    summary = page.get(f"{DEAL}/diff", params=asked).json()["summary"]
    told = [each["text"] for each in summary] + [other["text"] for each in summary for other in each["consequences"]]
    assert any(f"The next binding deadline is {DEADLINE}" in each for each in told)
    assert any(f"A decision on {APPROVAL} in time is" in each for each in told)
    assert any(each.startswith(f"The bid to beat is {BID}") for each in told)
    assert any(each.startswith(f"Not known about {BID}") for each in told)
    assert any(each.startswith(f"{APPROVAL.capitalize()[:3]}{APPROVAL[3:]} bars closing") for each in told)


def test_a_deadline_says_who_set_it_in_every_list(page: httpx.Client) -> None:
    (row,) = page.get("/v1/deadlines").json()["items"]
    assert row["member_names"] == {"deal_id": TITLE, "order_id": ORDER, "obligor": PARTY, "set_by": PARTY}
    assert row["names"] == {ID: PARTY}
    for path in (f"{DEAL}/calendar.ics", "/v1/calendar.ics"):
        calendar = page.get(path).text.replace("\r\n ", "")
        assert f"Set by {PARTY} under {ORDER}" in calendar
        assert f"SUMMARY:{TITLE}: merge the firms" in calendar
    assert f"merge the firms extended {TITLE} statutory obliged: {PARTY} set by {PARTY}" in words(page, "/deadlines")


def test_the_page_of_the_deal_calls_each_by_its_own_name(page: httpx.Client) -> None:
    told = words(page, f"/deals/{ID}", valid_at="2025-02-28")
    assert f"merge the firms by {PARTY}" in told
    assert f"set by {PARTY} under {ORDER}" in told
    assert f"best bid: {PARTY} , acme" in told
    assert f"Order {ORDER}" in told
    assert f"Subject {APPROVAL}" in told
    assert f"approval {PARTY} required bars closing" in told


@pytest.mark.parametrize(
    ("event", "said"),
    [
        ("deadline.set", f"Deadline {DEADLINE}"),
        ("deadline.set", f"Order {ORDER}"),
        ("deadline.set", f"Set by {PARTY}"),
        ("bid.selected", f"Bid {BID} By {PARTY}"),
        ("order.signed", f"Order {ORDER} Title"),
    ],
)
def test_the_page_of_an_event_calls_each_by_its_own_name(page: httpx.Client, event: str, said: str) -> None:
    assert said in words(page, f"/deals/{ID}/events/{event}")


def test_a_history_is_of_what_its_path_names(page: httpx.Client) -> None:
    assert f"Deadlines › {DEADLINE} › Due" in words(page, f"/deals/{ID}/history", path=f"/deadlines/{ID}/due")
    assert f"Orders › {ORDER} › Status" in words(page, f"/deals/{ID}/history", path=f"/orders/{ID}/status")


def test_a_replay_calls_each_by_its_own_name(page: httpx.Client) -> None:
    told = words(page, f"{DEAL}/replay")
    assert f"Deadline: {DEADLINE}" in told
    assert f"Order: {ORDER}" in told
    assert f"Set by: {PARTY}" in told


def test_what_bars_the_closing_is_one_for_an_id_and_called_by_its_own_name(page: httpx.Client) -> None:
    # given an approval and an order of one id that both bar the closing, then the hardest of them is named
    (blocker,) = page.get(f"{DEAL}/state", params={"valid_at": "2025-02-28"}).json()["blockers"]
    assert (blocker["kind"], blocker["id"]) == ("approval", ID)
    (deal,) = page.get("/v1/deals").json()["items"]
    assert [each["name"] for each in deal["conditions"]] == ["it"]


def test_the_form_of_an_event_offers_each_under_its_own_name(page: httpx.Client) -> None:
    told = page.get(f"/deals/{ID}/record/deadline.extended").text
    assert f'value="{ID}"' in told
    options = [unescape(each) for each in re.findall(r"<option[^>]*>([^<]*)", told)]
    assert {f"The{DEADLINE[3:]}", f"The{ORDER[3:]}", PARTY} <= {*options}
