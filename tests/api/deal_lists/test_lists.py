"""Named lists of deals: created, read, replaced and deleted; who may; and what they filter."""

from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx
import pytest

from api.webhooks.delivery import DeliveryWorker
from ledger.api_keys import Access
from ledger.ledger import Ledger
from tests.api.conftest import bid, refused
from tests.api.webhooks.receiver import Receiver, app, drain, hook, sender

__all__ = ["app", "sender"]


@pytest.fixture
def deals(http: httpx.Client) -> list[str]:
    """Three deals, each with one bid."""
    names = ["alpha", "beta", "gamma"]
    for name in names:
        made = {"deal_id": name, "title": name, "kind": "merger", "subject": name, "occurred": "2024-01-02"}
        assert http.post("/v1/deals", json=made).status_code == 201
        assert http.post(f"/v1/deals/{name}/events", json=bid(f"bid-{name}")).status_code == 201
    return names


@pytest.fixture
def acting(http: httpx.Client, ledger: Ledger, deals: list[str]) -> Callable[..., httpx.Response]:
    """Sends a request as a principal, on a log with deals: `acting("ann", "PUT", path, json=...)`."""
    access = Access(ledger, ledger.tenant)
    roles: dict[str, Any] = {"ann": "recorder", "bob": "recorder", "rita": "reader", "root": "admin"}
    keys = {name: access.make(name, role, by="test")[1] for name, role in roles.items()}

    def send(principal: str, method: str, path: str, **given: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {keys[principal]}", **given.pop("headers", {})}
        return http.request(method, path, headers=headers, **given)

    return send


def test_a_list_is_created_read_replaced_and_deleted(http: httpx.Client, deals: list[str]) -> None:
    made = http.post("/v1/lists", json={"name": "watch", "deals": ["gamma", "alpha", "gamma"], "description": "Mine"})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/lists/watch")
    assert made.json()["deals"] == ["alpha", "gamma"]
    read = http.get("/v1/lists/watch")
    assert (read.json(), read.headers["etag"]) == (made.json(), made.headers["etag"])
    replaced = http.put("/v1/lists/watch", json={"deals": ["beta"]})
    assert replaced.status_code == 200
    assert replaced.json()["deals"] == ["beta"]
    assert replaced.json()["description"] is None
    assert [each["name"] for each in http.get("/v1/lists").json()["items"]] == ["watch"]
    assert http.delete("/v1/lists/watch").json()["deals"] == ["beta"]
    refused(http.get("/v1/lists/watch"), 404, "unknown-list")
    refused(http.delete("/v1/lists/watch"), 404, "unknown-list")
    assert http.get("/v1/lists").json() == {"items": [], "next": None}
    assert http.put("/v1/lists/watch", json={"deals": []}).status_code == 201


def test_a_name_is_taken_once(http: httpx.Client, deals: list[str]) -> None:
    assert http.post("/v1/lists", json={"name": "watch", "deals": []}).status_code == 201
    refused(http.post("/v1/lists", json={"name": "watch", "deals": []}), 409, "list-exists")


@pytest.mark.parametrize(
    "sent",
    [{}, {"name": "a b", "deals": []}, {"name": "a", "deals": "alpha"}, {"name": "a", "deals": [1]},
     {"name": "a", "deals": [], "shared": "yes"}, {"name": "a", "deals": [], "more": 1}, [], "a"],
)  # fmt: skip
def test_a_list_of_another_form_is_refused(http: httpx.Client, sent: Any) -> None:
    refused(http.post("/v1/lists", json=sent), 422, "invalid-input")


def test_a_deal_that_the_log_does_not_hold_is_refused_with_the_nearest(http: httpx.Client, deals: list[str]) -> None:
    told = refused(http.put("/v1/lists/watch", json={"deals": ["alpha", "gama", "a b"]}), 422, "invalid-input")
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [
        ("/deals/1", "unknown-deal"),
        ("/deals/2", "unknown-deal"),
    ]
    assert told["errors"][0]["nearest"] == ["gamma"]


def test_a_list_of_thousands_of_deals_is_accepted_and_its_unknown_ones_counted(
    http: httpx.Client, deals: list[str]
) -> None:
    assert http.put("/v1/lists/long", json={"deals": ["alpha", "beta"] * 2_000}).json()["deals"] == ["alpha", "beta"]
    told = refused(http.put("/v1/lists/long", json={"deals": [f"x{n}" for n in range(3_000)]}), 422, "invalid-input")
    assert len(told["errors"]) == 21


def test_a_condition_that_does_not_hold_changes_nothing(http: httpx.Client, deals: list[str]) -> None:
    path = "/v1/lists/watch"
    refused(http.put(path, json={"deals": []}, headers={"If-Match": "*"}), 412, "stale-version")
    first = http.put(path, json={"deals": ["alpha"]}, headers={"If-None-Match": "*"}).headers["etag"]
    refused(http.put(path, json={"deals": []}, headers={"If-None-Match": "*"}), 412, "stale-version")
    second = http.put(path, json={"deals": ["beta"]}, headers={"If-Match": first}).headers["etag"]
    assert second != first
    refused(http.put(path, json={"deals": []}, headers={"If-Match": first}), 412, "stale-version")
    refused(http.delete(path, headers={"If-Match": first}), 412, "stale-version")
    assert http.get(path).json()["deals"] == ["beta"]
    assert http.get(path, headers={"If-None-Match": second}).status_code == 304
    assert http.delete(path, headers={"If-Match": second}).status_code == 200


def test_lists_are_paged_by_name(http: httpx.Client, deals: list[str]) -> None:
    for name in ("c", "a", "b"):
        http.put(f"/v1/lists/{name}", json={"deals": []})
    first = http.get("/v1/lists", params={"limit": 2}).json()
    assert [each["name"] for each in first["items"]] == ["a", "b"]
    rest = http.get("/v1/lists", params={"limit": 2, "cursor": first["next"]}).json()
    assert ([each["name"] for each in rest["items"]], rest["next"]) == (["c"], None)


def test_a_list_is_changed_by_its_owner_and_by_admins_alone(
    acting: Callable[..., httpx.Response],
) -> None:
    made = acting("ann", "PUT", "/v1/lists/watch", json={"deals": ["alpha"]}).json()
    assert (made["owner"], made["shared"]) == ("ann", True)
    refused(acting("rita", "PUT", "/v1/lists/other", json={"deals": []}), 403, "forbidden")
    refused(acting("bob", "PUT", "/v1/lists/watch", json={"deals": []}), 403, "forbidden")
    refused(acting("bob", "DELETE", "/v1/lists/watch"), 403, "forbidden")
    assert acting("rita", "GET", "/v1/lists/watch").json() == made
    changed = acting("root", "PUT", "/v1/lists/watch", json={"deals": ["beta"]}).json()
    assert (changed["owner"], changed["changed_by"], changed["deals"]) == ("ann", "root", ["beta"])
    assert acting("ann", "DELETE", "/v1/lists/watch").status_code == 200


def test_a_list_that_is_not_shared_is_seen_by_its_owner_and_admins(
    acting: Callable[..., httpx.Response],
) -> None:
    acting("ann", "PUT", "/v1/lists/mine", json={"deals": ["alpha"], "shared": False})
    for principal, seen in (("ann", ["mine"]), ("root", ["mine"]), ("bob", []), ("rita", [])):
        assert [each["name"] for each in acting(principal, "GET", "/v1/lists").json()["items"]] == seen
    refused(acting("bob", "GET", "/v1/lists/mine"), 404, "unknown-list")
    refused(acting("bob", "DELETE", "/v1/lists/mine"), 404, "unknown-list")
    refused(acting("bob", "PUT", "/v1/lists/mine", json={"deals": []}), 409, "list-exists")
    refused(acting("bob", "GET", "/v1/stream?list=mine"), 404, "unknown-list")


def test_a_webhook_sends_what_concerns_the_deals_of_its_list_as_it_changes(
    http: httpx.Client, deals: list[str], sender: DeliveryWorker
) -> None:
    http.put("/v1/lists/watch", json={"deals": ["alpha"]})
    with closing(Receiver()) as taker:
        made = hook(http, taker.url, after=0, types=["bid.*"], list="watch")
        assert http.get(f"/v1/webhooks/{made['id']}").json()["list"] == "watch"
        drain(sender)
        assert len(taker.taken) == 1
        http.put("/v1/lists/watch", json={"deals": ["beta"]})
        for name in deals:
            http.post(f"/v1/deals/{name}/events", json=bid(f"second-{name}"))
        drain(sender)
    assert [b'"deal_id":"alpha"' in body for _, body in taker.taken] == [True, False]


def test_a_list_that_a_webhook_refers_to_is_not_deleted(http: httpx.Client, deals: list[str]) -> None:
    refused(http.post("/v1/webhooks", json={"url": "https://example.com/", "list": "watch"}), 422, "invalid-input")
    http.put("/v1/lists/watch", json={"deals": ["alpha"]})
    made = hook(http, "https://example.com/hook", list="watch")
    told = refused(http.delete("/v1/lists/watch"), 409, "list-in-use")
    assert told["webhooks"] == [made["id"]]
    http.put(f"/v1/webhooks/{made['id']}", json={"url": "https://example.com/hook"})
    assert http.delete("/v1/lists/watch").status_code == 200
