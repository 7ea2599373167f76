"""What may be erased, by whom and how often; and how long a legal hold prevents it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import orjson
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.api_keys import Access, Role
from ledger.ledger import Ledger
from tests.api.conftest import bid, refused


def record(name: str, own_id: str | None = None, /, **data: Any) -> dict[str, Any]:
    named = {"id": own_id} if own_id else {}
    return {"type": f"record.{name}", "occurred": "2020-10-01", "data": data, **named}


def erasure(event_id: str = "first-bid", own_id: str | None = None, **more: Any) -> dict[str, Any]:
    return record("erased", own_id, event_id=event_id, legal_basis="GDPR Art. 17", **more)


def lines(deal_id: str, *events: dict[str, Any]) -> bytes:
    return b"".join(orjson.dumps({"deal_id": deal_id, **each}) + b"\n" for each in events)


def days_from_now(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


@pytest.mark.parametrize("given", [["/bids/b1"], []])
def test_touched_cannot_be_given(http: httpx.Client, deal: str, given: list[str]) -> None:
    told = refused(http.post(f"{deal}/events", json=erasure(touched=given)), 422, "invalid-input")
    assert told["errors"][0]["pointer"] == "/data/touched"
    body = lines("tiktok", erasure(touched=given))
    assert http.post("/v1/imports", content=body).status_code == 422
    assert http.post(f"{deal}/what-if", json={"events": [erasure(touched=given)]}).status_code == 422
    assert http.get(f"{deal}/events/first-bid").json()["data"] is not None


def test_what_the_ledger_keeps_cannot_be_given_nor_corrected(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events", json=erasure(kept={"reported": True})).status_code == 422
    assert http.post(f"{deal}/events", json=erasure("first-bid", "x")).status_code == 201
    change = record("corrected", None, event_id="x", changes={"touched": []}, cause="recording_error")
    assert http.post(f"{deal}/events", json=change).status_code == 422


def test_an_event_is_erased_once(http: httpx.Client, deal: str) -> None:
    refused(
        http.post(f"{deal}/events", json=[erasure("first-bid", "x1"), erasure("first-bid", "x2")]),
        409,
        "already-erased",
    )
    first = http.post(f"{deal}/events", json=erasure("first-bid", "x1"))
    again = http.post(f"{deal}/events", json=erasure("first-bid", "x1"))
    assert (first.status_code, again.status_code, again.headers["Idempotency-Replayed"]) == (201, 201, "true")
    assert first.json() == again.json()
    refused(http.post(f"{deal}/events", json=erasure("first-bid", "x2")), 409, "already-erased")
    refused(http.post(f"{deal}/what-if", json={"events": [erasure("first-bid", "x2")]}), 409, "already-erased")
    told = http.post("/v1/imports", content=lines("tiktok", erasure("first-bid", "x2"))).json()
    assert [each["code"] for each in told["errors"]] == ["already-erased"]


def test_an_erased_event_is_not_recorded_again(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events", json=erasure()).status_code == 201
    again = bid("b1", id="first-bid")
    refused(http.post(f"{deal}/events", json=again), 409, "erased")
    refused(http.post(f"{deal}/events", json=[bid("b2"), again]), 409, "erased")
    refused(http.post(f"{deal}/events", json=again, headers={"Idempotency-Key": '"k"'}), 409, "erased")
    told = http.post("/v1/imports", content=lines("tiktok", again)).json()
    assert [each["code"] for each in told["errors"]] == ["erased"]
    assert http.get(f"{deal}/events/first-bid").json()["data"] is None


def test_an_erased_event_is_not_corrected(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events", json=erasure()).status_code == 201
    change = record("corrected", event_id="first-bid", changes={"bidders": ["oracle"]}, cause="recording_error")
    refused(http.post(f"{deal}/events", json=change), 409, "erased")


def test_an_erased_event_sent_again_under_its_key_alone_is_refused(http: httpx.Client, deal: str) -> None:
    key = {"Idempotency-Key": '"k"'}
    [made] = http.post(f"{deal}/events", json=bid("b9"), headers=key).json()["events"]
    assert http.post(f"{deal}/events", json=erasure(made["id"])).status_code == 201
    refused(http.post(f"{deal}/events", json=bid("b9"), headers=key), 409, "erased")


@pytest.mark.parametrize(
    ("hold", "after", "held"),
    [
        ({"until": "2020-10-31"}, [], False),
        ({"until": days_from_now(30)}, [], True),
        ({}, [], True),
        ({}, [record("released", None, reason="settled")], False),
        ({}, [record("voided", None, event_id="h", cause="recording_error", reason="wrong deal")], False),
        (
            {},
            [
                record("voided", "v", event_id="h", cause="recording_error", reason="wrong deal"),
                record("reinstated", None, event_id="h", reason="right after all"),
            ],
            True,
        ),
        (
            {"until": "2020-10-31"},
            [record("corrected", None, event_id="h", changes={"until": days_from_now(30)}, cause="recording_error")],
            True,
        ),
        (
            {},
            [
                record("released", "r", reason="settled"),
                record("voided", None, event_id="r", cause="recording_error", reason="not settled"),
            ],
            True,
        ),
    ],
)  # fmt: skip
def test_a_hold_ends_with_its_last_day_by_release_or_when_it_is_voided(
    http: httpx.Client, deal: str, hold: dict[str, Any], after: list[dict[str, Any]], held: bool
) -> None:
    for each in (record("held", "h", reason="a case", **hold), *after):
        assert http.post(f"{deal}/events", json=each).status_code == 201
    shown = http.get(f"{deal}/state").json()["deal"]["held"]
    assert (shown is not None) is held
    answer = http.post(f"{deal}/events", json=erasure())
    assert (answer.status_code, answer.json().get("code")) == ((409, "under-hold") if held else (201, None))
    told = http.post("/v1/imports", content=lines("tiktok", erasure("opening-of-nothing")))
    assert told.json()["errors"][0]["code"] == ("under-hold" if held else "unknown-event")


@pytest.fixture
def as_role(ledger: Ledger) -> Iterator[Callable[[Role], httpx.Client]]:
    """Makes a client of a server on this log whose key has a role."""
    access = Access(ledger, ledger.tenant)
    application = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
    with httpx.Client(transport=InProcessTransport(application), base_url="http://127.0.0.1") as client:

        def of(role: Role) -> httpx.Client:
            _, key = access.make(role, role, by="test")
            client.headers["Authorization"] = f"Bearer {key}"
            return client

        yield of


GUARDED = (erasure(), record("held", None, reason="a case"), record("released", None, reason="settled"))


@pytest.mark.parametrize("event", GUARDED, ids=lambda event: event["type"])
def test_only_an_admin_erases_holds_and_releases(
    deal: str, as_role: Callable[[Role], httpx.Client], event: dict[str, Any]
) -> None:
    recorder = as_role("recorder")
    refused(recorder.post(f"{deal}/events", json=event), 403, "forbidden")
    refused(recorder.post(f"{deal}/events", json=[bid("b2"), event]), 403, "forbidden")
    assert recorder.post(f"{deal}/what-if", json={"events": [event]}).status_code == 200
    body = lines("tiktok", bid("b3", id="b3"), event)
    refused(recorder.post("/v1/imports", content=body), 403, "forbidden")
    told = recorder.post("/v1/imports?partial=true", content=body).json()
    assert (told["recorded"], [each["code"] for each in told["errors"]]) == (1, ["forbidden"])
    assert as_role("admin").post("/v1/imports", content=body).status_code == 200


def test_a_recorder_may_send_an_export_back_that_holds_guarded_events(
    http: httpx.Client, deal: str, as_role: Callable[[Role], httpx.Client]
) -> None:
    assert http.post(f"{deal}/events", json=erasure()).status_code == 201
    exported = http.get("/v1/events?limit=100", headers={"Accept": "application/x-ndjson"}).content
    told = as_role("recorder").post("/v1/imports", content=exported).json()
    assert (told["recorded"], told["errors"]) == (0, [])


def test_an_event_recorded_and_erased_at_once_leaves_no_value(http: httpx.Client, deal: str) -> None:
    given = [bid("b7", id="seven"), erasure("seven")]
    assert http.post(f"{deal}/events", json=given).status_code == 201
    assert http.get(f"{deal}/state").json()["bids"]["b7"]["bidders"] == "[erased]"
    given = [bid("b8", id="eight"), erasure("eight")]
    assert http.post("/v1/imports", content=lines("tiktok", *given)).status_code == 200
    assert http.get(f"{deal}/state").json()["bids"]["b8"]["bidders"] == "[erased]"
