"""Events listed by date have the order in which they fold: by effective, else occurred, then rank, then version."""

from typing import Any

import httpx


def post(http: httpx.Client, deal: str, event_id: str, occurred: str, to: int, **members: Any) -> None:
    sent = {"id": event_id, "type": "terms.changed", "occurred": occurred, "data": {"term": "t", "to": to}, **members}
    assert http.post(f"{deal}/events", json=sent).status_code == 201


def listed(http: httpx.Client, deal: str, order: str, limit: int = 100) -> list[str]:
    query: dict[str, Any] = {"order": order, "type": "terms.changed", "limit": limit}
    found: list[str] = []
    while True:
        page = http.get(f"{deal}/events", params=query).json()
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            return found
        query["cursor"] = page["next"]


def test_of_two_events_of_one_day_the_rank_decides_as_in_the_state(http: httpx.Client, deal: str) -> None:
    post(http, deal, "second", "2020-09-01", 2, rank=2)
    post(http, deal, "first", "2020-09-01", 1, rank=1)
    post(http, deal, "unranked", "2020-09-01", 0)
    assert listed(http, deal, "occurred") == ["unranked", "first", "second"]
    assert listed(http, deal, "-occurred") == ["second", "first", "unranked"]
    assert http.get(f"{deal}/state").json()["terms"]["t"]["value"] == 2


def test_an_event_stands_at_the_day_on_which_it_takes_effect_and_is_filtered_by_the_day_it_occurred(
    http: httpx.Client, deal: str
) -> None:
    post(http, deal, "later", "2020-09-01", 1, effective="2020-09-20")
    post(http, deal, "between", "2020-09-10", 2)
    post(http, deal, "earlier", "2020-09-30", 3, effective="2020-08-20")
    assert listed(http, deal, "occurred") == ["earlier", "between", "later"]
    found = http.get(f"{deal}/events", params={"occurred_from": "2020-09-25", "order": "occurred"}).json()["items"]
    assert [each["id"] for each in found] == ["earlier"]


def test_the_pages_of_the_order_join_whatever_their_size(http: httpx.Client, deal: str) -> None:
    for number in range(6):
        post(http, deal, f"e{number}", "2020-09-01", number, rank=number % 3 - 1)
    for order in ("occurred", "-occurred"):
        whole = listed(http, deal, order)
        assert sorted(whole) == [f"e{number}" for number in range(6)]
        assert [listed(http, deal, order, limit) for limit in (1, 2, 4)] == [whole] * 3
