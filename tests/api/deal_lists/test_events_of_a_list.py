"""The log and its Atom feed, narrowed to the deals of a list."""

import feedparser
import httpx
import orjson
import pytest

from tests.api.conftest import bid, refused

NDJSON = {"Accept": "application/x-ndjson"}


@pytest.fixture
def watched(http: httpx.Client) -> str:
    """A list of two of three deals, whose events alternate in the log."""
    for name in ("alpha", "beta", "gamma"):
        made = {"deal_id": name, "title": name, "kind": "merger", "subject": name, "occurred": "2024-01-02"}
        assert http.post("/v1/deals", json=made).status_code == 201
    for number in range(3):
        for name in ("alpha", "beta", "gamma"):
            sent = {**bid(f"{name}-{number}"), "id": f"{name}-{number}"}
            assert http.post(f"/v1/deals/{name}/events", json=sent).status_code == 201
    assert http.put("/v1/lists/watch", json={"deals": ["gamma", "alpha"]}).status_code == 201
    return "watch"


def test_a_page_has_the_events_of_its_deals_by_position(http: httpx.Client, watched: str) -> None:
    first = http.get("/v1/events", params={"list": watched, "limit": 3}).json()
    assert [(each["deal_id"], each["position"]) for each in first["items"]] == [
        ("alpha", 1),
        ("gamma", 3),
        ("alpha", 4),
    ]
    rest = http.get("/v1/events", params={"list": watched, "after": first["next"]}).json()
    assert [each["position"] for each in rest["items"]] == [6, 7, 9, 10, 12]
    assert rest["next"] is None


def test_an_export_ends_with_the_count_of_the_events_of_its_deals(http: httpx.Client, watched: str) -> None:
    for limit, count, position in ((None, 8, 12), (5, 5, 7)):
        asked = {"list": watched, **({"limit": limit} if limit else {})}
        *events, trailer = map(orjson.loads, http.get("/v1/events", params=asked, headers=NDJSON).content.splitlines())
        assert {each["deal_id"] for each in events} == {"alpha", "gamma"}
        assert (len(events), trailer["count"], trailer["position"]) == (count, count, position)


def test_a_feed_has_the_newest_developments_of_its_deals_and_an_id_of_its_own(http: httpx.Client, watched: str) -> None:
    feed = feedparser.parse(http.get("/v1/feed.atom", params={"list": watched, "limit": 3}).content)
    assert not feed.bozo
    assert [entry.link.rpartition("/")[2] for entry in feed.entries] == ["gamma-2", "alpha-2", "gamma-1"]
    every = feedparser.parse(http.get("/v1/feed.atom").content)
    assert feed.feed.id != every.feed.id
    assert {entry.id for entry in feed.entries} < {entry.id for entry in every.entries}


def test_the_front_page_links_the_feed_of_its_list(http: httpx.Client, watched: str) -> None:
    for path, feed in (("/", "/v1/feed.atom"), (f"/?list={watched}", f"/v1/feed.atom?list={watched}")):
        assert f'type="application/atom+xml" title="Developments" href="{feed}">' in http.get(path).text


def test_a_list_that_does_not_exist_is_named(http: httpx.Client) -> None:
    refused(http.get("/v1/events?list=none"), 404, "unknown-list")
    refused(http.get("/v1/events?list=none", headers=NDJSON), 404, "unknown-list")
    refused(http.get("/v1/feed.atom?list=none"), 404, "unknown-list")


def test_a_list_without_deals_has_no_events(http: httpx.Client, watched: str) -> None:
    assert http.put("/v1/lists/none-yet", json={"deals": []}).status_code == 201
    assert http.get("/v1/events?list=none-yet").json() == {"items": [], "next": None}
    assert feedparser.parse(http.get("/v1/feed.atom?list=none-yet").content).entries == []
