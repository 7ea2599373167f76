"""The orders of lists of deals, page by page: by deadline, by title, by status, by last change."""

from random import Random
from typing import Any

import httpx

from ledger.ledger import Ledger
from projections.state.state_reader import StateReader
from projections.state.time_query import TimeQuery
from projections.tables.deal_order import ORDERS, derived_place
from projections.tables.deals import derive_rows
from tests.api.conftest import app, http, refused
from tests.api.deals.test_deals_at_any_basis import asked_of, book

__all__ = ["app", "book", "http"]


def in_order(reader: StateReader, asked: TimeQuery, order: str) -> list[str]:
    """The ids of the deals that exist on a basis, by their places in an order."""
    places = []
    for head in reader.ledger.deals():
        found, basis = reader.state_on_query(head.deal_id, asked)
        if found.sections["exists"]:
            places.append(derived_place(order, head.deal_id, *derive_rows(head.deal_id, found), basis.known_position))
    return [str(place[-1]) for place in sorted(places, reverse=order.startswith("-"))]


def in_pages(http: httpx.Client, asked: dict[str, str]) -> list[str]:
    """The ids of the deals of a list, read page by page, a deal each."""
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = http.get("/v1/deals", params={**asked, **cursor, "limit": "1"}).json()
        found += [each["deal_id"] for each in page["items"]]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_a_list_in_any_order_on_a_drawn_basis_is_that_of_folding_each_deal(book: Ledger, http: httpx.Client) -> None:
    drawn = Random(14)
    for order in ORDERS:
        asked = asked_of(drawn, book.head().position)
        question: dict[str, Any] = {**asked}
        if "known_position" in asked:
            question["known_position"] = int(asked["known_position"])
        wanted = in_order(StateReader(book), TimeQuery(**question), order)
        assert in_pages(http, {**asked, "order": order}) == wanted, (order, asked)


def test_a_list_in_any_order_is_paged_by_publication_too_and_refuses_the_cursor_of_another_order(
    book: Ledger, http: httpx.Client
) -> None:
    on = {"known_by": "published", "known_at": "2020-09-12"}
    for order in ORDERS:
        assert in_pages(http, {**on, "order": order}) == in_order(StateReader(book), TimeQuery(**on), order), order
    cursor = http.get("/v1/deals?order=due&limit=1").json()["next"]
    refused(http.get(f"/v1/deals?order=title&cursor={cursor}"), 400, "bad-question")
    refused(http.get("/v1/deals?order=age"), 400, "bad-question")


FILTERS: tuple[dict[str, str], ...] = (
    {"due_before": "2099-01-01"}, {"due_before": "2020-10-01"}, {"status": "open"}, {"phase": "exploratory"},
    {"overdue": "true"}, {"overdue": "false"}, {"kind": "merger"}, {"jurisdiction": "US"}, {"unreadable": "false"},
)  # fmt: skip


def test_a_filtered_list_has_the_same_deals_in_any_order(book: Ledger, http: httpx.Client) -> None:
    for asked in FILTERS:
        by_id = [each["deal_id"] for each in http.get("/v1/deals", params=asked).json()["items"]]
        for order in ORDERS:
            page = http.get("/v1/deals", params={**asked, "order": order})
            assert page.status_code == 200, (asked, order, page.text)
            assert sorted(each["deal_id"] for each in page.json()["items"]) == by_id, (asked, order)
