"""The fault of a failing worker shows in /readyz, in the metrics, in the log and in doctor."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from structlog.testing import capture_logs

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger, open_ledger
from ledger.tlog.signing_keys import log_folder
from tests.cli.conftest import run
from tests.waiting import until

EVENT = {"type": "context.noted", "occurred": "2020-01-02", "data": {"topic": "t", "text": "x"}}


@pytest.fixture
def serving(database: str, tmp_path: Path) -> Iterator[tuple[httpx.Client, Ledger, Path]]:
    """A server that signs, the log, and the folder of its keys."""
    with open_ledger(database) as ledger:
        app = create_app(Settings(data=tmp_path / "data"), ledger)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as http:
            opened = {"deal_id": "d", "title": "T", "kind": "merger", "subject": "s"}
            assert http.post("/v1/deals", json=opened).status_code == 201
            for number in range(5):
                assert http.post("/v1/deals/d/events", json={**EVENT, "id": f"e{number}"}).status_code == 201
            until(lambda: "\n6\n" in http.get("/v1/log/checkpoint").text)
            yield http, ledger, log_folder(tmp_path / "data", ledger.origin)


def signer_failure(http: httpx.Client) -> dict[str, Any] | None:
    answer = http.get("/readyz")
    assert answer.status_code == 200
    return next((each for each in answer.json()["failures"] if each["worker"] == "signer"), None)


def roll_back(ledger: Ledger) -> None:
    """Take away the last events with all that was made of them, as who holds the database can."""
    with psycopg.connect(ledger.conninfo) as connection:
        for table, column in (("events", "position"), ("event_payload", "position"), ("log_checkpoints", "size")):
            connection.execute(f"DELETE FROM {table} WHERE {column} > 4".encode())
        connection.execute("DELETE FROM log_hashes WHERE first >= 4 OR level > 0")
        connection.execute("UPDATE log_hashes SET hashes = substring(hashes FROM 1 FOR ((4 - first) * 32)::integer)"
                           " WHERE first + octet_length(hashes) / 32 > 4")  # fmt: skip


def test_a_rollback_is_shown_wherever_somebody_looks(serving: Any, tmp_path: Path) -> None:
    http, ledger, _ = serving
    assert signer_failure(http) is None
    with capture_logs() as logged:
        roll_back(ledger)
        assert http.post("/v1/deals/d/events", json={**EVENT, "id": "again"}).status_code == 201
        failure = until(lambda: signer_failure(http))
    assert failure["code"] == "signing-refused"
    assert "rolled back: it has 5 events, and 6 were signed" in failure["detail"]
    assert str(tmp_path) not in json.dumps(failure)
    assert [each["code"] for each in logged if each["event"] == "worker-failed"] == ["signing-refused"]
    assert 'parley_worker_failing{log="default",worker="signer"} 1.0' in http.get("/metrics").text
    assert 'parley_worker_failing{log="default",worker="webhooks"} 0.0' in http.get("/metrics").text
    told = run("doctor", "--database", ledger.conninfo, "--data", str(tmp_path / "data"))
    assert told.code == 1
    assert "The database was rolled back: it has 5 events, and 6 were signed" in told.words


def test_verify_holds_the_database_against_the_head_beside_it(serving: Any, tmp_path: Path) -> None:
    http, ledger, _ = serving
    asked = ("verify", "--database", ledger.conninfo, "--data", str(tmp_path / "data"))
    assert run(*asked).code == 0
    roll_back(ledger)
    ended = run(*asked)
    assert ended.code == 1
    assert "rolled-back" in ended.words
    audited = http.post("/v1/audit/verify")
    told = [json.loads(line) for line in audited.text.splitlines()]
    assert next(line["code"] for line in told if line["kind"] == "finding") == "rolled-back"
    assert told[-1]["ok"] is False


@pytest.mark.parametrize(
    "spoil", [lambda file: file.chmod(0o644), lambda file: file.write_bytes(b"no key"), lambda file: file.unlink()]
)
def test_a_key_that_cannot_be_used_is_shown(serving: Any, tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    """Also while there is nothing to sign."""
    http, ledger, folder = serving
    spoil(folder / "key.pem")
    failure = until(lambda: signer_failure(http))
    assert failure["code"] in ("key-unusable", "key-missing")
    assert str(tmp_path) not in json.dumps(failure)
    told = run("doctor", "--database", ledger.conninfo, "--data", str(tmp_path / "data"))
    assert told.code == 1
    assert "Nothing can be signed" in told.words


def test_the_reason_of_a_failure_is_shown_without_the_path_of_the_data_and_logged_with_it(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the folder has a name that is a word of the reason."""
    monkeypatch.chdir(tmp_path)
    with open_ledger(database) as ledger, capture_logs() as logged:
        app = create_app(Settings(data=Path("log")), ledger)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as http:
            opened = {"deal_id": "d", "title": "T", "kind": "merger", "subject": "s"}
            assert http.post("/v1/deals", json=opened).status_code == 201
            until(lambda: "\n1\n" in http.get("/v1/log/checkpoint").text)
            key = log_folder(Path("log"), ledger.origin) / "key.pem"
            key.chmod(0o644)
            failure = until(lambda: signer_failure(http))
    reason = "Others may read a key of the log; make it your own with chmod 600, or replace it."
    assert failure["detail"] == reason
    assert {each["reason"] for each in logged if each["event"] == "worker-failed"} == {f"{reason} See {key}."}


def test_a_worker_that_works_again_is_no_longer_shown(serving: Any) -> None:
    http, _, folder = serving
    (folder / "key.pem").chmod(0o644)
    until(lambda: signer_failure(http))
    (folder / "key.pem").chmod(0o600)
    until(lambda: signer_failure(http) is None)
