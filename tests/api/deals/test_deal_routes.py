"""Reading: pages, filters, orders, what is 400 and what is 404, and bytes that a reader has already."""

from hashlib import sha256
from typing import Any

import httpx
import orjson
import pytest

from domain.state import SECTIONS
from tests.api.conftest import bid, refused


@pytest.fixture
def history(http: httpx.Client, deal: str) -> str:
    """A deal with eight events, one of them voided and one corrected."""
    mended = {"occurred": "2020-08-30"}
    dated = {"deadline_id": "dl", "obligation": "sell", "set_by": "us", "force": "political", "due": "2020-09-15"}
    sent = [
        bid("b2", "2020-08-25", id="late", actor="oracle"),
        bid("b3", "2020-08-15", id="early", actor="walmart"),
        event("set", "2020-08-14", "deadline.set", **dated),
        event("void", "2020-09-01", "record.voided", event_id="late", cause="duplicate", reason="twice"),
        event("mend", "2020-09-02", "record.corrected", event_id="early", changes=mended, cause="recording_error"),
        event("again", "2020-09-03T12:00:00-04:00", "deadline.reaffirmed", deadline_id="dl", by="us"),
    ]
    assert http.post(f"{deal}/events", json=sent).status_code == 201
    return deal


def event(event_id: str, occurred: str, name: str, /, **data: Any) -> dict[str, Any]:
    return {"id": event_id, "occurred": occurred, "type": name, "data": data}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def test_an_event_is_shown_as_it_was_sent(http: httpx.Client, history: str) -> None:
    told = http.get(f"{history}/events/early").json()
    assert told["data"] == {"bid_id": "b3", "bidders": ["oracle"]}
    assert (told["occurred"], told["actor"], told["version"], told["recorded_by"]) == (
        "2020-08-15",
        "walmart",
        4,
        "local",
    )
    assert told["corrected_by"] == ["mend"]
    assert told["recorded_at"].endswith("Z")
    assert len(told["recorded_at"]) == len("2020-09-15T00:00:00.000000Z")
    assert http.get(f"{history}/events/late").json()["voided_by"] == "void"


def test_events_come_in_the_order_of_recording_without_voided_ones(http: httpx.Client, history: str) -> None:
    found = ids(http.get(f"{history}/events"))
    assert found[1:] == ["first-bid", "early", "set", "void", "mend", "again"]
    assert "late" in ids(http.get(f"{history}/events?include=voided"))
    assert ids(http.get(f"{history}/events?order=-version")) == found[::-1]


def test_events_are_ordered_by_when_they_happened_as_corrected(http: httpx.Client, history: str) -> None:
    found = ids(http.get(f"{history}/events?order=occurred"))
    assert found[1:] == ["set", "first-bid", "early", "void", "mend", "again"]
    assert ids(http.get(f"{history}/events?order=-occurred")) == found[::-1]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"type": "bid.submitted"}, ["first-bid", "early"]),
        ({"type": "deadline.*"}, ["set", "again"]),
        ({"type": "deadline.set,record.voided"}, ["set", "void"]),
        ({"actor": "walmart"}, ["early"]),
        ({"occurred_from": "2020-08-14", "occurred_to": "2020-08-20"}, ["set"]),
        ({"occurred_from": "2020-08-20", "occurred_to": "2020-08-31"}, ["first-bid", "early"]),
        ({"occurred_from": "2020-09-03T16:00:00Z"}, ["again"]),
        ({"after_version": "6"}, ["mend", "again"]),
        ({"recorded_to": "2020-01-01"}, []),
    ],
)
def test_events_are_filtered(http: httpx.Client, history: str, asked: dict[str, str], found: list[str]) -> None:
    listed = ids(http.get(f"{history}/events", params=asked))
    assert [each for each in listed if "-" not in each or each == "first-bid"] == found


@pytest.mark.parametrize("order", ["version", "-version", "occurred", "-occurred"])
def test_pages_join_without_a_gap(http: httpx.Client, history: str, order: str) -> None:
    whole = ids(http.get(f"{history}/events", params={"order": order}))
    found: list[str] = []
    path: str | None = f"{history}/events?order={order}&limit=2"
    while path:
        answer = http.get(path)
        found += ids(answer)
        assert (answer.json()["next"] is None) == ("next" not in answer.links)
        path = answer.links.get("next", {}).get("url")
    assert found == whole


@pytest.mark.parametrize(
    "question",
    [
        "knwon_at=2020-09-01", "valid_at=2020-09-01&valid_at=2020-09-02", "valid_at=2020-09-31", "valid_at=yesterday",
        "valid_at=2020-09-01T12:00:00", "known_version=x", "known_version=-1", "reading=both", "known_by=me",
        "layer=reports", "valid_at=", "known_at=2020-09-01&known_version=1",
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_meant_is_refused(http: httpx.Client, deal: str, question: str) -> None:
    refused(http.get(f"{deal}/state?{question}"), 400, "bad-question")


def test_the_future_is_not_known_and_the_end_is_the_end(http: httpx.Client, deal: str) -> None:
    refused(http.get(f"{deal}/state?known_at=2999-01-01"), 400, "in-the-future")
    refused(http.get(f"{deal}/state?known_version=3"), 404, "beyond-the-end")
    refused(http.get(f"{deal}/state?known_position=99"), 404, "beyond-the-end")
    assert http.get(f"{deal}/state?valid_at=2999-01-01").json()["basis"]["projected"] is True


@pytest.mark.parametrize(
    "question",
    [
        "type=bid.submited", "order=up", "include=all", "limit=0", "limit=5000", "cursor=zzz", "occured_from=2020",
        "occurred_from=2020-09-02&occurred_to=2020-09-01", "occurred_from=2020-09-01&occurred_to=2020-09-01",
        "recorded_from=2020-09", "recorded_from=2020-09-01T00:00:00",
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_meant_is_refused(http: httpx.Client, deal: str, question: str) -> None:
    refused(http.get(f"{deal}/events?{question}"), 400, "bad-question")


def test_what_does_not_exist_is_not_found(http: httpx.Client, deal: str) -> None:
    refused(http.get("/v1/deals/none/state"), 404, "unknown-deal")
    refused(http.get("/v1/deals/none/events"), 404, "unknown-deal")
    refused(http.get("/v1/deals/none/events/first-bid"), 404, "unknown-deal")
    refused(http.get(f"{deal}/events/none"), 404, "unknown-event")
    refused(http.get("/v1/event-types/bid.submited"), 404, "unknown-type")
    refused(http.get("/v1/nothing"), 404, "not-found")
    refused(http.get("/v1/deals/%20/state"), 404, "not-found")


def test_a_reader_who_has_the_bytes_gets_no_body(http: httpx.Client, deal: str) -> None:
    asked = f"{deal}/state?valid_at=2020-09-01&known_version=2"
    first = http.get(asked)
    again = http.get(asked, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = http.get(
        f"{deal}/state?valid_at=2020-09-02&known_version=2", headers={"If-None-Match": first.headers["etag"]}
    )
    assert other.status_code == 200
    assert first.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("question", ["", "?valid_at=2020-09-01", "?valid_at=2020-09-01&reading=latest"])
def test_an_answer_is_given_again_until_its_deal_moves_on(http: httpx.Client, deal: str, question: str) -> None:
    first = http.get(f"{deal}/state{question}").json()
    assert http.get(f"{deal}/state{question}").json()["state_hash"] == first["state_hash"]
    http.post("/v1/deals", json={"deal_id": "other", "title": "O", "kind": "merger", "subject": "o"})
    assert http.get(f"{deal}/state{question}").json()["state_hash"] == first["state_hash"]
    http.post(f"{deal}/events", json=bid("b2"))
    again = http.get(f"{deal}/state{question}").json()
    assert again["basis"]["known_version"] == 3
    assert set(again["bids"]) == {"b1", "b2"}


def test_an_exact_answer_is_the_same_for_ever(http: httpx.Client, deal: str) -> None:
    exact = f"{deal}/state?valid_at=2020-09-01&known_version=2"
    first = http.get(exact)
    http.post(f"{deal}/events", json=bid("b2"))
    assert http.get(exact).content == first.content
    assert http.get(first.json()["basis"]["permalink"]).json()["state_hash"] == first.json()["state_hash"]


def test_deals_are_listed_and_found(http: httpx.Client, history: str) -> None:
    for name in ("alpha", "beta"):
        http.post("/v1/deals", json={"deal_id": name, "title": f"Deal {name}", "kind": "merger", "subject": "x"})
    rows = http.get("/v1/deals").json()["items"]
    assert [row["deal_id"] for row in rows] == ["alpha", "beta", "tiktok"]
    assert http.get("/v1/deals?q=BETA deal").json()["items"][0]["deal_id"] == "beta"
    first = http.get("/v1/deals?limit=2").json()
    assert [row["deal_id"] for row in http.get("/v1/deals", params={"cursor": first["next"]}).json()["items"]] == [
        "tiktok"
    ]
    none = http.get("/v1/deals?status=closed").json()
    assert none.pop("basis")["known_position"] == 10
    assert none == {"items": [], "next": None, "as_of_position": 10, "lag": 0, "unreadable": []}
    refused(http.get("/v1/deals?due_before=soon"), 400, "bad-question")


@pytest.mark.parametrize("status", SECTIONS["status"].statuses)
def test_deals_are_filtered_by_every_status_that_a_deal_may_have(http: httpx.Client, deal: str, status: str) -> None:
    end = {"closed": ["deal.closed"], "terminated": ["deal.terminated"], "stalled": ["deal.talks_suspended"],
           "unwound": ["deal.closed", "deal.unwound"], "open": []}[status]  # fmt: skip
    for kind in end:
        data = {"deal.talks_suspended": {}, "deal.closed": {"effective": "2020-09-01"}}.get(kind, {"reason": "r"})
        event = {"type": kind, "occurred": "2020-09-01", "data": data}
        assert http.post(f"{deal}/events", json=event).status_code == 201, kind
    assert [row["status"] for row in http.get("/v1/deals", params={"status": status}).json()["items"]] == [status]


def test_open_deadlines_are_listed_across_deals(http: httpx.Client, history: str) -> None:
    found = http.get("/v1/deadlines?valid_at=2020-09-10").json()["items"]
    assert [(row["deal_id"], row["deadline_id"], row["days_left"], row["binding"]) for row in found] == [
        ("tiktok", "dl", 5, False)
    ]
    assert http.get("/v1/deadlines?valid_at=2020-09-10&within=4d").json()["items"] == []
    assert http.get("/v1/deadlines?valid_at=2020-09-10&binding=true").json()["items"] == []
    missed = http.get("/v1/deadlines?valid_at=2020-09-16").json()["items"]
    assert [(row["deadline_id"], row["days_left"], row["status"]) for row in missed] == [("dl", -1, "past_due")]
    assert http.get("/v1/deadlines?valid_at=2020-09-16&overdue=true").json()["items"] == missed
    assert http.get("/v1/deadlines?valid_at=2020-09-16&overdue=false").json()["items"] == []
    refused(http.get("/v1/deadlines?within=soon"), 400, "bad-question")


def test_the_log_is_read_page_by_page_or_whole(http: httpx.Client, history: str) -> None:
    first = http.get("/v1/events?limit=3").json()
    rest = http.get("/v1/events", params={"after": first["next"]}).json()
    assert [each["position"] for each in first["items"] + rest["items"]] == list(range(1, 9))
    assert rest["next"] is None
    whole = http.get("/v1/events", headers={"Accept": "application/x-ndjson"})
    *lines, trailer = whole.content.splitlines(keepends=True)
    assert orjson.loads(trailer) == {"count": 8, "position": 8, "digest": sha256(b"".join(lines)).hexdigest()}
    assert [orjson.loads(line) for line in lines] == first["items"] + rest["items"]
    table = http.get("/v1/events?after=5", headers={"Accept": "text/csv"}).content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in table] == ["position", "6", "7", "8", "#count=3"]


def test_what_a_spreadsheet_would_run_is_only_text(http: httpx.Client, deal: str) -> None:
    http.post(f"{deal}/events", json=bid("b2", summary="=cmd|' /C calc'!A0"))
    assert ",'=cmd|" in http.get("/v1/events?after=2", headers={"Accept": "text/csv"}).text


def test_a_head_request_is_answered_like_a_get(http: httpx.Client, deal: str) -> None:
    answer = http.head(f"{deal}/state")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


def test_the_server_tells_of_itself(http: httpx.Client) -> None:
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json()["status"] == "ready"
    assert http.get("/version").json()["name"] == "parley"
    assert http.get("/problems/stale-version").json()["status"] == 412
    assert "POST /v1/deals/{deal_id}/events" in http.get("/docs").text
    answer = http.get("/healthz", headers={"X-Request-Id": "mine-1"})
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_character_that_no_text_has_is_refused(http: httpx.Client, deal: str) -> None:
    refused(http.get("/v1/deals?party=a%00b"), 400, "bad-question")
    refused(http.post(f"{deal}/events", json=bid("b2", summary="a\0b")), 422, "invalid-input")
    refused(http.post("/v1/audit/verify?after=99"), 404, "beyond-the-end")


def test_a_flag_may_be_named_without_a_value(http: httpx.Client, deal: str) -> None:
    bare, said = (http.get(f"/v1/deadlines?{asked}").json() for asked in ("binding", "binding=true"))
    assert bare.pop("basis")["permalink"] != said.pop("basis")["permalink"]
    assert bare == said
    assert http.get(f"{deal}/bundle?complete").status_code == http.get(f"{deal}/bundle?complete=true").status_code


def test_a_place_far_beyond_the_end_is_beyond_the_end(http: httpx.Client, deal: str) -> None:
    for asked in ("known_version", "known_position"):
        refused(http.get(f"{deal}/state?{asked}={10**20}"), 404, "beyond-the-end")
    refused(http.get(f"{deal}/replay?to_version={10**12}"), 404, "beyond-the-end")
