"""An event's sentence is the same wherever the event is shown, and follows what the record says by now."""

import json
from typing import Any

import httpx
import pytest

from projections import narrator
from tests.api.conftest import refused
from tests.api.events.test_stream import messages
from tests.api.live_server import Running
from tests.api.webhooks.receiver import Receiver, app, drain, hook, receiver, sender
from tests.calls import noted_calls
from tests.waiting import LONGEST_SECONDS

__all__ = ["app", "receiver", "sender"]

DEAL = "/v1/deals/d"
EXTENDED = "CFIUS extended the deadline “decide” from 15 Mar to 18 Jun 2025 (95 days)"


def event(kind: str, event_id: str, occurred: str, /, **data: Any) -> dict[str, Any]:
    return {"type": kind, "id": event_id, "occurred": occurred, "data": data}


@pytest.fixture
def extension(http: httpx.Client) -> httpx.Client:
    """A deal with a deadline that was extended once, by an authority that deal.opened named."""
    opening = {"deal_id": "d", "title": "Merger", "kind": "merger", "subject": "acme", "names": {"cfius": "CFIUS"}}
    assert http.post("/v1/deals", json={**opening, "occurred": "2025-01-01"}).status_code == 201
    set_ = {"deadline_id": "dl", "obligation": "decide", "set_by": "cfius", "force": "statutory", "due": "2025-03-15"}
    record(http, event("deadline.set", "set", "2025-01-02", **set_))
    record(http, event("deadline.extended", "more", "2025-03-01", deadline_id="dl", by="cfius", new_due="2025-06-18"))
    return http


def record(http: httpx.Client, *events: dict[str, Any]) -> None:
    answer = http.post(f"{DEAL}/events", json=list(events))
    assert answer.status_code == 201, answer.text


def texts(http: httpx.Client, **asked: Any) -> dict[str, str]:
    """Event -> its sentence, as the list of a deal's events has them."""
    items = http.get(f"{DEAL}/events", params={"include": "voided", **asked}).json()["items"]
    return {each["id"]: each["text"] for each in items}


def test_lists_replays_and_pages_say_the_same(extension: httpx.Client) -> None:
    assert texts(extension)["more"] == EXTENDED
    assert extension.get(f"{DEAL}/events/more").json()["text"] == EXTENDED
    steps = [json.loads(line) for line in extension.get(f"{DEAL}/replay").text.splitlines()]
    assert steps[2]["event"]["text"] == EXTENDED
    for form in ("text/html", "text/csv"):
        assert EXTENDED in extension.get(f"{DEAL}/replay", headers={"Accept": form}).text
    for page in ("/deals/d", "/deals/d/events/more"):
        assert EXTENDED in extension.get(page).text


def test_the_stream_says_the_same_of_events_past_and_new(extension: httpx.Client, running: Running) -> None:
    with (
        httpx.Client(base_url=running.url, timeout=LONGEST_SECONDS) as client,
        client.stream("GET", "/v1/stream?after=2") as answer,
    ):
        arriving = (json.loads(each["data"])["text"] for each in messages(answer) if "data" in each)
        assert next(arriving) == EXTENDED
        client.post(f"{DEAL}/events", json=event("deadline.met", "met", "2025-06-01", deadline_id="dl", by="cfius"))
        assert next(arriving) == "CFIUS met the deadline “decide”"


def test_a_webhook_says_the_same(extension: httpx.Client, receiver: Receiver, sender: Any) -> None:
    hook(extension, receiver.url, after=2)
    drain(sender)
    assert json.loads(receiver.taken[-1][1])["data"]["text"] == EXTENDED


def test_a_corrected_event_is_told_as_it_reads_and_the_correction_tells_both(extension: httpx.Client) -> None:
    changes = {"new_due": "2025-06-20"}
    record(
        extension,
        event("record.corrected", "c", "2025-07-01", event_id="more", changes=changes, cause="recording_error"),
    )
    told = texts(extension)
    assert told["more"] == "CFIUS extended the deadline “decide” from 15 Mar to 20 Jun 2025 (97 days)"
    assert told["c"].startswith("The entry “CFIUS extended the deadline “decide” to 18 Jun 2025” was corrected: it now")
    assert told["c"].endswith("“CFIUS extended the deadline “decide” to 20 Jun 2025” (recorded wrongly)")


def test_an_erased_event_says_so_and_lends_no_name(extension: httpx.Client) -> None:
    record(extension, event("record.erased", "x", "2025-07-01", event_id="set", legal_basis="GDPR Art. 17"))
    told = texts(extension)
    assert told["set"] == "[erased]"
    assert told["more"] == "CFIUS extended the deadline dl to 18 Jun 2025"
    assert told["x"] == "The content of the entry set was erased (GDPR Art. 17)"
    assert "decide" not in json.dumps(told)


def test_one_page_of_a_long_deal_folds_only_what_its_sentences_need(extension: httpx.Client) -> None:
    for start in range(0, 1000, 500):
        notes = (
            event("context.noted", f"n{at}", "2025-04-01", topic="it", text="x") for at in range(start, start + 500)
        )
        record(extension, *notes)
    with noted_calls(narrator, "touched") as calls:
        assert texts(extension, limit=50)["more"] == EXTENDED
        assert sorted(step.id for _, step in calls) == ["more", "set"]
        assert len(texts(extension, limit=50, order="-version")) == 50
        assert sorted(step.id for _, step in calls) == ["more", "set"]


def test_names_are_texts(http: httpx.Client) -> None:
    opening = {"deal_id": "d", "title": "Merger", "kind": "merger", "subject": "acme", "occurred": "2025-01-01"}
    problem = refused(http.post("/v1/deals", json={**opening, "names": {"cfius": ["CFIUS"]}}), 422, "invalid-input")
    assert [each["pointer"] for each in problem["errors"]] == ["/names/cfius"]


def test_a_party_that_the_opening_names_has_its_name_in_the_state(http: httpx.Client) -> None:
    opening = {"deal_id": "d", "title": "Merger", "kind": "merger", "subject": "acme", "occurred": "2025-01-01"}
    names = {"acme": "Acme Inc.", "ec": "European Commission"}
    http.post("/v1/deals", json={**opening, "parties": ["acme"], "names": names})
    state = http.get(f"{DEAL}/state").json()
    assert (state["parties"].keys(), state["parties"]["acme"]["name"]) == ({"acme"}, "Acme Inc.")
    assert state["deal"]["names"] == names


def test_a_page_shows_names_and_the_id_behind_each(http: httpx.Client) -> None:
    names = {"cfius": "CFIUS <x>"}
    opening = {"deal_id": "named", "title": "Steel", "kind": "merger", "subject": "steel", "occurred": "2025-01-01"}
    assert http.post("/v1/deals", json={**opening, "names": names}).status_code == 201
    due = {"deadline_id": "dl", "obligation": "decide", "set_by": "cfius", "force": "statutory", "due": "2999-03-15"}
    bid = {"bid_id": "b", "bidders": ["cfius", "acme_corp"]}
    for kind, data in (("deadline.set", due), ("bid.submitted", bid)):
        event = {"type": kind, "occurred": "2025-01-02", "data": data}
        assert http.post("/v1/deals/named/events", json=event).status_code == 201
    page = http.get("/deals/named").text
    name = '<span class="called" title="cfius">CFIUS &lt;x&gt;</span>'
    assert f"set by {name}" in page
    assert f"{name}, acme_corp" in page
    assert "CFIUS &lt;x&gt; set the deadline “decide” for 15 Mar 2999 (statutory)" in page
