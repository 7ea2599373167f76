"""Links of deals in both directions: on which basis the other deal is read, what it costs, and what stays its own."""

import re
from hashlib import sha256
from html import unescape
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from domain.state import without_counters
from ledger.encoding.canonical_json import canonical
from ledger.ledger import Ledger
from projections.state import linked_deals, state_reader
from projections.state.state_reader import StateReader
from tests.api.conftest import refused

STATUTE, SALE = "tiktok-2024", "tiktok-2020"
LINK = f"{STATUTE}-successor_of-{SALE}"
"""The id of the event that links them."""


def record(http: httpx.Client, deal_id: str, kind: str, occurred: str, id_: str | None = None, /, **data: Any) -> int:
    """Record one event; its position."""
    event = {"type": kind, "occurred": occurred, "data": data, **({"id": id_} if id_ else {})}
    answer = http.post(f"/v1/deals/{deal_id}/events", json=event)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["position"])


def begin(http: httpx.Client, deal_id: str, occurred: str, title: str) -> int:
    return record(http, deal_id, "deal.opened", occurred, title=title, kind="forced_divestiture", subject="tiktok")


def link(
    http: httpx.Client,
    deal_id: str = STATUTE,
    other: str = SALE,
    occurred: str = "2024-05-01",
    relation: str = "successor_of",
) -> int:
    event_id = f"{deal_id}-{relation}-{other}"
    return record(http, deal_id, "deal.linked", occurred, event_id, other_deal=other, relation=relation)


def links(http: httpx.Client, deal_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = http.get(f"/v1/deals/{deal_id}/state", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["links"]
    return found


def told(http: httpx.Client, deal_id: str, **query: Any) -> list[tuple[Any, ...]]:
    """Each link as its other deal, relation, direction, and what the other deal says."""
    return [
        (each["other_deal"], each["relation"], each["incoming"], each["other"])
        for each in links(http, deal_id, **query)
    ]


@pytest.fixture
def linked(http: httpx.Client) -> httpx.Client:
    """Two deals, the later one linked to the earlier one."""
    begin(http, SALE, "2020-08-06", "Sale under the order")
    begin(http, STATUTE, "2024-04-24", "Sale under the statute")
    link(http)
    return http


OTHER = {"title": "Sale under the order", "status": "open"}


@pytest.mark.parametrize("long_from", [1, 500])
def test_a_link_shows_title_and_status_of_the_other_deal_long_or_not(
    linked: httpx.Client, monkeypatch: pytest.MonkeyPatch, long_from: int
) -> None:
    monkeypatch.setattr(state_reader, "SHORTEST", long_from)
    assert told(linked, STATUTE) == [(SALE, "successor_of", False, OTHER)]


def test_the_other_deal_shows_the_link_with_the_inverse_relation(linked: httpx.Client) -> None:
    [incoming] = links(linked, SALE)
    assert told(linked, SALE) == [
        (STATUTE, "predecessor_of", True, {"title": "Sale under the statute", "status": "open"})
    ]
    assert (incoming["because"], incoming["since"]) == ([LINK], "2024-05-01")


@pytest.mark.parametrize(
    ("relation", "inverse"),
    [("part_of", "has_part"), ("remedy_for", "remedied_by"), ("competes_with", "competes_with")],
)
def test_every_relation_has_an_inverse(linked: httpx.Client, relation: str, inverse: str) -> None:
    link(linked, relation=relation)
    assert [each["relation"] for each in links(linked, SALE)] == [inverse]


def test_a_link_that_both_records_hold_is_shown_once(linked: httpx.Client) -> None:
    link(linked, SALE, STATUTE, relation="predecessor_of")
    assert [each[2] for each in told(linked, SALE)] == [False]
    assert [each[2] for each in told(linked, STATUTE)] == [False]


def test_a_deal_linked_to_itself_shows_that_link_once(linked: httpx.Client) -> None:
    link(linked, SALE, SALE, relation="parallel_to")
    assert [(each[0], each[2]) for each in told(linked, SALE)] == [(SALE, False), (STATUTE, True)]


def test_the_other_deal_is_read_at_the_same_valid_time(linked: httpx.Client) -> None:
    record(linked, SALE, "deal.terminated", "2024-09-01", by="us", reason="the order lapsed")
    assert [each[3]["status"] for each in told(linked, STATUTE, valid_at="2024-08-31")] == ["open"]
    assert [each[3]["status"] for each in told(linked, STATUTE, valid_at="2024-09-02")] == ["terminated"]
    assert told(linked, SALE, valid_at="2024-04-30") == []


def test_the_other_deal_is_read_at_the_same_known_time(linked: httpx.Client) -> None:
    ended = record(linked, SALE, "deal.terminated", "2024-09-01", by="us", reason="the order lapsed")
    recorded_at = linked.get(f"/v1/deals/{SALE}/events?order=-version").json()["items"][0]["recorded_at"]
    for known in ({"known_position": ended - 1}, {"known_version": 2}):
        assert [each[3]["status"] for each in told(linked, STATUTE, valid_at="2025-01-01", **known)] == ["open"]
    for known in ({"known_position": ended}, {"known_at": recorded_at}, {}):
        assert [each[3]["status"] for each in told(linked, STATUTE, valid_at="2025-01-01", **known)] == ["terminated"]
    assert told(linked, SALE, valid_at="2025-01-01", known_version=1) == []


def test_a_deal_that_is_not_on_record_yet_has_no_title(http: httpx.Client) -> None:
    begin(http, STATUTE, "2024-04-24", "Sale under the statute")
    link(http)
    assert told(http, STATUTE) == [(SALE, "successor_of", False, None)]
    begin(http, SALE, "2020-08-06", "Sale under the order")
    assert told(http, STATUTE) == [(SALE, "successor_of", False, OTHER)]


def test_a_reported_link_is_shown_as_reported_and_not_among_facts(linked: httpx.Client) -> None:
    report = {"type": "deal.linked", "occurred": "2024-06-01", "attribution": "anonymous_single", "grade": "B2",
              "data": {"other_deal": SALE, "relation": "competes_with"}}  # fmt: skip
    begin(linked, "rival", "2024-05-30", "Rival sale")
    assert linked.post("/v1/deals/rival/events", json=report).status_code == 201
    assert {each["other_deal"]: each.get("layer") for each in links(linked, SALE)} == {
        STATUTE: None,
        "rival": "reported",
    }
    assert [each["other_deal"] for each in links(linked, SALE, layer="facts")] == [STATUTE]


def test_a_voided_link_is_shown_on_neither_deal(linked: httpx.Client) -> None:
    record(linked, STATUTE, "record.voided", "2024-06-01", event_id=LINK, cause="duplicate", reason="wrong deal")
    assert (links(linked, STATUTE), links(linked, SALE)) == ([], [])


def test_a_link_that_was_taken_away_is_shown_on_neither_deal_since(linked: httpx.Client) -> None:
    record(linked, STATUTE, "deal.unlinked", "2024-06-01", other_deal=SALE)
    assert (links(linked, STATUTE), links(linked, SALE)) == ([], [])
    assert len(links(linked, SALE, valid_at="2024-05-31")) == 1


def test_a_corrected_link_is_shown_on_the_deal_that_it_names_now(linked: httpx.Client) -> None:
    begin(linked, "oracle-2022", "2022-01-01", "Hosting by Oracle")
    assert links(linked, "oracle-2022") == []
    changes = {"other_deal": "oracle-2022"}
    record(linked, STATUTE, "record.corrected", "2024-06-01", event_id=LINK, changes=changes, cause="recording_error")
    assert links(linked, SALE) == []
    assert [each["other_deal"] for each in links(linked, "oracle-2022")] == [STATUTE]
    record(linked, STATUTE, "deal.unlinked", "2024-07-01", other_deal="oracle-2022")
    assert links(linked, "oracle-2022") == []


def test_an_erased_link_is_shown_on_neither_deal(linked: httpx.Client) -> None:
    record(linked, STATUTE, "record.erased", "2024-06-01", event_id=LINK, legal_basis="Art. 17 GDPR")
    assert links(linked, SALE) == []
    assert SALE not in linked.get(f"/v1/deals/{STATUTE}/state").text


def test_an_other_deal_that_cannot_be_read_harms_nothing(linked: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(linked, "rival", "2024-05-30", "Rival sale")
    link(linked, "rival", SALE, "2024-06-01", relation="competes_with")
    link(linked, SALE, STATUTE, "2024-06-01", relation="parallel_to")
    derive = state_reader.state

    def failing(lines: Any, *given: Any, **named: Any) -> Any:
        if named["deal_id"] == STATUTE:
            raise KeyError("a fault in a rule")
        return derive(lines, *given, **named)

    monkeypatch.setattr(state_reader, "state", failing)
    refused(linked.get(f"/v1/deals/{STATUTE}/state"), 422, "unreadable-deal")
    assert [(each[0], each[2], each[3] is None) for each in told(linked, SALE)] == [
        (STATUTE, False, True),
        ("rival", True, False),
    ]


class TestWhatStaysTheDealsOwn:
    def test_the_state_hash_is_of_the_deals_own_record(self, linked: httpx.Client) -> None:
        own = linked.get(f"/v1/deals/{SALE}/state", params={"valid_at": "2024-09-01", "known_version": 1}).json()
        both = linked.get(f"/v1/deals/{SALE}/state", params={"valid_at": "2024-09-01"}).json()
        assert both["links"]
        assert own["links"] == []
        assert own["state_hash"] == both["state_hash"]

    def test_the_hash_follows_from_the_answer_without_what_other_deals_say(self, linked: httpx.Client) -> None:
        answer = linked.get(f"/v1/deals/{STATUTE}/state").json()
        given = answer.pop("state_hash")
        del answer["basis"], answer["next_transition_at"]
        own = [{**each, "other": None} for each in answer["links"] if not each["incoming"]]
        for each in own:
            del each["incoming"]
        assert sha256(canonical(without_counters({**answer, "links": own}))).hexdigest() == given


class TestPage:
    def test_both_deals_lead_to_each_other_by_their_titles(self, linked: httpx.Client) -> None:
        page = linked.get(f"/deals/{STATUTE}").text
        assert "the successor of" in page
        assert re.search(rf'<a href="/deals/{SALE}">[^<]*Sale under the order', page)
        page = linked.get(f"/deals/{SALE}").text
        assert "the predecessor of" in page
        assert re.search(rf'<a href="/deals/{STATUTE}">[^<]*Sale under the statute', page)
        assert f'href="/deals/{STATUTE}/events/{LINK}"' in page

    def test_the_permanent_link_of_the_page_shows_the_same_links(self, linked: httpx.Client) -> None:
        found = re.search(r'<dt>Permalink</dt><dd><a href="([^"]+)"', linked.get(f"/deals/{STATUTE}").text)
        assert found
        assert "Sale under the order" in linked.get(unescape(found[1])).text


class TestPermanence:
    @pytest.mark.parametrize("deal_id", [STATUTE, SALE])
    def test_the_permalink_gives_the_same_answer_after_the_other_deal_has_changed(
        self, linked: httpx.Client, deal_id: str
    ) -> None:
        before = linked.get(f"/v1/deals/{deal_id}/state", params={"valid_at": "2025-01-01"}).json()
        for each in (SALE, STATUTE):
            record(linked, each, "deal.terminated", "2024-09-01", by="us", reason="the order lapsed")
        record(linked, STATUTE, "deal.unlinked", "2024-10-01", other_deal=SALE)
        again = linked.get(before["basis"]["permalink"]).json()
        assert again["links"] == before["links"] != []
        assert again["basis"]["permalink"] == before["basis"]["permalink"]

    def test_the_permalink_of_a_deal_whose_link_was_taken_away_shows_none(self, linked: httpx.Client) -> None:
        record(linked, STATUTE, "deal.unlinked", "2024-10-01", other_deal=SALE)
        before = linked.get(f"/v1/deals/{SALE}/state", params={"valid_at": "2025-01-01"}).json()
        assert before["links"] == linked.get(before["basis"]["permalink"]).json()["links"] == []


class TestCache:
    def test_a_cached_answer_is_renewed_when_the_linked_deal_changes(self, linked: httpx.Client) -> None:
        assert told(linked, STATUTE, valid_at="2025-01-01")[0][3] == OTHER
        record(linked, SALE, "deal.terminated", "2024-09-01", by="us", reason="the order lapsed")
        assert told(linked, STATUTE, valid_at="2025-01-01")[0][3] == {**OTHER, "status": "terminated"}

    def test_a_cached_answer_is_renewed_when_another_deal_is_linked_to_it(self, linked: httpx.Client) -> None:
        assert len(links(linked, SALE, valid_at="2025-01-01")) == 1
        begin(linked, "rival", "2024-05-30", "Rival sale")
        link(linked, "rival", SALE, "2024-06-01", relation="competes_with")
        assert [each["other_deal"] for each in links(linked, SALE, valid_at="2025-01-01")] == ["rival", STATUTE]

    def test_a_cached_answer_is_renewed_when_a_link_to_it_is_taken_away(self, linked: httpx.Client) -> None:
        assert len(links(linked, SALE, valid_at="2025-01-01")) == 1
        record(linked, STATUTE, "deal.unlinked", "2024-06-01", other_deal=SALE)
        assert links(linked, SALE, valid_at="2025-01-01") == []

    def test_a_cached_answer_outlives_events_of_other_deals(
        self, linked: httpx.Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        begin(linked, "rival", "2024-05-30", "Rival sale")
        first = links(linked, SALE, valid_at="2025-01-01")
        record(linked, "rival", "deal.terminated", "2024-09-01", by="us", reason="no bidder")
        monkeypatch.setattr(linked_deals, "state_to_json", None)
        assert links(linked, SALE, valid_at="2025-01-01") == first


class TestCost:
    def test_only_linked_deals_are_read_and_of_many_the_last(
        self, linked: httpx.Client, app: FastAPI, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("a", "b", "c"):
            begin(linked, name, "2024-05-30", f"Rival {name}")
            if name != "a":
                link(linked, name, SALE, "2024-06-01", relation="competes_with")
        read: list[str] = []
        beside = StateReader.state_beside

        def noted(self: StateReader, head: Any, *given: Any) -> Any:
            read.append(head.deal_id)
            return beside(self, head, *given)

        monkeypatch.setattr(StateReader, "state_beside", noted)
        monkeypatch.setattr(linked_deals, "MOST_DEALS", 2)
        assert [each["other_deal"] for each in links(linked, SALE)] == ["b", "c"]
        assert read == ["b", "c"]
        assert "1 more deal is linked" in linked.get(f"/deals/{SALE}").text

    def test_the_deals_that_link_to_one_are_found_by_an_index(self, linked: httpx.Client, ledger: Ledger) -> None:
        statement = "EXPLAIN SELECT deal_id FROM things WHERE tenant = %s AND kind = 'link' AND id = %s"
        with ledger.pool.connection() as connection, connection.transaction():
            connection.execute("SET LOCAL enable_seqscan = off")
            plan = "\n".join(row[0] for row in connection.execute(statement, (ledger.tenant, SALE)).fetchall())
        assert "things_linking" in plan
