"""What is read from a hot standby: every GET of the contract, as the primary answers it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from api.app import create_app
from domain.time.instants import iso
from ledger.postgres.embedded.server import Embedded
from projections.state.state_reader import clock
from tests.replica.conftest import record, serving, wait_until_covered
from tests.waiting import until

PATHS = sorted(path for path, operations in create_app().openapi()["paths"].items() if "get" in operations)
STREAM = "/v1/stream"
IN_MEMORY = {"/v1/imports/{import_id}", "/v1/imports/{import_id}/errors", "/v1/imports/{import_id}/warnings"}
"""Of a job that the server itself has run."""

QUERIES = {
    "/v1/deals/{deal_id}/diff": {"from_valid": "2020-08-07", "to_valid": "2020-09-01"},
    "/v1/deals/{deal_id}/history": {"path": "/bids"},
    "/v1/deals/{deal_id}/revisions": {"path": "/bids"},
    "/v1/deals/{deal_id}/first": {"path": "/bids"},
    "/v1/deals/{deal_id}/digest": {"since": "2020-01-01"},
    "/v1/digest": {"since": "2020-01-01"},
}


@pytest.fixture(scope="module")
def names(writer: httpx.Client, reader: httpx.Client) -> dict[str, str]:
    """What the parts of a path can name, on the primary and, once it is replayed, on the standby."""
    wait_until_covered(writer)
    until(lambda: reader.get("/v1/deals").json()["as_of_position"] == writer.get("/v1/deals").json()["as_of_position"])
    origin = reader.get("/v1/log/checkpoint").text.splitlines()[0]
    hook = writer.get("/v1/webhooks").json()["items"][0]["id"]
    return {
        "deal_id": "tiktok", "event_id": "first-bid", "name": "mine", "code": "busy", "path": "0/000.p/2",
        "tile": "0/000.p/2", "origin": origin, "webhook_id": hook,
        "key_id": "none", "import_id": "none",
    }  # fmt: skip


@pytest.mark.parametrize("path", [path for path in PATHS if path != STREAM and path not in IN_MEMORY])
def test_every_get_of_the_contract_is_answered_as_on_the_primary(
    writer: httpx.Client, reader: httpx.Client, names: dict[str, str], path: str
) -> None:
    if path == "/v1/event-types/{name}":
        names = {**names, "name": "bid.submitted"}
    there, here = (each.get(path.format_map(names), params=QUERIES.get(path)) for each in (writer, reader))
    expected = 404 if path == "/v1/keys/{key_id}" else 302 if path == "/v1/deals/{deal_id}/timegate" else 200
    assert (there.status_code, here.status_code) == (expected, expected), here.text
    assert here.headers.get("content-type") == there.headers.get("content-type")
    assert here.headers["parley-position"] == there.headers["parley-position"]


def test_a_minimum_position_waits_for_the_replay(reader: httpx.Client, recorded: int) -> None:
    answer = reader.get("/v1/deals/tiktok/state", params={"min_position": recorded})
    assert answer.status_code == 200
    assert int(answer.headers["parley-position"]) >= recorded
    assert answer.json()["basis"]["known_position"] >= recorded


def test_a_list_waits_for_the_replay_of_its_table(reader: httpx.Client, recorded: int) -> None:
    assert reader.get("/v1/deals", params={"min_position": recorded}).json()["as_of_position"] >= recorded


def test_a_stream_sends_what_the_primary_records(writer: httpx.Client, reader: httpx.Client) -> None:
    def ids(lines: Iterator[str]) -> Iterator[int]:
        return (int(line.removeprefix("id:")) for line in lines if line.startswith("id:"))

    end = int(reader.get("/version").headers["parley-position"])
    with reader.stream("GET", STREAM, params={"after": end}) as stream:
        position = record(writer)
        assert next(each for each in ids(stream.iter_lines()) if each >= position) == position


def test_a_known_time_is_answered_as_on_the_primary_once_it_is_replayed(
    writer: httpx.Client, reader: httpx.Client, recorded: int
) -> None:
    known_at = iso(clock())
    here = reader.get("/v1/deals/tiktok/state", params={"known_at": known_at}).json()
    record(writer)
    there = writer.get("/v1/deals/tiktok/state", params={"known_at": known_at}).json()
    assert here["basis"]["known_position"] == there["basis"]["known_position"] == recorded
    assert here == {**there, "basis": {**there["basis"], "permalink": here["basis"]["permalink"]}}


def test_a_known_time_that_is_not_replayed_is_refused_until_it_is(
    writer: httpx.Client, primary: Embedded, standby: Embedded, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.event_reader.REPLAY_WAIT_SECONDS", 0.1)
    asked = {"known_at": iso(clock())}
    with serving(standby.url, folder) as alone, psycopg.connect(primary.url, autocommit=True) as there:
        refused = alone.get("/v1/deals/tiktok/state", params=asked)
        assert refused.status_code == 503, refused.text
        assert "known_at" in refused.json()["detail"]

        def beaten() -> bool:
            there.execute("SELECT pg_logical_emit_message(true, 'parley', 'heartbeat')")
            return alone.get("/v1/deals/tiktok/state", params=asked).status_code == 200

        until(beaten)


def test_today_is_known_as_far_as_it_is_replayed(standby: Embedded, folder: Path, recorded: int) -> None:
    with serving(standby.url, folder) as alone:
        asked = {"known_at": iso(clock())[:10], "min_position": recorded}
        answer = alone.get("/v1/deals/tiktok/state", params=asked)
        assert answer.status_code == 200, answer.text
        assert answer.json()["basis"]["known_position"] == recorded
        assert alone.get("/v1/deals", params=asked).json()["basis"]["known_position"] in (recorded, None)


def test_its_readiness_says_that_it_is_a_replica(writer: httpx.Client, reader: httpx.Client, recorded: int) -> None:
    def ready(client: httpx.Client) -> dict[str, object]:
        told: dict[str, object] = client.get("/readyz").json()
        return told

    until(lambda: ready(reader)["position"] == recorded)
    assert ready(reader)["role"] == "replica"
    assert ready(reader)["lag_seconds"] == 0
    assert ready(writer)["role"] == "primary"
    assert "lag_seconds" not in ready(writer)
