"""A server with a directory: logs in several databases, and one that is moved while it is written to."""

import json
import threading
from typing import Any

import httpx
import pytest

from ledger.ledger import open_ledger
from ledger.maintenance import log_copy, log_move
from ledger.maintenance.log_move import Stage, move_log
from ledger.merkle.note import Key, open_checkpoint
from ledger.tlog.transparency_log import TransparencyLog
from projections.audit import audit_all
from tests.api.conftest import bid, opened, refused
from tests.api.runtime.log_clients import admin_keys, app, by, http
from tests.waiting import until

__all__ = ["app", "http"]

WRITERS = 3
EVENTS_AFTER = 4


@pytest.fixture
def keys(database: str) -> list[str]:
    """An administrator's key of each of two logs; the first is the main one."""
    return admin_keys(database, 2)


class Writer(threading.Thread):
    """Records events one by one, each sent again with its id and key until it is recorded; after `moved` some more."""

    def __init__(self, http: httpx.Client, name: str, moved: threading.Event) -> None:
        super().__init__(name=name)
        self._http, self._moved = http, moved
        self.receipts: dict[str, Any] = {}
        self.refusals: list[httpx.Response] = []

    def run(self) -> None:
        more = EVENTS_AFTER
        while more:
            more -= self._moved.is_set()
            event_id = f"{self.name}-{len(self.receipts)}"
            while (answer := record(self._http, event_id)).status_code != 201:
                self.refusals.append(answer)
            self.receipts[event_id] = answer.json()


def record(http: httpx.Client, event_id: str) -> httpx.Response:
    """Record a bid with an id, which is the key of the request too."""
    return http.post("/v1/deals/tiktok/events", json=bid(id=event_id), headers={"Idempotency-Key": event_id})


def test_a_log_is_moved_while_it_is_written_to_and_nothing_is_lost_or_doubled(
    http: httpx.Client, keys: list[str], database: str, other_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_copy, "PART_EVENTS", 20)
    monkeypatch.setattr(log_move, "MOST_ROUNDS", 1)
    monkeypatch.setattr(log_move, "REST_EVENTS", 0)
    http.headers.update(by(keys[1]))
    opened(http)
    until(lambda: http.get("/v1/log/checkpoint").status_code == 200)
    vkey = http.get("/v1/log/key").text.strip()
    origin = http.get("/v1/log/checkpoint").text.splitlines()[0]
    moved = threading.Event()
    writers = [Writer(http, f"writer-{number}", moved) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    until(lambda: all(writer.receipts for writer in writers))

    def progress(stage: Stage, _position: int) -> None:
        if stage == "fenced":
            until(lambda: all(writer.refusals for writer in writers))

    copy = move_log(database, "t1", other_database, progress)
    moved.set()
    for writer in writers:
        writer.join()
    for answer in (answer for writer in writers for answer in writer.refusals):
        refused(answer, 503, "busy")
        assert answer.headers["retry-after"]
    receipts = {event_id: receipt for writer in writers for event_id, receipt in writer.receipts.items()}
    events = 2 + len(receipts)
    assert copy.position + WRITERS * EVENTS_AFTER <= events
    lines = http.get("/v1/events", headers={"Accept": "application/x-ndjson"}).text.splitlines()
    found = [json.loads(line) for line in lines[:-1]]
    assert [each["position"] for each in found] == list(range(1, events + 1))
    assert sorted(each["id"] for each in found[2:]) == sorted(receipts)
    for event_id, receipt in list(receipts.items())[:: len(receipts) // 10]:
        assert record(http, event_id).json() == receipt
    until(lambda: http.get("/v1/log/checkpoint").text.splitlines()[1] == str(events))
    for path in ("/v1/log/checkpoint", f"/v1/logs/{origin}/checkpoint"):
        assert open_checkpoint(http.get(path).content, [Key.parse(vkey)]).checkpoint.size == events
    with open_ledger(other_database, "t1", migrating=False) as ledger:
        findings = list(audit_all(ledger, TransparencyLog(ledger), keys=[Key.parse(vkey)]))
    assert findings[-1]["ok"], findings
