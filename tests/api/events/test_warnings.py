"""Warnings in the answer to recorded events: what they bring into the state that is out of the ordinary."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

Event = dict[str, Any]


def event(kind: str, occurred: str, /, **data: Any) -> Event:
    return {"type": kind, "occurred": occurred, "data": data}


def deadline(occurred: str = "2020-09-01", **data: Any) -> Event:
    given = {"deadline_id": "dl", "obligation": "sell", "set_by": "cfius", "force": "statutory", **data}
    return event("deadline.set", occurred, **{name: value for name, value in given.items() if value is not None})


DUE = deadline(due="2020-12-01")
TODAY = datetime.now(UTC).date().isoformat()
CLOSED = event("deal.closed", "2020-10-01", effective="2020-10-01")

REQUIRED = event("approval.required", "2019-09-01", approval_id="a", authority="cfius", jurisdiction="US", subject="a")


ORACLE = event("party.added", "2020-08-07", party_id="oracle", name="Oracle", role="bidder")


def voiding(occurred: str = "2020-09-03") -> Event:
    return event("record.voided", occurred, event_id="first-bid", cause="duplicate", reason="recorded twice")


VOIDED = voiding()
CORRECTION = event(
    "record.corrected", "2020-09-04", event_id="first-bid", cause="recording_error", changes={"partners": "others"}
)

MISTAKES: dict[str, tuple[list[Event], Event, tuple[str, str]]] = {
    "a bid before the opening": (
        [], event("bid.submitted", "2019-08-20", bid_id="b2", bidders=["oracle"]), ("before-opening", "/occurred")
    ),
    "due before it was set": ([], deadline(due="2002-12-02"), ("due-before-set", "/data/due")),
    "an id that is set twice": ([DUE], deadline("2020-09-02", due="2020-12-02"), ("set-twice", "/data/deadline_id")),
    "a date against its own count": (
        [], deadline(due="2020-12-01", anchor="2020-09-01", offset=90, unit="day"), ("C2", "/data/due")
    ),
    "granted in 2207": (
        [REQUIRED], event("approval.granted", "2207-09-02", approval_id="a"), ("recorded-before-occurred", "/occurred")
    ),
    "granted before the opening": (
        [REQUIRED], event("approval.granted", "2019-09-02", approval_id="a"), ("before-opening", "/occurred")
    ),
    "a deadline without any date": ([], deadline(), ("set-without-date", "/data/deadline_id")),
    "a count without its unit": (
        [], deadline(anchor="2020-09-01", offset=90), ("set-without-date", "/data/offset")
    ),
    "a second voiding": ([VOIDED], voiding("2020-09-04"), ("voided-twice", "/data/event_id")),
    "a correction of a voided event": ([VOIDED], CORRECTION, ("corrected-after-voiding", "/data/event_id")),
    "a reinstatement of what stands": (
        [], event("record.reinstated", "2020-09-04", event_id="first-bid", reason="right"),
        ("reinstated-without-voiding", "/data/event_id"),
    ),
    "an extension to an earlier day": (
        [DUE], event("deadline.extended", "2020-09-02", deadline_id="dl", by="cfius", new_due="2020-11-02"),
        ("extension-not-later", "/data/new_due"),
    ),
    "a party that no event adds": (
        [ORACLE], event("bid.submitted", "2020-09-02", bid_id="b2", bidders=["walmart"]),
        ("unknown-reference", "/data/bidders/0"),
    ),
    "a party that no event adds and that acts": (
        [ORACLE], event("party.withdrew", "2020-09-02", party_id="walmart"), ("unknown-reference", "/data/party_id")
    ),
    "a bid on a closed deal": (
        [CLOSED], event("bid.revised", "2020-10-08", bid_id="b1", changes={"partners": "others"}),
        ("after-the-end", "/occurred"),
    ),
}  # fmt: skip
"""What is recorded before, the mistake, and the code and pointer of its warning."""

RIGHT: dict[str, tuple[list[Event], Event]] = {
    "a bid on the day of the opening": ([], event("bid.submitted", "2020-08-06", bid_id="b2", bidders=["oracle"])),
    "due on the day on which it is set": ([], deadline(due="2020-09-01")),
    "another id": ([DUE], deadline("2020-09-02", deadline_id="dl-2", due="2020-12-02")),
    "a date that is its own count": ([], deadline(due="2020-11-30", anchor="2020-09-01", offset=90, unit="day")),
    "an extension to a later day": (
        [DUE], event("deadline.extended", "2020-09-02", deadline_id="dl", by="cfius", new_due="2020-12-08")
    ),
    "an approval that is required before the opening": ([], REQUIRED),
    "granted today": ([REQUIRED], event("approval.granted", TODAY, approval_id="a")),
    "an effective day that lies ahead": (
        [], {**event("terms.changed", "2020-09-01", term="fee", to="1"), "effective": "2207-01-01"}
    ),
    "a deadline that counts from its order": (
        [event("order.signed", "2020-09-01", order_id="o", kind="statute", issuer="us", title="Act")],
        deadline(anchor="order effective", order_id="o", offset=2, unit="day"),
    ),
    "a voiding": ([], VOIDED),
    "a correction": ([], CORRECTION),
    "a voiding after a correction": ([CORRECTION], VOIDED),
    "a reinstatement": ([VOIDED], event("record.reinstated", "2020-09-04", event_id="first-bid", reason="right")),
    "a party that is added": ([ORACLE], event("bid.submitted", "2020-09-02", bid_id="b2", bidders=["oracle"])),
    "a party of a deal that names none": (
        [], event("bid.submitted", "2020-09-02", bid_id="b2", bidders=["walmart"])
    ),
    "a party that was mentioned before": (
        [ORACLE, event("bid.submitted", "2020-09-02", bid_id="b2", bidders=["walmart"])],
        event("position.stated", "2020-09-03", party_id="walmart", issue="price", stance="support"),
    ),
    "a bid on an open deal": ([], event("bid.revised", "2020-10-08", bid_id="b1", changes={"partners": "others"})),
    "a deadline that is set after the end": ([CLOSED], deadline("2020-10-08", due="2020-12-01")),
}  # fmt: skip


def warnings(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code in (200, 201), answer.text
    return [(each["code"], each["pointer"]) for each in answer.json()["warnings"]]


def record(http: httpx.Client, deal: str, events: list[Event]) -> None:
    for each in events:
        assert http.post(f"{deal}/events", json=each).status_code == 201


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_recorded_with_a_warning_that_a_dry_run_gives_too(
    http: httpx.Client, deal: str, name: str
) -> None:
    before, mistake, expected = MISTAKES[name]
    record(http, deal, before)
    tried = http.post(f"{deal}/events?dry_run=true", json=mistake)
    assert warnings(tried) == [expected]
    posted = http.post(f"{deal}/events", json=mistake)
    assert [{**each, "detail": ""} for each in posted.json()["warnings"]] == [
        {**each, "detail": ""} for each in tried.json()["warnings"]
    ]
    assert all(each["detail"].endswith(".") for each in posted.json()["warnings"])


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_brings_no_warning(http: httpx.Client, deal: str, name: str) -> None:
    before, right = RIGHT[name]
    record(http, deal, before)
    assert warnings(http.post(f"{deal}/events?dry_run=true", json=right)) == []
    assert warnings(http.post(f"{deal}/events", json=right)) == []


def test_only_what_an_event_brings_is_a_warning(http: httpx.Client, deal: str) -> None:
    record(http, deal, [MISTAKES["due before it was set"][1]])
    assert warnings(http.post(f"{deal}/events", json=event("context.noted", "2020-09-03", topic="a", text="b"))) == []


def test_the_state_says_the_same(http: httpx.Client, deal: str) -> None:
    twice = MISTAKES["an id that is set twice"]
    record(http, deal, twice[0])
    [told] = http.post(f"{deal}/events", json=twice[1]).json()["warnings"]
    [stands] = http.get(f"{deal}/state").json()["anomalies"]
    assert (told["code"], told["detail"]) == (stands["rule"], stands["why"])


def test_the_pointers_of_a_batch_name_the_event(http: httpx.Client, deal: str) -> None:
    batch = [DUE, MISTAKES["a bid before the opening"][1], MISTAKES["an extension to an earlier day"][1]]
    expected = [("before-opening", "/1/occurred"), ("extension-not-later", "/2/data/new_due")]
    assert warnings(http.post(f"{deal}/events?dry_run=true", json=batch)) == expected
    assert warnings(http.post(f"{deal}/events", json=batch)) == expected


def test_a_repeat_gets_the_first_answer_with_its_warnings(http: httpx.Client, deal: str) -> None:
    mistake = {**MISTAKES["a bid before the opening"][1], "id": "early"}
    first = http.post(f"{deal}/events", json=mistake)
    record(http, deal, [DUE, CLOSED])
    again = http.post(f"{deal}/events", json=mistake)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (again.json(), len(again.json()["warnings"])) == (first.json(), 1)


def test_an_event_dated_back_is_compared_at_its_own_date(http: httpx.Client, deal: str) -> None:
    record(http, deal, [DUE, event("deadline.met", "2020-11-01", deadline_id="dl"), CLOSED])
    restated = event("deadline.reaffirmed", "2020-09-10", deadline_id="dl", by="cfius", due="2020-12-03")
    assert warnings(http.post(f"{deal}/events", json=restated)) == [("C2", "/data/due")]


def test_the_opening_of_a_deal_is_compared_with_no_deal(http: httpx.Client) -> None:
    opening = event("deal.opened", "2020-08-06", title="A", kind="merger", subject="a")
    batch = [opening, MISTAKES["a bid before the opening"][1]]
    for query in ("?dry_run=true", ""):
        assert warnings(http.post(f"/v1/deals/new/events{query}", json=batch)) == [("before-opening", "/1/occurred")]


def test_a_reference_to_nothing_on_record_is_one_warning(http: httpx.Client, deal: str) -> None:
    loose = event("approval.granted", "2020-09-01", approval_id="cfius")
    answer = http.post(f"{deal}/events", json=loose, headers={"Prefer": "handling=lenient"})
    assert warnings(answer) == [("unknown-reference", "/data/approval_id")]


def test_a_repeat_has_the_warnings_of_the_first_answer(http: httpx.Client, deal: str) -> None:
    loose = {**event("approval.granted", "2020-09-01", approval_id="cfius"), "id": "loose"}
    near = {**event("deadline.met", "2020-09-01", deadline_id="dll"), "id": "near"}
    batch = [{**DUE, "id": "due"}, loose, near, {**MISTAKES["due before it was set"][1], "id": "again"}]
    first, repeat = (
        http.post(f"{deal}/events", json=batch, headers={"Prefer": "handling=lenient"}).json() for _ in range(2)
    )
    assert [each["code"] for each in first["warnings"]].count("unknown-reference") == 2
    assert repeat["warnings"] == first["warnings"]


def test_an_event_that_becomes_the_first_brings_no_older_finding(http: httpx.Client, deal: str) -> None:
    record(http, deal, [VOIDED, voiding("2020-09-04"), {**DUE, "id": "due"}])
    earlier = {**CORRECTION, "data": {**CORRECTION["data"], "event_id": "due", "changes": {"occurred": "1207-01-01"}}}
    assert warnings(http.post(f"{deal}/events", json=earlier)) == []


def test_a_hypothesis_is_warned_of_like_a_dry_run_and_may_lie_ahead(http: httpx.Client, deal: str) -> None:
    early, ahead = MISTAKES["a bid before the opening"][1], deadline("2207-01-02", due="2207-01-05")
    answer = http.post(f"{deal}/what-if", json={"events": [ahead, early]})
    assert warnings(answer) == [("before-opening", "/events/1/occurred")]


def test_a_misspelt_party_is_told_the_nearest_name(http: httpx.Client, deal: str) -> None:
    misspelt = event("bid.submitted", "2020-09-02", bid_id="b2", bidders=["oracle", "oracel"])
    [told] = http.post(f"{deal}/events", json=misspelt).json()["warnings"]
    assert (told["code"], told["pointer"], told["nearest"]) == ("unknown-reference", "/data/bidders/1", ["oracle"])
    assert told["detail"] == "No event adds or names the party 'oracel'; nearest: oracle."


def test_return_minimal_saves_the_comparison(http: httpx.Client, deal: str) -> None:
    answer = http.post(
        f"{deal}/events", json=MISTAKES["due before it was set"][1], headers={"Prefer": "return=minimal"}
    )
    assert (warnings(answer), answer.headers["Preference-Applied"]) == ([], "return=minimal")


def test_a_deal_of_more_than_2000_events_gets_a_note_instead(http: httpx.Client, deal: str) -> None:
    noted = {"deal_id": "tiktok", **event("context.noted", "2020-09-01", topic="a", text="b")}
    lines = b"\n".join(httpx.Request("POST", "http://x", json={**noted, "id": f"n{n}"}).content for n in range(1_997))
    report = http.post("/v1/imports", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert report.json()["recorded"] == 1_997
    mistake = MISTAKES["due before it was set"][1]
    assert warnings(http.post(f"{deal}/events", json=mistake)) == [("due-before-set", "/data/due")]
    other = deadline(deadline_id="dl-2", due="2002-12-02")
    assert warnings(http.post(f"{deal}/events?dry_run=true", json=other)) == [("warnings-skipped", "")]
    assert warnings(http.post(f"{deal}/events", json=other)) == [("warnings-skipped", "")]


def test_a_lenient_hypothesis_is_warned_of_unknown_references(http: httpx.Client, deal: str) -> None:
    met = {"type": "deadline.met", "id": "met", "occurred": "2020-10-01", "data": {"deadline_id": "dl-unheard-of"}}
    refused = http.post(f"{deal}/what-if", json={"events": [met]})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-reference")
    answer = http.post(f"{deal}/what-if", json={"events": [met]}, headers={"Prefer": "handling=lenient"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (200, "handling=lenient"), answer.text
    warned = [each for each in answer.json()["warnings"] if each["code"] == "unknown-reference"]
    assert [each["pointer"] for each in warned] == ["/events/0/data/deadline_id"]
    assert answer.json()["state"]["deadlines"]["dl-unheard-of"]["status"] == "met"
