"""Who may come in: open to this machine until the first key, then by key alone, each to its own log."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.http.routing import ApiRoute
from api.runtime import rate_limit
from api.runtime.runtime import WouldBeOpen
from api.settings import Settings
from domain.time.instants import SECOND
from ledger.api_keys import Access
from ledger.ledger import Ledger, open_ledger
from projections.state.state_reader import clock
from tests.api.conftest import bid, refused

As = Callable[[str], dict[str, str]]


@pytest.fixture
def key_of(app: FastAPI, ledger: Ledger) -> As:
    """Headers with a new key of a role."""

    def make(role: Any) -> dict[str, str]:
        _, key = Access(ledger, ledger.tenant).make(f"the-{role}", role, by="test")
        app.state.runtime.keys.clear()
        return {"Authorization": f"Bearer {key}"}

    return make


def test_the_first_key_closes_the_door_to_everybody_else(http: httpx.Client, deal: str) -> None:
    made = http.post("/v1/keys", json={"principal": "desk", "role": "recorder"})
    assert made.status_code == 201
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    told = refused(http.get(f"{deal}/state"), 401, "not-authenticated")
    assert "parley" in told["detail"]
    assert http.get(f"{deal}/state", headers=key).status_code == 200
    assert http.post(f"{deal}/events", json=bid("b2", id="mine"), headers=key).status_code == 201
    assert http.get(f"{deal}/events/mine", headers=key).json()["recorded_by"] == "desk"
    assert made.json()["key"] not in http.get(f"{deal}/events/mine", headers=key).text


def test_roles_reach_as_far_as_they_say(http: httpx.Client, deal: str, key_of: As) -> None:
    reader, recorder, auditor, admin = (key_of(role) for role in ("reader", "recorder", "auditor", "admin"))
    for key, status in ((reader, 403), (auditor, 403), (recorder, 201), (admin, 201)):
        assert http.post(f"{deal}/events", json=bid("b2", id="same"), headers=key).status_code == status
    for key, status in ((reader, 403), (recorder, 403), (auditor, 200), (admin, 200)):
        assert http.get("/v1/audit/reads", headers=key).status_code == status
    for key, status in ((reader, 403), (recorder, 403), (auditor, 403), (admin, 200)):
        assert http.get("/v1/keys", headers=key).status_code == status
    assert http.post(f"{deal}/what-if", json={"events": [bid("b3")]}, headers=reader).status_code == 200


@pytest.mark.parametrize(
    "said", ["Bearer", "Bearer x", "Bearer parley.x.y", "Basic abc", "Bearer parley.ZGVm.é", "parley"]
)
def test_what_is_no_key_opens_nothing(http: httpx.Client, deal: str, key_of: As, said: str) -> None:
    key_of("reader")
    refused(http.get(f"{deal}/state", headers={"Authorization": said.encode()}), 401, "not-authenticated")


def test_a_key_ends_when_it_is_revoked_or_over(http: httpx.Client, deal: str, ledger: Ledger, key_of: As) -> None:
    admin = key_of("admin")
    made = http.post("/v1/keys", json={"principal": "guest", "role": "reader"}, headers=admin).json()
    guest = {"Authorization": f"Bearer {made['key']}"}
    assert http.get(f"{deal}/state", headers=guest).status_code == 200
    assert http.get(f"/v1/keys/{made['id']}", headers=admin).json()["last_used_at"] is not None
    assert http.delete(f"/v1/keys/{made['id']}", headers=admin).json()["revoked_at"] is not None
    refused(http.get(f"{deal}/state", headers=guest), 401, "not-authenticated")
    _, over = Access(ledger, ledger.tenant).make("late", "reader", by="test", expires_at=clock() - SECOND)
    refused(http.get(f"{deal}/state", headers={"Authorization": f"Bearer {over}"}), 401, "not-authenticated")
    refused(http.delete("/v1/keys/key-none", headers=admin), 404, "unknown-key")
    assert "key" not in http.get("/v1/keys", headers=admin).json()["items"][0]


@pytest.mark.parametrize(
    "body",
    [{}, {"principal": "x"}, {"principal": "two words", "role": "reader"}, {"principal": "x", "role": "king"},
     {"principal": "x", "role": "reader", "expires_at": "2020-01-01T00:00:00Z"},
     {"principal": "x", "role": "reader", "expires_at": "soon"}, {"principal": "x", "role": "reader", "more": 1}, []],
)  # fmt: skip
def test_a_key_that_cannot_be_meant_is_refused(http: httpx.Client, body: Any) -> None:
    refused(http.post("/v1/keys", json=body), 422, "invalid-input")


def test_evidence_that_is_taken_away_is_noted(http: httpx.Client, deal: str, key_of: As) -> None:
    auditor = key_of("auditor")
    http.get(f"{deal}/replay?to_version=1", headers=auditor)
    [read] = http.get("/v1/audit/reads", headers=auditor).json()["items"]
    assert (read["principal"], read["path"]) == ("the-auditor", f"{deal}/replay?to_version=1")


def test_what_is_public_asks_for_no_key(http: httpx.Client, deal: str, key_of: As) -> None:
    key_of("reader")
    for path in ("/healthz", "/readyz", "/version", "/openapi.json", "/docs", "/problems/busy"):
        assert http.get(path).status_code == 200
    for path in ("/v1/log/checkpoint", "/v1/log/key"):
        refused(http.get(path), 503, "not-yet-sealed")
    refused(http.get("/v1/log/tile/0/000"), 404, "not-found")
    refused(http.get("/v1/log/tile/entries/000"), 401, "not-authenticated")


def test_another_site_cannot_write_where_no_key_is_asked_for(http: httpx.Client, deal: str) -> None:
    sent = bid("b2")
    refused(http.post(f"{deal}/events", json=sent, headers={"Origin": "https://evil.example"}), 403, "forbidden")
    refused(http.get(f"{deal}/state", headers={"Host": "evil.example"}), 403, "forbidden")
    assert http.post(f"{deal}/events", json=sent, headers={"Origin": "http://127.0.0.1"}).status_code == 201


def test_nobody_beyond_this_machine_is_let_in_without_keys(ledger: Ledger, tmp_path: Path) -> None:
    settings = Settings(tenant=ledger.tenant, run_workers=False, host="0.0.0.0", data=tmp_path)
    with pytest.raises(WouldBeOpen):
        create_app(settings, ledger).state.runtime.open()
    Access(ledger, ledger.tenant).make("desk", "admin", by="test")
    app = create_app(settings, ledger)
    app.state.runtime.open()
    app.state.runtime.close()


@pytest.fixture
def other(shared_database: str, tenant: str) -> Iterator[Ledger]:
    """Another tenant's log in the same database."""
    with open_ledger(shared_database, f"{tenant}-other", migrating=False) as opened:
        yield opened


FILLED = {
    "deal_id": "tiktok",
    "event_id": "first-bid",
    "name": "bid.submitted",
    "code": "busy",
    "path": "entries/000",
    "tile": "entries/000",
    "webhook_id": "wh-000000000000",
    "import_id": "none",
    "message_id": "msg_1",
}


def test_no_tenant_reaches_another_over_any_route(
    http: httpx.Client, app: FastAPI, deal: str, ledger: Ledger, other: Ledger
) -> None:
    owner, own_key = Access(ledger, ledger.tenant).make("owner", "admin", by="test")
    _, key = Access(other, other.tenant).make("stranger", "admin", by="test")
    theirs, ours = ({"Authorization": f"Bearer {each}"} for each in (key, own_key))
    assert http.get(f"{deal}/state", headers=ours).status_code == 200
    before = http.get("/v1/events", headers=ours).content
    for route in [each for each in app.routes if isinstance(each, ApiRoute) and each.path != "/v1/stream"]:
        path = route.path_format.format_map({**FILLED, "key_id": owner.id, "origin": ledger.origin})
        for method in route.methods:
            for body in (bid("b9"), [bid("b9")], {"events": [bid("b9")]}):
                answer = http.request(method, path, headers=theirs, json=body if method == "POST" else None)
                assert answer.status_code < 500 or answer.json()["code"] == "not-yet-sealed", (path, answer.text)
                assert "oracle" not in answer.text or path.startswith(("/v1/event-types", "/openapi", "/docs"))
                assert "owner" not in answer.text or path.startswith(("/v1/event-types", "/openapi", "/docs"))
    assert http.get("/v1/events", headers=ours).content == before
    assert http.get("/v1/deals", headers=theirs).json()["items"] == []
    assert http.get(f"/v1/keys/{owner.id}", headers=ours).json()["revoked_at"] is None
    assert other.head().position == 0


def test_no_tenant_hears_another(http: httpx.Client, deal: str, other: Ledger) -> None:
    _, key = Access(other, other.tenant).make("stranger", "admin", by="test")
    refused(http.get("/v1/stream?after=1", headers={"Authorization": f"Bearer {key}"}), 404, "beyond-the-end")


def test_each_tenant_works_in_its_own_log(http: httpx.Client, deal: str, ledger: Ledger, other: Ledger) -> None:
    keys = [Access(each, each.tenant).make("desk", "admin", by="test")[1] for each in (ledger, other)]
    ours, theirs = ({"Authorization": f"Bearer {key}"} for key in keys)
    opening = {"deal_id": "tiktok", "title": "Theirs", "kind": "merger", "subject": "x"}
    assert http.post("/v1/deals", json=opening, headers=theirs).status_code == 201
    assert http.get(f"{deal}/state", headers=theirs).json()["deal"]["title"] == "Theirs"
    assert http.get(f"{deal}/state", headers=ours).json()["deal"]["title"] == "TikTok"


def test_a_process_that_has_the_database_needs_no_key(ledger: Ledger, key_of: As) -> None:
    key_of("reader")
    app = create_app(Settings(tenant=ledger.tenant, run_workers=False, disable_auth=True), ledger)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://parley.invalid") as client:
        assert client.get("/v1/deals").status_code == 200


def test_a_key_may_send_so_many_requests_a_second(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "monotonic", lambda: 0.0)  # all within one second, however slow the machine is
    _, key = Access(ledger, ledger.tenant).make("busy", "reader", by="test")
    app = create_app(Settings(tenant=ledger.tenant, run_workers=False, rate=3), ledger)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        answers = [client.get("/v1/deals", headers={"Authorization": f"Bearer {key}"}) for _ in range(8)]
    assert [each.status_code for each in answers[:3]] == [200, 200, 200]
    slowed = answers[3:]
    assert {each.status_code for each in slowed} == {429}
    refused(slowed[0], 429, "too-many-requests")
    assert slowed[0].headers["retry-after"] == "1"
