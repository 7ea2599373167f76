"""`Prefer: respond-async`: an import that goes on after its request was answered."""

from asyncio import Semaphore
from collections.abc import Iterator
from contextlib import ExitStack
from threading import Event
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api import limits
from api.events import imports
from api.events.imports import ImportJob
from ledger.api_keys import Access
from ledger.ledger import Ledger
from tests.api.conftest import Running, bid, refused
from tests.api.events.test_imports import lines, sound
from tests.waiting import until

ASYNC = {"Prefer": "respond-async"}


@pytest.fixture
def http(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, timeout=60) as client:
        yield client


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Imports wait here after their third line, until it is set."""
    go, decoded = Event(), ImportJob._decoded

    def slow(self: ImportJob) -> Iterator[Any]:
        for number, made in enumerate(decoded(self)):
            if number == 3:
                assert go.wait(60)
            yield made

    monkeypatch.setattr(imports.ImportJob, "_decoded", slow)
    yield go
    go.set()


def begun(http: httpx.Client, content: bytes, query: str = "") -> str:
    answer = http.post(f"/v1/imports{query}", content=content, headers=ASYNC)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.headers["location"] == f"/v1/imports/{answer.json()['id']}"
    return str(answer.headers["location"])


def ended(http: httpx.Client, path: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        told: dict[str, Any] = http.get(path).json()
        return told if told["ended_at"] else None

    return until(look)


def test_an_import_in_the_background_ends_as_one_in_the_foreground(http: httpx.Client) -> None:
    told = ended(http, begun(http, lines(*sound(40))))
    assert (told["state"], told["lines"], told["recorded"], told["errors_total"]) == ("done", 40, 40, 0)
    assert told["report"]["recorded"] == 40
    assert http.get("/v1/deals/d").json()["version"] == 40
    again = ended(http, begun(http, lines(*sound(40))))
    assert (again["report"]["recorded"], again["report"]["repeated"]) == (0, 40)


def test_every_bad_line_is_listed_in_pages(http: httpx.Client) -> None:
    broken = [*sound(3), *(bid(f"x{n}", deal_id="d", occurred="2020-02-30") for n in range(5)), bid("y", deal_id="no")]
    path = begun(http, lines(*broken))
    told = ended(http, path)
    assert (told["state"], told["recorded"], told["errors_total"]) == ("refused", 0, 6)
    assert told["report"]["code"] == "import-refused"
    first = http.get(f"{path}/errors?limit=4").json()
    assert [each["line"] for each in first["items"]] == [4, 5, 6, 7]
    rest = http.get(f"{path}/errors", params={"limit": 4, "after": first["next"]}).json()
    assert [(each["line"], each["code"]) for each in rest["items"]] == [(8, "invalid-date"), (9, "unknown-deal")]
    assert rest["next"] is None
    assert http.get("/v1/deals").json()["items"] == []


def test_warnings_are_listed_in_pages(http: httpx.Client) -> None:
    loose = [
        {"deal_id": "d", "id": f"w{n}", "type": "bid.withdrawn", "occurred": "2020-09-01", "data": {"bid_id": f"n{n}"}}
        for n in range(3)
    ]
    path = begun(http, lines(*sound(1), *loose))
    assert ended(http, path)["warnings_total"] >= 3
    first = http.get(f"{path}/warnings?limit=2").json()
    rest = http.get(f"{path}/warnings", params={"limit": 100, "after": first["next"]}).json()
    assert [each["line"] for each in [*first["items"], *rest["items"]]][:3] == [2, 3, 4]


def test_progress_is_seen_while_it_runs(http: httpx.Client, held: Event) -> None:
    path = begun(http, lines(*sound(8)))
    until(lambda: http.get(path).json()["lines"] >= 4)
    told = http.get(path)
    assert told.headers["retry-after"] == "1"
    assert (told.json()["state"], told.json()["ended_at"], told.json()["report"]) == ("running", None, None)
    assert [each["id"] for each in http.get("/v1/imports").json()["items"]] == [path.rsplit("/", 1)[1]]
    held.set()
    assert ended(http, path)["state"] == "done"


def test_a_cancelled_import_records_nothing_more_and_is_forgotten(
    http: httpx.Client, held: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.cancellation.STRIDE", 1)
    path = begun(http, lines(*sound(8)))
    until(lambda: http.get(path).json()["lines"] >= 4)
    assert http.delete(path).status_code == 204
    held.set()
    refused(http.get(path), 404, "unknown-import")
    report = ended(http, begun(http, lines(*sound(8))))["report"]
    assert (report["recorded"], report["repeated"]) == (8, 0)


def test_a_dry_run_and_partial_hold_in_the_background_too(http: httpx.Client) -> None:
    assert ended(http, begun(http, lines(*sound(3)), "?dry_run=true"))["report"]["recorded"] == 3
    assert http.get("/v1/deals").json()["items"] == []
    told = ended(http, begun(http, lines(*sound(3), b"{"), "?partial=true"))
    assert (told["state"], told["recorded"], told["errors_total"]) == ("done", 3, 1)


def test_an_import_is_seen_by_who_sent_it_and_by_an_admin(running: Running, app: FastAPI, ledger: Ledger) -> None:
    access = Access(ledger, ledger.tenant)
    keys = {name: access.make(name, role, by="test")[1] for name, role in
            (("ann", "recorder"), ("bob", "recorder"), ("eve", "admin"))}  # fmt: skip
    app.state.runtime.keys.clear()
    with ExitStack() as opened:
        clients = {
            name: opened.enter_context(
                httpx.Client(base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=60)
            )
            for name, key in keys.items()
        }
        path = begun(clients["ann"], lines(*sound(3)))
        assert ended(clients["ann"], path)["created_by"] == "ann"
        assert clients["eve"].get(path).status_code == 200
        refused(clients["bob"].get(path), 404, "unknown-import")
        assert clients["bob"].get("/v1/imports").json()["items"] == []


def test_a_report_expires(http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    path = begun(http, lines(*sound(3)))
    ended(http, path)
    monkeypatch.setattr(limits, "JOB_REPORT_SECONDS", -1)
    refused(http.get(path), 404, "unknown-import")


def test_who_has_too_many_imports_waiting_is_told_until_one_has_ended(
    http: httpx.Client, held: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "JOBS_OPEN", 2)
    paths = [begun(http, lines(*sound(8))) for _ in range(2)]
    told = http.post("/v1/imports", content=lines(*sound(8)), headers=ASYNC)
    refused(told, 429, "too-many-requests")
    assert told.headers["retry-after"] == "10"
    assert "2 imports of" in told.json()["detail"]
    assert "GET /v1/imports" in told.json()["detail"]
    assert len(http.get("/v1/imports").json()["items"]) == 2
    held.set()
    assert all(ended(http, path)["state"] == "done" for path in paths)
    assert ended(http, begun(http, lines(*sound(8))))["report"]["repeated"] == 8


def test_an_import_that_is_cancelled_while_it_waits_gives_up_its_place_at_once_and_one_that_runs_when_it_ends(
    http: httpx.Client, app: FastAPI, held: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.cancellation.STRIDE", 1)
    monkeypatch.setattr(limits, "JOBS_OPEN", 2)
    monkeypatch.setattr(app.state.runtime, "importing", Semaphore(1))
    running, waiting = begun(http, lines(*sound(8))), begun(http, lines(*sound(8)))
    until(lambda: http.get(running).json()["lines"] >= 4)
    assert http.get(waiting).json()["state"] == "waiting"
    # When the one that waits is cancelled, then another may wait in its place
    assert http.delete(waiting).status_code == 204
    waiting = until(lambda: _begun_or_none(http))
    # When the one that runs is cancelled, then it has its place until it has ended
    assert http.delete(running).status_code == 204
    assert _begun_or_none(http) is None
    held.set()
    assert ended(http, waiting)["state"] == "done"
    assert ended(http, begun(http, lines(*sound(8))))["state"] == "done"


def _begun_or_none(http: httpx.Client) -> str | None:
    answer = http.post("/v1/imports", content=lines(*sound(8)), headers=ASYNC)
    assert answer.status_code in (202, 429)
    return answer.headers.get("location")


def test_the_files_that_wait_for_one_log_are_bounded_together(
    http: httpx.Client, held: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = lines(*sound(8))
    monkeypatch.setattr(limits, "JOBS_OPEN_BYTES", 2 * len(content) - 1)
    path = begun(http, content)
    refused(http.post("/v1/imports", content=content, headers=ASYNC), 429, "too-many-requests")
    held.set()
    ended(http, path)
    assert ended(http, begun(http, content))["state"] == "done"
