"""Atom feeds: they parse, ids are stable, and a correction updates the entry of its event."""

from typing import Any

import feedparser
import httpx
import pytest


def post(http: httpx.Client, deal: str, kind: str, event_id: str, **members: Any) -> None:
    sent = {"type": kind, "id": f"{deal.rpartition('/')[2]}-{event_id}", "occurred": "2020-08-02", **members}
    answer = http.post(f"{deal}/events", json=sent)
    assert answer.status_code == 201, answer.text


def bid(http: httpx.Client, deal: str, event_id: str, bidder: str, summary: str = "A bid") -> None:
    data = {"bid_id": event_id, "bidders": [bidder]}
    post(http, deal, "bid.submitted", event_id, data=data, summary=summary, sources=[{"url": "https://example.org/1"}])


def feed(http: httpx.Client, path: str) -> Any:
    answer = http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


def test_a_feed_has_each_development_in_a_sentence_with_a_link_to_its_page(http: httpx.Client, deal: str) -> None:
    bid(http, deal, "b1", "oracle")
    entry = feed(http, f"{deal}/feed.atom").entries[0]
    assert "oracle" in entry.title
    deal_id = deal.rpartition("/")[2]
    assert entry.link.endswith(f"/deals/{deal_id}/events/{deal_id}-b1")
    assert {link.rel: link.href for link in entry.links}["via"] == "https://example.org/1"
    assert entry.summary == "Occurred 2020-08-02.\nA bid"
    assert [tag.term for tag in entry.tags] == ["bid.submitted", deal_id]


def test_a_correction_updates_the_entry_and_keeps_its_id(http: httpx.Client, deal: str) -> None:
    bid(http, deal, "b1", "oracle")
    bid(http, deal, "b2", "walmart")
    before = feed(http, f"{deal}/feed.atom").entries
    oracle = next(entry for entry in before if "oracle" in entry.title)
    changes = {"event_id": f"{deal.rpartition('/')[2]}-b1", "reason": "misread", "changes": {"bidders": ["sap"]}}
    post(http, deal, "record.corrected", "c1", data={**changes, "cause": "recording_error"})
    after = feed(http, f"{deal}/feed.atom")
    assert len(after.entries) == len(before)
    first = after.entries[0]
    assert first.id == oracle.id
    assert first.title.startswith("Corrected: ")
    assert "sap" in first.title
    assert first.updated > oracle.updated
    assert first.published == oracle.published


def test_the_feed_of_the_log_has_the_developments_of_every_deal(http: httpx.Client, deal: str) -> None:
    bid(http, deal, "b1", "oracle")
    parsed = feed(http, "/v1/feed.atom?limit=1")
    assert [tag.term for tag in parsed.entries[0].tags][1] == deal.rpartition("/")[2]
    assert parsed.entries[0].id == feed(http, f"{deal}/feed.atom").entries[0].id


def test_texts_cannot_break_the_feed(http: httpx.Client, deal: str) -> None:
    data = {"deadline_id": "dl", "obligation": "<b>&]]>", "set_by": "us", "force": "statutory", "due": "2020-09-20"}
    post(http, deal, "deadline.set", "d1", data=data, summary="<script>alert(1)</script> & \u2028 \u202e")
    parsed = feed(http, f"{deal}/feed.atom")
    assert "<b>&]]>" in parsed.entries[0].title_detail.value
    assert "<script>" in parsed.entries[0].summary_detail.value


def test_a_feed_that_has_not_changed_is_not_sent_again(http: httpx.Client, deal: str) -> None:
    etag = http.get(f"{deal}/feed.atom").headers["etag"]
    assert http.get(f"{deal}/feed.atom", headers={"If-None-Match": etag}).status_code == 304
    bid(http, deal, "b1", "oracle")
    assert http.get(f"{deal}/feed.atom", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("limit", ["0", "1000000", "x"])
def test_the_number_of_developments_is_bounded(http: httpx.Client, deal: str, limit: str) -> None:
    assert http.get(f"{deal}/feed.atom?limit={limit}").status_code == 400
