"""Recording by form: what a class of event declares is what people fill in, and the API validates it."""

from typing import Any

import httpx
import pytest

from api.events.type_routes import described
from api.web import drafts, forms
from domain.event import REGISTRY
from tests.web.test_views import shown, words


@pytest.fixture
def deal(web: httpx.Client, request: pytest.FixtureRequest) -> str:
    """The path of a deal of this test's own, opened by form."""
    name = f"form-{abs(hash(request.node.name)) % 10**9}"
    given = {"/deal_id": name, "/data/title": "A deal", "/data/kind": "merger", "/data/subject": "target"}
    answer = web.post("/record", data={**given, "/occurred": "2024-01-01"})
    assert answer.status_code == 303, words(answer)
    assert answer.headers["location"].startswith(f"/deals/{name}#e-")
    return f"/deals/{name}"


@pytest.mark.parametrize("name", REGISTRY)
def test_every_type_has_a_form_that_gives_its_example_back(name: str) -> None:
    kind = described(name)
    data, often, others = forms.fields_of(name, kind["event_schema"])
    read = forms.read_form(data, drafts.filled(data, kind["example"]))
    said = {field: value for field, value in kind["example"].items() if value != []}
    assert (read.event, read.errors) == (said, {})
    assert {each.pointer for each in often} == {f"/{each}" for each in forms.OFTEN}
    assert "/sources" in {each.pointer for each in others}


def inputs(name: str) -> dict[str, str | None]:
    """The inputs of the data of a type: pointer -> what their values are suggested from."""
    data, _, _ = forms.fields_of(name, described(name)["event_schema"])
    return {each.pointer: each.suggested for field in data for each in (field, *field.parts)}


def test_parties_are_suggested_for_what_refers_to_one_whatever_its_name() -> None:
    assert inputs("deal.vote_held")["/data/body"] == "parties"
    assert inputs("bid.submitted")["/data/stakes/holder"] == "parties"
    assert inputs("deal.phase_changed")["/data/to"] is None
    assert inputs("deadline.extended")["/data/alternatives/by"] is None
    assert inputs("order.amended")["/data/order_id"] == "orders"


def test_what_is_filled_in_is_recorded_and_shown(web: httpx.Client, deal: str) -> None:
    form = {"/data/bid_id": "b1", "/data/bidders": "oracle\nwalmart", "/data/price/amount": "14500000000"}
    form |= {"/data/price/currency": "USD", "/occurred": "2024-02-01", "/sources/0/title": "A paper"}
    answer = web.post(f"{deal}/record/bid.submitted", data=form)
    assert answer.status_code == 303
    page = shown(web, f"{deal}?valid_at=2024-02-02")
    assert "oracle, walmart live" in page
    assert "USD 14.5 billion" in page


def test_a_form_sent_twice_records_once(web: httpx.Client, deal: str) -> None:
    for _ in range(2):
        form = {"id": f"{deal[7:]}-once", "/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2024-02-01"}
        assert web.post(f"{deal}/record/bid.submitted", data=form).status_code == 303
    assert len(web.get(f"/v1{deal}/events").json()["items"]) == 2


def test_each_fault_stands_beside_its_input(web: httpx.Client, deal: str) -> None:
    form = {"/data/bid_id": "b 1", "/data/price/amount": "much", "/occurred": "2024-02-30", "/summary": "kept as typed"}
    answer = web.post(f"{deal}/record/bid.submitted", data=form)
    assert answer.status_code == 422
    assert "It was not recorded." in words(answer)
    for pointer in ("/data/bid_id", "/data/bidders", "/data/price/amount", "/data/price/currency", "/occurred"):
        place = "f" + pointer.replace("/", "-")
        assert f'id="e{place}"' in answer.text, pointer
        assert f'aria-describedby="e{place} ' in answer.text, pointer
    assert "kept as typed" in answer.text


def test_an_unknown_reference_names_the_nearest(web: httpx.Client, deal: str) -> None:
    web.post(
        f"{deal}/record/bid.submitted",
        data={"/data/bid_id": "bid-oracle", "/data/bidders": "oracle", "/occurred": "2024"},
    )
    answer = web.post(f"{deal}/record/bid.withdrawn", data={"/data/bid_id": "bid-oracel", "/occurred": "2024-02-01"})
    assert answer.status_code == 422
    assert "bid-oracle" in words(answer)


def test_a_number_that_is_none_is_told_without_asking_the_api(web: httpx.Client, deal: str) -> None:
    answer = web.post(f"{deal}/record/deadline.set", data={"/data/offset": "many", "/occurred": "2024-02-01"})
    assert answer.status_code == 422
    assert "This is not a whole number." in words(answer)


def test_a_check_records_nothing(web: httpx.Client, deal: str) -> None:
    form = {"act": "check", "/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2024-02-01"}
    answer = web.post(f"{deal}/record/bid.submitted", data=form)
    assert "Nothing is wrong with it. It would be recorded as version 2." in words(answer)
    assert len(web.get(f"/v1{deal}/events").json()["items"]) == 1


EARLY = {"/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2019-02-01"}


def test_a_check_shows_the_warnings_beside_links_to_their_inputs(web: httpx.Client, deal: str) -> None:
    answer = web.post(f"{deal}/record/bid.submitted", data={**EARLY, "act": "check"})
    assert "It can be recorded , as version 2, with these warnings: Occurred :" in words(answer)
    assert "counts from before the deal was opened." in words(answer)
    assert '<a href="#f-occurred">' in answer.text
    assert len(web.get(f"/v1{deal}/events").json()["items"]) == 1


def test_what_is_recorded_with_a_warning_leads_to_its_correction(web: httpx.Client, deal: str) -> None:
    answer = web.post(f"{deal}/record/bid.submitted", data={**EARLY, "id": f"{deal[7:]}-early"})
    assert "Recorded as version 2." in words(answer)
    assert "counts from before the deal was opened. Correct it" in words(answer)
    assert f"{deal}/record/bid.submitted?corrects={deal[7:]}-early" in answer.text


def test_another_row_is_given_without_scripts(web: httpx.Client, deal: str) -> None:
    form = {"act": "more", "/data/stakes/0/holder": "oracle", "/data/stakes/0/pct": "12.5"}
    answer = web.post(f"{deal}/record/bid.submitted", data=form)
    assert answer.status_code == 200
    assert 'name="/data/stakes/1/holder"' in answer.text


def test_a_correction_may_also_be_written_as_its_changes(web: httpx.Client, deal: str) -> None:
    form = {"id": f"{deal[7:]}-bid", "/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2024-02-01"}
    web.post(f"{deal}/record/bid.submitted", data=form)
    assert f"{deal}/record/bid.submitted?corrects={form['id']}" in web.get(f"{deal}/events/{form['id']}").text
    chosen = web.get(f"{deal}/record/record.corrected?%2Fdata%2Fevent_id={form['id']}").text
    assert f'<option value="{form["id"]}" selected>' in chosen
    mended = {
        "/data/event_id": form["id"],
        "/data/changes": '{"occurred": "2024-02-05"}',
        "/data/cause": "recording_error",
    }
    assert web.post(f"{deal}/record/record.corrected", data={**mended, "/occurred": "2024-03-01"}).status_code == 303
    assert "Corrected: occurred → 5 Feb 2024" in shown(web, deal)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": ""},
    ],
)
def test_a_form_that_another_site_sends_is_refused(web: httpx.Client, deal: str, headers: dict[str, str]) -> None:
    form = {"/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2024-02-01"}
    assert web.post(f"{deal}/record/bid.submitted", data=form, headers=headers).status_code == 403
    assert web.post("/record", data={}, headers=headers).status_code == 403
    assert web.post("/sign-in", data={"key": "k"}, headers=headers).status_code == 403
    assert len(web.get(f"/v1{deal}/events").json()["items"]) == 1


def test_signing_in_leads_nowhere_but_here(web: httpx.Client) -> None:
    for back in ("//elsewhere.example/", "https://elsewhere.example/", "/\\elsewhere.example"):
        answer = web.post("/sign-in", data={"key": "any", "back": back})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def test_a_form_says_what_to_write(web: httpx.Client, deal: str) -> None:
    given = {"/data/deadline_id": "dl", "/data/obligation": "sell", "/data/set_by": "us", "/data/force": "statutory"}
    answer = web.post(
        f"{deal}/record/deadline.set", data={**given, "/data/due": "29/07/2025", "/occurred": "2024-01-02"}
    )
    assert answer.status_code == 422
    assert "'29/07/2025' has its year last: write 2025-07-29." in words(answer)


def test_a_type_is_found_in_plain_words(web: httpx.Client, deal: str) -> None:
    told = shown(web, f"{deal}/record?q=Deadline+moved")
    assert "Deadline extended deadline.extended A deadline was extended." in told
    assert "bid.submitted" not in told
    assert "No type has these words." in shown(web, f"{deal}/record?q=zebra")


def events_of(web: httpx.Client, deal: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = web.get(f"/v1{deal}/events").json()["items"]
    return found


DEADLINE = {"/data/obligation": "File the Señor plan", "/data/set_by": "buyer", "/data/force": "contractual"}
DEADLINE |= {"/data/due": "2024-06-03", "/occurred": "2024-02-01"}


def test_ids_are_made_from_names_and_no_two_are_the_same(web: httpx.Client, deal: str) -> None:
    for _ in range(2):
        assert web.post(f"{deal}/record/deadline.set", data=DEADLINE).status_code == 303
    assert web.post(f"{deal}/record/bid.submitted", data={"/data/bidders": "oracle"}).status_code == 303
    made = [each["data"].get("deadline_id") or each["data"].get("bid_id") for each in events_of(web, deal)[1:]]
    assert made == ["file-the-senor-plan", "file-the-senor-plan-2", "bid-oracle"]


def test_the_id_of_a_deal_is_made_from_its_title(web: httpx.Client) -> None:
    form = {"/data/title": "Sale of Mill & Co.", "/data/kind": "merger", "/data/subject": "target"}
    opened = [web.post("/record", data={**form, "/occurred": "2024-01-01"}) for _ in range(2)]
    assert [each.headers["location"].split("#")[0] for each in opened] == [
        "/deals/sale-of-mill-co",
        "/deals/sale-of-mill-co-2",
    ]


def test_names_of_parties_stand_for_ids_and_what_the_record_holds_is_chosen(web: httpx.Client) -> None:
    opened = {"/data/title": "Named parties", "/data/kind": "merger", "/data/names": '{"cfius": "The Committee"}'}
    assert web.post("/record", data={**opened, "/data/subject": "a", "/occurred": "2024-01-01"}).status_code == 303
    deal = "/deals/named-parties"
    assert web.post(f"{deal}/record/deadline.set", data=DEADLINE | {"/data/set_by": "the committee"}).is_redirect
    assert events_of(web, deal)[-1]["data"]["set_by"] == "cfius"
    chosen = web.get(f"{deal}/record/deadline.extended").text
    assert '<option value="file-the-senor-plan">The deadline “File the Señor plan”</option>' in chosen
    assert '<option value="cfius">The Committee</option>' in chosen


def test_a_check_shows_what_the_event_would_change(web: httpx.Client, deal: str) -> None:
    web.post(f"{deal}/record/deadline.set", data=DEADLINE)
    moved = {"/data/deadline_id": "file-the-senor-plan", "/data/by": "buyer", "/data/new_due": "2024-07-01"}
    asked = {**moved, "/occurred": "2024-03-01", "act": "check", "effect_at": "2024-03-02"}
    told = words(web.post(f"{deal}/record/deadline.extended", data=asked))
    assert "What it would change in the state of 2 Mar 2024 Dates" in told
    assert "The deadline “File the Señor plan” moved from 3 Jun to 1 Jul 2024 " in told
    assert len(events_of(web, deal)) == 2


def test_a_correction_begins_with_the_values_of_its_event(web: httpx.Client, deal: str) -> None:
    web.post(f"{deal}/record/deadline.set", data={**DEADLINE, "/summary": "By June", "/note": "seen"})
    event = events_of(web, deal)[-1]
    path = f"{deal}/record/deadline.set?corrects={event['id']}"
    form = web.get(path).text
    assert ">File the Señor plan</textarea>" in form
    assert 'value="2024-06-03"' in form
    given = {**DEADLINE, "/data/deadline_id": "file-the-senor-plan", "/data/due": "2024-06-28", "/summary": "By June"}
    sent = {**given, "corrects": event["id"], "/correction/cause": "recording_error", "/correction/reason": "misread"}
    assert "Why it is corrected" in form
    assert web.post(path, data=sent | {"/data/due": "2024-06-31"}).status_code == 422
    assert web.post(path, data=sent).status_code == 303
    correction = events_of(web, deal)[-1]
    assert correction["data"] == {
        "event_id": event["id"], "changes": {"due": "2024-06-28", "note": None}, "cause": "recording_error",
        "reason": "misread",
    }  # fmt: skip
    assert 'value="2024-06-28"' in web.get(path).text
