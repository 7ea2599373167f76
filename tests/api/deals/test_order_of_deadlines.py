"""Deadlines across deals are sorted by the moment that closes them, in any form of date."""

import re

import httpx
import pytest

from api.cli.deadline_view import by_due

DUES = {
    "day": "2098-03-15",
    "instant": "2098-03-15T23:59:00-05:00",
    "earlier": "2098-03-15T12:00:00Z",
    "month": "2098-03",
    "set": "[2098-03-10,2098-03-20]",
    "about": "2098-02~",
    "span": "2098-01/2098-04",
    "open": "2098-01/..",
    "last": "9999-12-31",
    "first": "2098-01-01",
}
ORDER = ["first", "about", "earlier", "day", "instant", "set", "month", "span", "last", "none", "open"]


@pytest.fixture
def dated(http: httpx.Client) -> httpx.Client:
    """A deal for each of these dues, and one deadline without any."""
    for name, due in {**DUES, "none": None}.items():
        opening = {"deal_id": name, "title": name, "kind": "merger", "subject": "it", "occurred": "2020-01-01"}
        assert http.post("/v1/deals", json=opening).status_code == 201
        data = {"deadline_id": "dl", "obligation": "close", "set_by": "us", "force": "contractual", "due": due}
        event = {"type": "deadline.set", "occurred": "2020-01-02", "data": {k: v for k, v in data.items() if v}}
        assert (
            http.post(f"/v1/deals/{name}/events", json=event, headers={"Prefer": "handling=lenient"}).status_code == 201
        )
    return http


@pytest.mark.parametrize("asked", ["", "valid_at=2050-01-01&"])
@pytest.mark.parametrize("limit", [1, 4, 100])
def test_they_are_ordered_by_the_moment_that_closes_them_over_all_pages(
    dated: httpx.Client, asked: str, limit: int
) -> None:
    found: list[str] = []
    path: str | None = f"/v1/deadlines?{asked}limit={limit}"
    while path:
        answer = dated.get(path)
        assert answer.status_code == 200, answer.text
        found += [each["deal_id"] for each in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url")
    assert found == ORDER


def test_a_cursor_of_another_list_is_refused(dated: httpx.Client) -> None:
    for cursor in ("9999|day|dl", "zzz", "e30", dated.get("/v1/deals?limit=1").json()["next"]):
        answer = dated.get("/v1/deadlines", params={"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-question")


def test_the_page_and_the_command_line_list_a_deal_in_the_same_order(http: httpx.Client) -> None:
    opening = {"deal_id": "one", "title": "one", "kind": "merger", "subject": "it", "occurred": "2020-01-01"}
    assert http.post("/v1/deals", json=opening).status_code == 201
    for name, due in DUES.items():
        data = {"deadline_id": name, "obligation": "close", "set_by": "us", "force": "contractual", "due": due}
        event = {"type": "deadline.set", "occurred": "2020-01-02", "data": data}
        assert http.post("/v1/deals/one/events", json=event).status_code == 201
    expected = [name for name in ORDER if name != "none"]
    page = http.get("/deals/one").text
    assert re.findall(r'<li id="deadline-([a-z]+)"', page) == expected
    state = http.get("/v1/deals/one/state").json()
    assert [name for name, _ in by_due(state)] == expected
