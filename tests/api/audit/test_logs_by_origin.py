"""The public parts of every log of a database, by its origin: for everybody, without opening the log."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from api.workers import signer_of
from ledger.api_keys import Access
from ledger.ledger import open_ledger
from ledger.models import Request
from ledger.tlog.signing_keys import LogFolders
from tests.api.conftest import refused
from tests.submissions import make_submission

OTHER = "/v1/logs/log.example/fund-two"


@pytest.fixture
def keys(database: str, tmp_path: Path) -> dict[str, str]:
    """A reader's key of each of two logs, both signed; the main log is `main`."""
    made = {}
    for tenant, origin in (("main", "log.example/main"), ("two", "log.example/fund-two")):
        with open_ledger(database, tenant, origin=origin, migrating=False) as ledger:
            made[tenant] = Access(ledger, tenant).make("desk", "reader", by="test")[1]
            ledger.append(Request((make_submission("d", f"of-{tenant}", "deal.opened"),), by="desk")).result(30)
            signer = signer_of(ledger, LogFolders.find(origin, tmp_path, None))
            signer.sign()
            signer.close()
    return made


@pytest.fixture
def app(database: str, tmp_path: Path) -> FastAPI:
    return create_app(Settings(database=database, tenant="main", data=tmp_path, run_workers=False))


@pytest.fixture
def http(app: FastAPI, keys: dict[str, str]) -> Iterator[httpx.Client]:
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


def by(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_checkpoint_keys_and_hashes_of_any_log_are_those_that_its_own_readers_get(
    http: httpx.Client, app: FastAPI, keys: dict[str, str]
) -> None:
    public = {part: http.get(f"{OTHER}/{part}") for part in ("checkpoint", "key", "tile/0/000.p/1")}
    assert list(app.state.runtime.tenants.logs) == ["main"]
    for part, answer in public.items():
        assert answer.status_code == 200, answer.text
        own = http.get(f"/v1/log/{part}", headers=by(keys["two"]))
        assert answer.content == own.content
        assert answer.headers.get("cache-control") == own.headers.get("cache-control")
        assert answer.content != http.get(f"/v1/log/{part}").content
    assert public["checkpoint"].text.startswith("log.example/fund-two\n1\n")


def test_the_main_log_has_the_same_address(http: httpx.Client) -> None:
    for path in ("/v1/logs/log.example/main/checkpoint", "/v1/logs/log.example%2Fmain/checkpoint"):
        assert http.get(path).content == http.get("/v1/log/checkpoint").content


def test_entries_take_a_key_of_their_own_log(http: httpx.Client, keys: dict[str, str]) -> None:
    entries = f"{OTHER}/tile/entries/000.p/1"
    refused(http.get(entries), 401, "not-authenticated")
    refused(http.get(entries, headers=by(keys["main"])), 403, "forbidden")
    answer = http.get(entries, headers=by(keys["two"]))
    assert answer.status_code == 200
    assert b"of-two" in answer.content


def test_an_unknown_origin_is_not_found(http: httpx.Client) -> None:
    for part in ("checkpoint", "key", "tile/0/000.p/1", "tile/entries/000.p/1"):
        refused(http.get(f"/v1/logs/log.example/none/{part}"), 404, "not-found")
    refused(http.get(f"{OTHER}/tile/0/000"), 404, "not-found")


def test_an_origin_that_two_logs_bear_names_neither(http: httpx.Client, database: str) -> None:
    with open_ledger(database, "three", origin="log.example/fund-two", migrating=False):
        refused(http.get(f"{OTHER}/checkpoint"), 404, "not-found")
