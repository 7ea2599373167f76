"""Whether a server can serve, what it logs of its answers, and its numbers as Prometheus reads them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.runtime.runtime import Runtime
from api.settings import Settings
from ledger.api_keys import Access
from ledger.ledger import Ledger, open_ledger
from ledger.postgres.embedded.server import Embedded
from tests.api.conftest import refused
from tests.cli.conftest import start
from tests.waiting import LONGEST_SECONDS

Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def numbers(answer: httpx.Response) -> Numbers:
    """Every sample by its name and labels."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_the_numbers_are_of_the_log_that_the_key_belongs_to(app: FastAPI, ledger: Ledger, http: httpx.Client) -> None:
    assert http.get("/metrics").status_code == 200
    other = f"{ledger.tenant}-other"
    with open_ledger(ledger.conninfo, other, migrating=False) as theirs:
        _, ours_key = Access(ledger, ledger.tenant).make("scraper", "reader", by="test")
        _, their_key = Access(theirs, other).make("scraper", "reader", by="test")
    app.state.runtime.keys.clear()
    refused(http.get("/metrics"), 401, "not-authenticated")
    for tenant, key in ((ledger.tenant, ours_key), (other, their_key)):
        told = numbers(http.get("/metrics", headers={"Authorization": f"Bearer {key}"}))
        assert {dict(labels)["log"] for _, labels in told if "log" in dict(labels)} == {tenant}
        assert told[("parley_append_batches_total", (("log", tenant),))] == 0
        assert told[("parley_database_up", ())] == 1
    unasked = (("method", "GET"), ("route", "/metrics"), ("status", "401"))
    assert told[("parley_http_answers_total", unasked)] == 1


class Alone(NamedTuple):
    """A database server that the test may stop, and the application on it."""

    embedded: Embedded
    client: httpx.Client
    runtime: Runtime

    def lose_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stop the database, and let nothing that was read of keys before be valid."""
        self.embedded.stop()
        monkeypatch.setattr(self.runtime.main.ledger.pool, "timeout", 0.2)
        self.runtime.keys.clear()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Alone]:
    with Embedded(tmp_path / "data", durable=False) as embedded:
        app = create_app(Settings(database=embedded.url, data=tmp_path / "parley", run_workers=False))
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
            yield Alone(embedded, client, app.state.runtime)


def test_without_its_database_a_server_lives_is_not_ready_and_still_tells_its_numbers(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = alone.client
    assert client.get("/readyz").json() == {
        "status": "ready", "role": "primary", "position": 0, "failures": [],
    }  # fmt: skip
    assert client.get("/metrics").status_code == 200
    alone.lose_database(monkeypatch)
    assert "not available" in refused(client.get("/readyz"), 503, "busy")["detail"]
    told = numbers(client.get("/metrics"))
    assert told[("parley_database_up", ())] == 0
    assert told[("parley_append_queue_events", (("log", "default"),))] == 0
    assert client.get("/healthz").status_code == 200


def test_without_its_database_a_server_tells_its_numbers_to_keys_that_it_has_verified(
    alone: Alone, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded, client, runtime = alone
    with open_ledger(embedded.url, migrating=False) as ledger:
        access = Access(ledger, ledger.tenant)
        made = [access.make(name, "reader", by="test") for name in ("scraper", "revoked", "unused")]
        scraper, revoked, unused = ({"Authorization": f"Bearer {key}"} for _, key in made)
        runtime.keys.clear()
        for key in (scraper, revoked):
            assert client.get("/metrics", headers=key).status_code == 200
        access.revoke(made[1][0].id, by="test")
    runtime.keys.clear()
    refused(client.get("/metrics", headers=revoked), 401, "not-authenticated")
    alone.lose_database(monkeypatch)
    assert numbers(client.get("/metrics", headers=scraper))[("parley_database_up", ())] == 0
    for key in (None, revoked, unused):
        refused(client.get("/metrics", headers=key), 503, "busy")
    refused(client.get("/v1/deals", headers=scraper), 503, "busy")


def test_a_database_without_the_schema_that_we_need_makes_no_server_ready(database: str) -> None:
    with open_ledger(database) as ledger:
        app = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
            assert client.get("/readyz").status_code == 200
            with psycopg.connect(database) as connection:
                connection.execute("DELETE FROM migrations WHERE number = 2")
            assert "migrations [2]" in refused(client.get("/readyz"), 503, "busy")["detail"]
            ledger.appender.close()
            assert "closing" in refused(client.get("/readyz"), 503, "busy")["detail"]


def test_a_server_logs_each_answer_as_a_line_of_json_and_nothing_that_was_said(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_LOG", "requests")
    with (tmp_path / "log").open("w+", encoding="utf-8") as log:
        for serving in start("serve", "--database", database, "--port", "0", stderr=log):
            shown = {"Authorization": "Basic secret", "X-Request-Id": "one"}
            httpx.get(f"{serving.url}/v1/deals?q=hush", headers=shown, timeout=LONGEST_SECONDS)
            said = {"X-Request-Id": "two"}
            httpx.post(
                f"{serving.url}/v1/deals/none/events", json={"type": "secret"}, headers=said, timeout=LONGEST_SECONDS
            )
            assert serving.stop() == 0
        log.seek(0)
        text = log.read()
    assert "secret" not in text
    assert "hush" not in text
    lines = {line["request_id"]: line for line in map(json.loads, text.splitlines()) if "request_id" in line}
    one, two = lines["one"], lines["two"]
    assert (one["method"], one["route"], one["status"], one["principal"]) == ("GET", "/v1/deals", 200, "local")
    assert (two["method"], two["route"]) == ("POST", "/v1/deals/{deal_id}/events")
    assert (two["status"], two["level"]) == (422, "info")
    assert two["ms"] > 0
    assert two["timestamp"].endswith("Z")
