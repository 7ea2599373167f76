"""An event whose bytes were damaged in the database: its deal is named, and what goes through the whole log goes on."""

import httpx
import orjson
import psycopg
import pytest

from ledger.ledger import Ledger
from ledger.postgres.embedded.server import Embedded
from tests.api.conftest import refused
from tests.isolation.conftest import BAD, Make, record_deals


@pytest.fixture(params=[b"\xff{no json", b"[1, 2]", b'{"data": 7}'])
def damaged(
    ledger: Ledger, submission: Make, http: httpx.Client, cluster: Embedded, request: pytest.FixtureRequest
) -> httpx.Client:
    """A log of three deals, in one of which an event was overwritten."""
    record_deals(ledger, submission, ["alpha", BAD, "zeta"])
    with psycopg.connect(ledger.conninfo) as connection:
        update = "UPDATE event_payload SET payload = %s WHERE tenant = %s AND position = 4"
        assert connection.execute(update, (request.param, ledger.tenant)).rowcount == 1
    return http


def test_lists_and_the_whole_log_go_on(damaged: httpx.Client) -> None:
    listed = damaged.get("/v1/deals").json()
    assert [each["deal_id"] for each in listed["unreadable"]] == [BAD]
    assert [each["deal_id"] for each in damaged.get("/v1/deadlines").json()["items"]] == ["alpha", "zeta"]
    refused(damaged.get(f"/v1/deals/{BAD}/state"), 422, "unreadable-deal")
    assert len(damaged.get("/v1/events").json()["items"]) == 6
    lines = damaged.get("/v1/events", headers={"Accept": "application/x-ndjson"}).content.split(b"\n")
    assert orjson.loads(lines[-2])["count"] == 6
    assert "#count=6" in damaged.get("/v1/events", headers={"Accept": "text/csv"}).text


def test_the_other_events_of_the_deal_are_still_read(damaged: httpx.Client) -> None:
    first = damaged.get(f"/v1/deals/{BAD}/events?limit=1")
    assert [each["id"] for each in first.json()["items"]] == ["bad-1"]
    rest = damaged.get(first.links["next"]["url"]).json()
    assert [each["id"] for each in rest["items"]] == ["bad-2"]
    assert rest["next"] is None
    assert damaged.get(f"/v1/deals/{BAD}/events/bad-1").json()["data"]["title"] == "Deal bad"
    assert damaged.get(f"/deals/{BAD}/audit").status_code == 200
    refused(damaged.get(f"/v1/deals/{BAD}/events?type=bid.*"), 422, "unreadable-deal")


def test_what_acts_on_the_damaged_event_is_a_coded_refusal_and_the_rest_is_recorded(damaged: httpx.Client) -> None:
    note = {"type": "context.noted", "occurred": "2020-09-01", "data": {"topic": "t", "text": "x"}}
    assert damaged.post(f"/v1/deals/{BAD}/events", json=note).status_code == 201
    changes = {"event_id": "bad-2", "changes": {"occurred": "2020-01-02"}, "cause": "recording_error"}
    answer = damaged.post(f"/v1/deals/{BAD}/events", json={**note, "type": "record.corrected", "data": changes})
    assert answer.status_code < 500, answer.text
    assert damaged.post("/v1/deals/alpha/events", json=note).status_code == 201
