"""What is to be recorded, sent to a server on a hot standby: it names the writer, or refuses."""

from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.client.client import Client
from api.client.errors import ApiError
from api.http.authentication import caller
from api.http.routing import ApiRoute
from api.settings import Settings
from domain.errors import Busy
from ledger.api_keys import Access
from ledger.ledger import open_ledger
from ledger.postgres.connection import transaction
from ledger.postgres.embedded.server import Embedded
from ledger.postgres.migrations import MigrationRefused, migrate
from projections.authentic_rows import derive_again
from projections.state.state_reader import StateReader
from projections.tables.deals import DEALS
from tests.api.conftest import bid, refused
from tests.replica.conftest import server_on, serving
from tests.waiting import until

PROOF = "/v1/deals/tiktok/events/first-bid/proof"
WRITES = sorted(
    (method, path)
    for path, operations in create_app().openapi()["paths"].items()
    for method in operations
    if method != "get" and not path.endswith(("/what-if", "/audit/verify"))
)


@pytest.fixture(scope="module")
def alone(standby: Embedded, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A client of a server on the standby that knows no other."""
    with serving(standby.url, tmp_path_factory.mktemp("alone")) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), WRITES)
def test_a_write_is_redirected_to_the_writer(reader: httpx.Client, method: str, path: str) -> None:
    answer = reader.request(method, path.replace("{deal_id}", "tiktok"), params={"dry_run": "true"}, json=bid())
    told = refused(answer, 307, "read-only")
    assert answer.headers["location"] == told["location"]
    assert answer.headers["location"].startswith("https://writer.example/v1/")
    assert answer.headers["location"].endswith("?dry_run=true")


def test_a_write_is_refused_where_no_writer_is_known(alone: httpx.Client) -> None:
    answer = alone.post("/v1/deals/tiktok/events", json=bid())
    refused(answer, 405, "read-only")
    assert answer.headers["allow"] == "GET, HEAD"


def test_the_client_reports_a_redirected_write_as_an_error(standby: Embedded, folder: Path) -> None:
    server = server_on(standby.url, folder, writer_url="https://writer.example")
    client = Client("http://127.0.0.1", transport=InProcessTransport(server))
    with client, pytest.raises(ApiError, match="replica"):
        client.record("tiktok", bid())


def test_the_page_reports_a_redirected_write_as_an_error(reader: httpx.Client) -> None:
    form = {"/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2024-02-01"}
    answer = reader.post("/deals/tiktok/record/bid.submitted", data=form, headers={"Origin": "http://127.0.0.1"})
    assert "It was not recorded." in answer.text
    assert "replica" in answer.text


def test_what_only_computes_is_answered(reader: httpx.Client) -> None:
    answer = reader.post("/v1/deals/tiktok/what-if", json={"events": [bid("b9")]})
    assert answer.status_code == 200, answer.text


def test_a_read_of_evidence_is_noted_on_the_primary(writer: httpx.Client, reader: httpx.Client) -> None:
    until(lambda: reader.get(PROOF).status_code == 200)
    before = writer.get("/v1/audit/reads").json()["items"]
    assert reader.get(PROOF, headers={"accept": "text/plain"}).status_code == 200
    after = writer.get("/v1/audit/reads").json()["items"]
    assert [each["path"] for each in after[len(before) :]] == [f"{PROOF}?"]


def test_a_read_of_evidence_that_cannot_be_noted_is_refused(
    alone: httpx.Client, standby: Embedded, folder: Path
) -> None:
    told = refused(alone.get(PROOF), 421, "not-here")
    assert "location" not in told
    with serving(standby.url, folder, writer_url="https://writer.example/parley/") as linked:
        answer = linked.get(PROOF)
        refused(answer, 421, "not-here")
        assert answer.headers["link"] == f'<https://writer.example/parley{PROOF}>; rel="alternate"'


def test_the_use_of_a_key_is_not_noted(
    primary: Embedded, writer: httpx.Client, standby: Embedded, folder: Path
) -> None:
    with open_ledger(primary.url, "other", migrating=False) as ledger:
        made, key = Access(ledger, "other").make("ada", "reader", by="test")
    with serving(standby.url, folder) as client:
        asked = {"Authorization": f"Bearer {key}"}
        until(lambda: client.get("/v1/deals", headers=asked).status_code == 200)
    with open_ledger(primary.url, "other", migrating=False) as ledger:
        assert Access(ledger, "other").one(made.id).used_at is None


def test_a_projection_that_cannot_be_written_is_tried_again(standby: Embedded, writer: httpx.Client) -> None:
    with open_ledger(standby.url) as ledger, pytest.raises(Busy, match="read-only"):
        derive_again(ledger, DEALS, StateReader(ledger), ["tiktok"])


def test_a_log_that_is_not_replicated_yet_is_refused(standby: Embedded, folder: Path, writer: httpx.Client) -> None:
    with pytest.raises(Busy, match="replica does not have the log"):
        open_ledger(standby.url, "never-opened")


def test_migrations_that_a_replica_lacks_are_named(primary: Embedded, standby: Embedded) -> None:
    with psycopg.connect(primary.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bare")
    bare = standby.url.replace("/parley?", "/bare?")
    until(lambda: _connects(bare))
    with pytest.raises(MigrationRefused, match="on the primary first"):
        migrate(bare)


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_a_read_that_a_standby_cancels_is_done_once_more(shared_database: str, tenant: str) -> None:
    calls = []

    async def read(request: Request) -> Response:
        calls.append(request.url.path)
        ledger = caller(request).ledger
        with transaction(ledger.pool, ledger.tenant) as connection:
            if len(calls) % 2:
                connection.execute("DO $$ BEGIN RAISE serialization_failure; END $$")
        return PlainTextResponse("read")

    with open_ledger(shared_database, tenant, migrating=False) as ledger:
        app: FastAPI = create_app(Settings(tenant=tenant, run_workers=False), ledger)
        app.router.routes.insert(0, ApiRoute("/conflict", read, methods=["GET"]))
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
            assert client.get("/conflict").text == "read"
    assert len(calls) == 2
