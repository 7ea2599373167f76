"""Deals are found in any Unicode normalisation of their title, and in any case."""

import httpx
import pytest

COMPOSED, DECOMPOSED = "Caf\u00e9 \u00c5ngstr\u00f6m", "Cafe\u0301 A\u030angstro\u0308m"


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        (DECOMPOSED, COMPOSED),
        (COMPOSED, DECOMPOSED),
        (COMPOSED, COMPOSED.upper()),
        ("Stra\u00dfe", "STRASSE"),
        ("\ufb01nal o\ufb00er", "final OFFER"),
        ("\u039f\u03b4\u03c5\u03c3\u03c3\u03b5\u03cd\u03c2", "\u039f\u0394\u03a5\u03a3\u03a3\u0395\u038e\u03a3"),
        ("A\u00a0B", "a b"),
    ],
)
def test_a_title_is_found(http: httpx.Client, title: str, asked: str) -> None:
    for name, each in (("d", title), ("other", "Something else")):
        opening = {"deal_id": name, "title": each, "kind": "merger", "subject": "it", "occurred": "2020-01-01"}
        assert http.post("/v1/deals", json=opening).status_code == 201
    found = http.get("/v1/deals", params={"q": asked}).json()["items"]
    assert [each["deal_id"] for each in found] == ["d"]
    assert found[0]["title"] == title


def test_a_party_is_found_by_its_id_or_its_name(http: httpx.Client) -> None:
    opening = {"deal_id": "d", "title": "D", "kind": "merger", "subject": "it", "occurred": "2020-01-01"}
    assert http.post("/v1/deals", json=opening).status_code == 201
    joined = {"party_id": "Angstrom", "name": DECOMPOSED, "role": "buyer"}
    event = {"type": "party.added", "occurred": "2020-01-02", "data": joined}
    assert http.post("/v1/deals/d/events", json=event).status_code == 201, event
    due = {"deadline_id": "dl", "obligation": "close", "set_by": "Court", "force": "contractual", "due": "2098-01-01"}
    assert http.post("/v1/deals/d/events", json={**event, "type": "deadline.set", "data": due}).status_code == 201
    for party in ("Angstrom", "ANGSTROM", COMPOSED, COMPOSED.lower()):
        for path in ("/v1/deals", "/v1/deadlines", "/v1/deadlines?valid_at=2050-01-01"):
            assert len(http.get(path, params={**httpx.URL(path).params, "party": party}).json()["items"]) == 1, party
    assert http.get("/v1/deals", params={"party": "nobody"}).json()["items"] == []


@pytest.mark.parametrize("basis", ["", "&valid_at=2021-01-01", "&known_by=published"])
def test_titles_are_ordered_by_their_base_letters_and_in_any_case_on_every_basis(
    http: httpx.Client, basis: str
) -> None:
    titles = ["\u00c4pfel", "birne", "Caf\u00e9", "\u00c9lan", "Ende", "\u00f6l", "Zoo"]
    for title in reversed(titles):
        opening = {"deal_id": f"d-{titles.index(title)}", "title": title, "kind": "merger", "subject": "it"}
        told = {**opening, "occurred": "2020-01-01", "published": "2020-01-01"}
        assert http.post("/v1/deals", json=told).status_code == 201
    page = http.get(f"/v1/deals?order=title&limit=4{basis}").json()
    rest = http.get(f"/v1/deals?order=title&limit=4{basis}&cursor={page['next']}").json()
    assert [each["title"] for each in (*page["items"], *rest["items"])] == titles
