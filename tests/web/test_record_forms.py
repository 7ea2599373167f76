"""Recording by form: what a class of event declares is what people fill in, and the API validates it."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx
import orjson
import pytest

from api.events.type_routes import described
from api.web import forms
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


def filled(fields: Iterable[forms.Field], values: Mapping[str, Any]) -> dict[str, str]:
    """What a person types to say these values."""
    typed: dict[str, str] = {}
    for each in fields:
        value = values.get(each.pointer.rsplit("/", 1)[1])
        if value is None:
            continue
        match each.kind:
            case "group":
                typed |= filled(each.parts, value)
            case "rows":
                for index, row in enumerate(value):
                    typed |= filled(each.row(index), row)
            case "words":
                typed[each.pointer] = "\n".join(value)
            case "flag":
                typed[each.pointer] = "yes" if value else "no"
            case "text" | "long" | "date" | "choice":
                typed[each.pointer] = value
            case _:
                typed[each.pointer] = value if isinstance(value, str) else orjson.dumps(value).decode()
    return typed


@pytest.mark.parametrize("name", REGISTRY)
def test_every_type_has_a_form_that_gives_its_example_back(name: str) -> None:
    kind = described(name)
    data, often, others = forms.fields_of(kind["event_schema"])
    read = forms.read_form(data, filled(data, kind["example"]))
    said = {field: value for field, value in kind["example"].items() if value != []}
    assert (read.event, read.errors) == (said, {})
    assert {each.pointer for each in often} == {f"/{each}" for each in forms.OFTEN}
    assert "/sources" in {each.pointer for each in others}


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
    assert f"{deal}/record/record.corrected?%2Fdata%2Fevent_id={deal[7:]}-early" in answer.text


def test_another_row_is_given_without_scripts(web: httpx.Client, deal: str) -> None:
    form = {"act": "more", "/data/stakes/0/holder": "oracle", "/data/stakes/0/pct": "12.5"}
    answer = web.post(f"{deal}/record/bid.submitted", data=form)
    assert answer.status_code == 200
    assert 'name="/data/stakes/1/holder"' in answer.text


def test_an_event_is_corrected_from_its_own_page(web: httpx.Client, deal: str) -> None:
    form = {"id": f"{deal[7:]}-bid", "/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2024-02-01"}
    web.post(f"{deal}/record/bid.submitted", data=form)
    link = f"{deal}/record/record.corrected?%2Fdata%2Fevent_id={form['id']}"
    assert link in web.get(f"{deal}/events/{form['id']}").text
    assert f'value="{form["id"]}"' in web.get(link).text
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
