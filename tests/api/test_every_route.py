"""What holds for every route and every event type."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.events.type_routes import posted
from api.http.problem_details import TABLE
from api.http.routing import ApiRoute, parameters
from api.settings import Settings
from domain.event import REGISTRY
from ledger.ledger import open_ledger
from tests.api.conftest import opened, refused


def routes_of(app: FastAPI) -> Iterator[ApiRoute]:
    return (route for route in app.routes if isinstance(route, ApiRoute))


APP = create_app()
ROUTES = [(method, route.path_format) for route in routes_of(APP) for method in sorted(route.methods)]
FILLED = {
    "deal_id": "tiktok",
    "event_id": "first-bid",
    "name": "bid.submitted",
    "code": "busy",
    "path": "0/000",
    "origin": "log.example/none",
    "tile": "0/000",
    "key_id": "none",
    "import_id": "none",
    "webhook_id": "wh-000000000000",
    "message_id": "msg_1",
}


@pytest.fixture(scope="module")
def http(shared_database: str) -> Iterator[httpx.Client]:
    """One log for all of these: what they record does not matter to each other."""
    with open_ledger(shared_database, "every-route", migrating=False) as ledger:
        app = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
        with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
            yield client


@pytest.fixture(scope="module")
def deal(http: httpx.Client) -> str:
    return opened(http)


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_parameter_that_is_not_known_is_refused(http: httpx.Client, deal: str, method: str, path: str) -> None:
    told = refused(http.request(method, path.format_map(FILLED), params={"knwon_at": "x"}), 400, "bad-question")
    assert told["errors"][0]["code"] == "unknown-parameter"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_parameter_given_twice_is_refused(http: httpx.Client, deal: str, method: str, path: str) -> None:
    [route] = [each for each in routes_of(APP) if each.path_format == path and method in each.methods]
    for name in parameters(route):
        told = refused(http.request(method, f"{path.format_map(FILLED)}?{name}=1&{name}=1"), 400, "bad-question")
        assert told["errors"][0]["code"] == "doubled-parameter"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_is_documented(method: str, path: str) -> None:
    operation = APP.openapi()["paths"][path][method.lower()]
    assert operation["summary"]
    assert operation["description"]
    assert set(operation["responses"]) >= {"400", "503"}
    assert "default" not in operation["responses"]


@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES}))
def test_other_methods_are_refused_with_those_that_are_allowed(http: httpx.Client, path: str) -> None:
    answer = http.request("PATCH", path.format_map(FILLED))
    refused(answer, 405, "method-not-allowed")
    allowed = {method for method, each in ROUTES if each == path}
    assert set(answer.headers["allow"].split(", ")) >= allowed


@pytest.mark.parametrize("name", [name for name in REGISTRY if name != "deal.opened"])
def test_the_example_of_a_type_can_be_posted(http: httpx.Client, deal: str, name: str) -> None:
    event: dict[str, Any] = posted(name)
    if "event_id" in event["data"] and name.startswith("record."):
        event["data"] = {**event["data"], "event_id": "first-bid"}
        if "changes" in event["data"]:
            event["data"]["changes"] = {"occurred": "2020-08-21"}
    answer = http.post(f"{deal}/events", json=event, headers={"Prefer": "handling=lenient"})
    assert answer.status_code == 201, answer.text
    assert http.get(f"{deal}/state?valid_at=2026-06-01").status_code == 200


OF_NO_ROUTE = {
    "internal-error", "method-not-allowed", "not-found", "not-proven", "unknown-path",
    "read-only", "too-many-requests", "malformed-request", "head-too-large", "head-too-slow", "target-too-long",
}  # fmt: skip
"""What any route may answer, or none yet."""


def test_every_error_is_described() -> None:
    made = APP.openapi()
    text = json.dumps([made["paths"], made["components"]["responses"]])
    unheard = {kind.code for kind in TABLE if f"`{kind.code}`" not in text}
    assert unheard <= OF_NO_ROUTE


def test_every_reference_in_the_document_leads_somewhere() -> None:
    made = APP.openapi()
    text = json.dumps(made)
    referred = {tuple(part.split('"')[0].split("/")) for part in text.split('"$ref": "#/components/')[1:]}
    assert referred <= {(kind, name) for kind, parts in made["components"].items() for name in parts}
