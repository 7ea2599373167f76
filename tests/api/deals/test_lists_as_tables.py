"""Pages of deals and deadlines as CSV for spreadsheets."""

import csv
import io

import httpx

from tests.api.conftest import refused

CSV = {"Accept": "text/csv"}
OPENED = {
    "title": "=Harbour",
    "kind": "merger",
    "subject": "s",
    "occurred": "2020-01-01",
    "jurisdictions": ["US", "EU"],
}
DUE = {"deadline_id": "dl", "obligation": "close", "set_by": "court", "force": "contractual", "due": "2098-01-01"}


def table(http: httpx.Client, path: str) -> tuple[list[dict[str, str]], httpx.Response]:
    """The rows of a table that the API answers, and the answer."""
    answer = http.get(path, headers=CSV)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith("\ufeff".encode())
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))), answer


def record(http: httpx.Client) -> None:
    for name in ("a", "b"):
        assert http.post("/v1/deals", json={**OPENED, "deal_id": name}).status_code == 201
    event = {"type": "deadline.set", "occurred": "2020-01-02", "data": DUE}
    assert http.post("/v1/deals/a/events", json=event).status_code == 201


def test_a_page_of_deals_is_a_table_with_a_link_to_the_next_one(http: httpx.Client) -> None:
    record(http)
    [row], answer = table(http, "/v1/deals?limit=1")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="deals.csv"'
    assert (row["deal_id"], row["title"], row["jurisdictions"]) == ("a", "'=Harbour", "US; EU")
    assert (row["next_due"], row["next_deadline.binding"], row["unreadable"]) == ("2098-01-01", "dl", "false")
    assert row["last_change.type"] == "deadline.set"
    [other], last = table(http, answer.links["next"]["url"])
    assert (other["deal_id"], other["next_due"], "next" in last.links) == ("b", "", False)
    held = {**CSV, "If-None-Match": last.headers["ETag"]}
    assert http.get(answer.links["next"]["url"], headers=held).status_code == 304


def test_a_page_of_deadlines_is_a_table_and_other_forms_are_not_acceptable(http: httpx.Client) -> None:
    record(http)
    [row], _ = table(http, "/v1/deadlines")
    assert (row["deal_id"], row["deadline_id"], row["binding"], row["due"]) == ("a", "dl", "true", "2098-01-01")
    assert row["days_left"] == str(http.get("/v1/deadlines").json()["items"][0]["days_left"])
    for path in ("/v1/deals", "/v1/deadlines"):
        refused(http.get(path, headers={"Accept": "application/pdf"}), 406, "not-acceptable")
