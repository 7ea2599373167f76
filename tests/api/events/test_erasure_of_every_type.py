"""An event of any type can be erased: every route still answers, and what it had set reads [erased]."""

from typing import Any

import httpx
import pytest

from domain.event import REGISTRY
from ledger.ledger import Ledger
from tests.submissions import as_sent

TYPES = [name for name in REGISTRY if not name.startswith("record.") and name != "deal.opened"]

READS = (
    "/v1/deals", "/v1/deadlines", "/v1/calendar.ics", "/v1/deals/all/state?valid_at=2020-06-01", "/v1/deals/all/state",
    "/v1/deals/all/diff?from_valid=2019-01-01&to_valid=2027-01-01", "/v1/deals/all/digest?since_version=1",
    "/v1/deals/all/history?path=/deadlines", "/v1/deals/all/history?path=/status", "/v1/deals/all/replay",
    "/v1/deals/all/revisions?path=/phase", "/v1/deals/all/calendar.ics", "/v1/deals/all/events",
    "/v1/deals/all/replay?valid_at=2020-10-01", "/", "/deals/all", "/deals/all?valid_at=2020-10-01",
    "/deals/all/diff",
)  # fmt: skip


@pytest.fixture
def everything(ledger: Ledger, http: httpx.Client) -> httpx.Client:
    """A deal in which an event of every type is recorded."""
    opened = {"deal_id": "all", "id": "opened", "type": "deal.opened", "occurred": "2019-01-01"}
    data = {"title": "Secret", "kind": "merger", "subject": "target", "tz": "America/New_York"}
    events = [{**opened, "data": data}]
    events += [
        {
            "deal_id": "all",
            "id": f"of-{name}",
            "type": name,
            "occurred": "2020-06-01",
            "data": dict(REGISTRY[name].EXAMPLE),
        }
        for name in TYPES
    ]
    assert ledger.import_batch(map(as_sent, events), by="desk").refused == ()
    return http


def test_every_answer_comes_when_an_event_of_every_type_is_erased(everything: httpx.Client) -> None:
    ids = [*(f"of-{name}" for name in TYPES), "opened"]
    for erased in batched(ids, 26):
        answer = everything.post("/v1/deals/all/events", json=list(map(erasure_of, erased)))
        assert answer.status_code == 201, answer.text
        state = everything.get("/v1/deals/all/state").json()
        assert {each["event_id"] for each in state["anomalies"]}.isdisjoint(erased)
    failed = [(path, answer.status_code) for path in READS if (answer := everything.get(path)).status_code >= 400]
    assert failed == []
    told = everything.get("/v1/deals/all/state").json()
    assert (told["exists"], told["deal"]["title"]) == (True, "[erased]")
    assert (told["deal"]["kind"], told["deal"]["tz"]) == ("merger", "America/New_York")
    assert (told["anomalies"], told["unknowns"], told["conflicts"]) == ([], [], [])
    kept = everything.get("/v1/deals/all/events?limit=500").json()["items"]
    paths = [path for each in kept if each["type"] == "record.erased" for path in each["data"]["touched"]]
    assert len(paths) > 100
    assert [path for path in paths if _value(told, path) != "[erased]"] == []


def erasure_of(event_id: str) -> dict[str, Any]:
    return {"type": "record.erased", "occurred": "2021-01-01", "data": {"event_id": event_id, "legal_basis": "law"}}


def batched(ids: list[str], size: int) -> list[list[str]]:
    return [ids[start : start + size] for start in range(0, len(ids), size)]


def _value(state: dict[str, Any], path: str) -> Any:
    value: Any = state
    for token in path.split("/")[1:]:
        value = value.get(token.replace("~1", "/").replace("~0", "~")) if isinstance(value, dict) else None
    return value
