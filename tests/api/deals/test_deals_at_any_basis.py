"""Deals and deadlines across deals on any date, as known on any date: the same as folding each deal."""

from importlib.resources import files
from itertools import count
from random import Random
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from icalendar import Calendar

from domain.time.edtf import parse_moment
from domain.time.instants import DAY, Moment, iso
from ledger.ledger import Ledger
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from projections.tables.deals import derive_rows
from tests.api.conftest import app, http, refused
from tests.submissions import as_sent, make_submission

__all__ = ["app", "http"]

FIRST, LAST = parse_moment("2018-01-01T00:00:00Z"), parse_moment("2027-01-01T00:00:00Z")


@pytest.fixture
def book(ledger: Ledger) -> Ledger:
    """Both real timelines, each event in a batch of its own deal, and corrections of what they say."""
    data = files("api.demo")
    for name in ("seeds", "tiktok"):
        lines = (data / f"{name}.ndjson").read_bytes().splitlines()
        ledger.import_batch([as_sent(orjson.loads(line)) for line in lines], by="desk")
    voided = {"event_id": "tiktok-030", "reason": "seen again", "cause": "recording_error"}
    late = {"deadline_id": "late", "obligation": "file", "set_by": "us", "force": "statutory", "due": "2020-10-01"}
    ledger.import_batch(
        [
            make_submission("tiktok", "late", "deadline.set", occurred="2020-08-20", **late),
            make_submission("tiktok", "void", "record.voided", occurred="2020-11-01", **voided),
        ],
        by="desk",
    )
    return ledger


def folded(reader: StateReader, asked: TimeQuery) -> tuple[dict[str, Any], dict[tuple[str, str], str]]:
    """What each deal that exists says of itself, and the open and past deadlines of all, on a basis."""
    deals: dict[str, Any] = {}
    deadlines: dict[tuple[str, str], str] = {}
    for head in reader.ledger.deals():
        found, _ = reader.state_on_query(head.deal_id, asked)
        columns, rows = derive_rows(head.deal_id, found)
        if found.sections["exists"]:
            deals[head.deal_id] = columns
        deadlines |= {(row.deal_id, row.deadline_id): row.standing for row in rows if row.standing != "over"}
    return deals, deadlines


def asked_of(drawn: Random, positions: int) -> dict[str, str]:
    at: Moment = drawn.randrange(FIRST, LAST, DAY // 3)
    asked = {"valid_at": drawn.choice([iso(at), iso(at)[:10]])}
    if drawn.random() < 0.8:
        asked["known_position"] = str(drawn.randint(0, positions))
    if drawn.random() < 0.4:
        asked["layer"] = "facts"
    return asked


def test_forty_drawn_questions_are_answered_as_folding_each_deal_does(book: Ledger, http: httpx.Client) -> None:
    reader, drawn = StateReader(book), Random(13)
    answered = 0
    for _ in range(20):
        asked = asked_of(drawn, book.head().position)
        numbers = {name: int(value) if name == "known_position" else value for name, value in asked.items()}
        deals, deadlines = folded(reader, TimeQuery(**numbers))  # type: ignore[arg-type]  # a number where it is one
        found = http.get("/v1/deals", params={**asked, "limit": "1000"}).json()["items"]
        assert [each["deal_id"] for each in found] == sorted(deals), asked
        for each in found:
            columns = deals[each["deal_id"]]
            for name in ("title", "status", "phase", "parties", "next_due", "next_force", "overdue"):
                assert each[name] == columns[name], (name, asked)
            conditions = {name: each[name] for name in ("outstanding", "conditions")}
            assert conditions == orjson.loads(columns["outstanding"] or b'{"outstanding":0,"conditions":[]}'), asked
            binding = columns["next_deadline_id"] if columns["next_is_binding"] else None
            assert each["next_deadline"] == {
                "binding": binding, "any": columns["nearest_id"], "overdue": columns["overdue_ids"],
            }, asked  # fmt: skip
        rows = http.get("/v1/deadlines", params={**asked, "limit": "1000"}).json()["items"]
        assert {(row["deal_id"], row["deadline_id"]) for row in rows} == set(deadlines), asked
        for row in rows:
            state = reader.state(row["deal_id"], TimeQuery(**numbers))["deadlines"][row["deadline_id"]]  # type: ignore[arg-type]  # as above
            assert {name: row[name] for name in state} == state, asked
        answered += 2
    assert answered == 40


def test_what_was_known_earlier_is_told_as_it_was_known(book: Ledger, http: httpx.Client) -> None:
    on = {"valid_at": "2020-09-15", "party": "us"}
    before = {row["deadline_id"] for row in http.get("/v1/deadlines", params=on).json()["items"]}
    position = book.head().position - 2
    earlier = http.get("/v1/deadlines", params={**on, "known_position": position}).json()
    assert before - {row["deadline_id"] for row in earlier["items"]} == {"late"}
    assert http.get("/v1/deals?known_position=0").json()["items"] == []
    recorded = iso(book.head().recorded_at)
    known = http.get("/v1/deadlines", params={**on, "known_at": recorded}).json()["items"]
    assert {row["deadline_id"] for row in known} == before
    events = Calendar.from_ical(http.get("/v1/calendar.ics", params={"known_position": position}).content)
    assert "tiktok/late@parley.invalid" not in {str(each["uid"]) for each in events.walk("VEVENT")}
    assert 'value="2020-09-15"' in http.get("/", params={"valid_at": "2020-09-15"}).text


def test_an_answer_names_its_basis_and_its_permalink_gives_it_again(book: Ledger, http: httpx.Client) -> None:
    position = book.head().position
    day = {"valid_at": "2020-09-15"}
    known = {"known_at": iso(book.head().recorded_at)}
    public = {"known_by": "published", "known_at": "2020-08-20T00:00:00Z"}
    for path in ("/v1/deals", "/v1/deadlines"):
        for asked in ({}, day, {"known_position": "9"}, known, public):
            first = http.get(path, params={**asked, "limit": "2", "party": "us"}).json()
            basis = first["basis"]
            assert basis["known_position"] == int(asked.get("known_position", position))
            assert (basis["known_by"], basis["layer"]) == (asked.get("known_by", "recorded"), "all")
            assert basis["valid_at"].startswith(asked.get("valid_at", basis["valid_at"]))
            assert "party=us" in basis["permalink"]
            again = http.get(basis["permalink"]).json()
            assert (again["items"], again["next"]) == (first["items"], first["next"]), asked
            assert again["basis"]["permalink"] == basis["permalink"]


def test_an_answer_as_of_now_that_has_not_changed_is_not_sent_again(
    book: Ledger, app: FastAPI, http: httpx.Client
) -> None:
    moments = count(StateReader(book).now())
    app.state.runtime.main.reader.now = lambda: next(moments)
    for path in ("/v1/deals", "/v1/deadlines"):
        etag = http.get(path).headers["etag"]
        assert http.get(path, headers={"If-None-Match": etag}).status_code == 304


def test_a_day_that_ends_at_several_moments_is_the_day_in_the_basis(ledger: Ledger, http: httpx.Client) -> None:
    for name, tz in (("east", "Asia/Tokyo"), ("west", "America/Los_Angeles")):
        opened = {"title": name, "kind": "merger", "subject": "it", "tz": tz}
        ledger.import_batch([make_submission(name, f"{name}-1", "deal.opened", **opened)], by="desk")
    basis = http.get("/v1/deals?valid_at=2020-10-01").json()["basis"]
    assert (basis["valid_at"], basis["known_position"]) == ("2020-10-01", 2)
    assert basis["permalink"] == "/v1/deals?valid_at=2020-10-01&known_position=2"


def test_deadlines_are_narrowed_by_kind_and_jurisdiction_of_their_deal(ledger: Ledger, http: httpx.Client) -> None:
    due = {"deadline_id": "dl", "obligation": "close", "set_by": "us", "force": "statutory", "due": "2031-10-01"}
    for name, kind, places in (("one", "merger", ["US", "EU"]), ("two", "asset_sale", ["EU"])):
        opened = {"title": name, "kind": kind, "subject": "it", "jurisdictions": places}
        events = [make_submission(name, f"{name}-1", "deal.opened", **opened)]
        ledger.import_batch([*events, make_submission(name, f"{name}-2", "deadline.set", **due)], by="desk")
    for basis in ({}, {"known_position": "4"}, {"known_by": "published"}):
        for asked, expected in (
            ({"kind": "merger"}, ["one"]), ({"jurisdiction": "EU"}, ["one", "two"]), ({"jurisdiction": "US"}, ["one"]),
            ({"kind": "asset_sale", "jurisdiction": "US"}, []),
        ):  # fmt: skip
            rows = http.get("/v1/deadlines", params={**asked, **basis}).json()["items"]
            assert [row["deal_id"] for row in rows] == expected, (asked, basis)
    refused(http.get("/v1/deadlines?kind=marriage"), 400, "bad-question")


def test_by_publication_every_deal_is_folded(book: Ledger, http: httpx.Client) -> None:
    on = {"known_by": "published", "known_at": "2020-08-20"}
    found = http.get("/v1/deals", params=on).json()
    reader = StateReader(book)
    deals, deadlines = folded(reader, TimeQuery(**on))
    assert [(each["deal_id"], each["status"]) for each in found["items"]] == [
        (name, each["status"]) for name, each in sorted(deals.items())
    ]
    for each in found["items"]:
        last = http.get(f"/v1/deals/{each['deal_id']}/events/{each['last_change']['event_id']}").json()
        assert (last["published"] or last["occurred"]) <= "2020-08-20"
        assert each["last_change"]["text"] == last["text"]
    rows = http.get("/v1/deadlines", params=on).json()["items"]
    assert {(row["deal_id"], row["deadline_id"]) for row in rows} == set(deadlines)
    first = http.get("/v1/deals", params={**on, "limit": 1}).json()
    second = http.get("/v1/deals", params={**on, "limit": 1, "cursor": first["next"]}).json()
    assert [each["deal_id"] for each in (*first["items"], *second["items"])] == sorted(deals)[:2]


def test_a_basis_that_no_question_across_deals_can_have_is_refused(book: Ledger, http: httpx.Client) -> None:
    for path in ("/v1/deals", "/v1/deadlines", "/v1/calendar.ics"):
        refused(http.get(f"{path}?known_position=100000"), 404, "beyond-the-end")
        refused(http.get(f"{path}?known_at=2190-01-01"), 400, "in-the-future")
        for asked in ("known_at=2020-01-01&known_position=1", "layer=reported", "known_by=hearsay", "valid_at=soon"):
            assert http.get(f"{path}?{asked}").status_code == 400, asked


def test_a_day_ends_in_the_zone_of_each_deal(ledger: Ledger, http: httpx.Client) -> None:
    for name, tz in (("east", "Asia/Tokyo"), ("west", "America/Los_Angeles")):
        opened = {"title": name, "kind": "merger", "subject": "it", "tz": tz}
        due = {"deadline_id": "dl", "obligation": "close", "set_by": "us", "force": "statutory", "due": "2020-10-01"}
        events = [make_submission(name, f"{name}-1", "deal.opened", **opened)]
        ledger.import_batch([*events, make_submission(name, f"{name}-2", "deadline.set", **due)], by="desk")
    on = http.get("/v1/deadlines?valid_at=2020-10-01").json()["items"]
    assert [(row["deal_id"], row["status"], row["days_left"]) for row in on] == [
        ("east", "pending", 0), ("west", "pending", 0),
    ]  # fmt: skip
    noon = http.get("/v1/deadlines?valid_at=2020-10-01T20:00:00Z").json()["items"]
    assert [(row["deal_id"], row["status"]) for row in noon] == [("east", "past_due"), ("west", "pending")]
    assert len(http.get("/v1/deals?known_at=2020-10-01").json()["items"]) == 0


def test_deals_are_found_by_the_summaries_of_their_events_as_known_then(ledger: Ledger, http: httpx.Client) -> None:
    def record(event_id: str, type_name: str, summary: str | None = None, /, **data: Any) -> None:
        occurred, attribution = data.pop("occurred", "2020-03-01"), data.pop("attribution", None)
        envelope = {name: each for name, each in (("summary", summary), ("attribution", attribution)) if each}
        ledger.import_batch(
            [make_submission("one", event_id, type_name, occurred=occurred, envelope=envelope, **data)], by="desk"
        )

    def found(q: str, **basis: str) -> bool:
        items = http.get("/v1/deals", params={"q": q, **basis}).json()["items"]
        return [each["deal_id"] for each in items] == ["one"]

    record("e1", "deal.opened", title="Deal one", kind="merger", subject="it", occurred="2020-01-01")
    record("e2", "context.noted", "The Chancellor demurred", topic="t", text="x", occurred="2020-05-01")
    record("e3", "context.noted", "An envoy travelled", topic="t", text="x", attribution="anonymous_single")
    assert found("chancellor one")
    assert found("DEMURRED envoy")
    assert not found("chancellor absent")
    assert not found("the chancellor travelled abroad")
    assert not found("chancellor", known_position="1")
    assert not found("chancellor", valid_at="2020-04-30")
    assert found("chancellor", valid_at="2020-05-01")
    assert found("envoy")
    assert not found("envoy", layer="facts")
    changes = {"summary": "The Minister demurred"}
    record("c1", "record.corrected", event_id="e2", changes=changes, cause="recording_error", reason="misread")
    assert found("minister")
    assert not found("chancellor")
    assert found("chancellor", known_position="3")
    for basis in ({}, {"known_by": "published"}):
        assert found("minister demurred", **basis)
    record("v1", "record.voided", event_id="e2", reason="seen again", cause="duplicate")
    for basis in ({}, {"known_by": "published"}):
        assert not found("minister", **basis)
    assert found("minister", known_position="4")
    record("r1", "record.reinstated", event_id="e2", reason="it was sound")
    for basis in ({}, {"known_by": "published"}):
        assert found("minister", **basis)
    assert found("minister", known_position="4")
    assert not found("minister", known_position="5")


def test_deals_are_found_by_their_list_and_by_words_of_parties_and_obligations(
    ledger: Ledger, http: httpx.Client
) -> None:
    for name, obligation in (("one", "divest the algorithm"), ("two", "file the merger")):
        opened = make_submission(name, f"{name}-1", "deal.opened", title=f"Deal {name}", kind="merger", subject="it")
        party = {"party_id": f"buyer-{name}", "name": f"Ünion {name}", "role": "bidder"}
        due = {"deadline_id": "dl", "obligation": obligation, "set_by": "us", "force": "statutory", "due": "2031-10-01"}
        events = [opened, make_submission(name, f"{name}-2", "party.added", **party)]
        ledger.import_batch([*events, make_submission(name, f"{name}-3", "deadline.set", **due)], by="desk")
    for basis in ({}, {"known_position": "6"}, {"known_by": "published"}):
        for text, expected in (
            ("deal one", ["one"]), ("ALGORITHM", ["one"]), ("merger file", ["two"]), ("ünion two", ["two"]),
            ("algorithm one divest", ["one"]), ("algorithm two", []), ("deal", ["one", "two"]),
        ):  # fmt: skip
            found = http.get("/v1/deals", params={"q": text, **basis}).json()["items"]
            assert [each["deal_id"] for each in found] == expected, (text, basis)
    assert http.put("/v1/lists/mine", json={"deals": ["two"]}).status_code in (200, 201)
    for basis in ({}, {"known_position": "6"}, {"known_by": "published"}):
        for path in ("/v1/deals", "/v1/deadlines"):
            found = http.get(path, params={"list": "mine", **basis}).json()["items"]
            assert [each["deal_id"] for each in found] == ["two"]
        entries = Calendar.from_ical(http.get("/v1/calendar.ics", params={"list": "mine", **basis}).content)
        assert [str(each["uid"]) for each in entries.walk("VEVENT")] == ["two/dl@parley.invalid"]
    refused(http.get("/v1/deals?list=none"), 404, "unknown-list")
