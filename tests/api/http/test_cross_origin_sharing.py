"""Pages of other origins call the API only where a setting names them; every answer says how far the log has come."""

from collections.abc import Iterator

import httpx
import pytest
from pydantic import ValidationError

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.ledger import Ledger
from tests.api.conftest import bid, opened, refused

DESK = "https://desk.example"
ASKING = {"Origin": DESK, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
PREFLIGHT = {**ASKING, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "idempotency-key"}


@pytest.fixture
def admitting(ledger: Ledger) -> Iterator[httpx.Client]:
    """A server that admits the pages of two origins."""
    app = create_app(Settings(tenant=ledger.tenant, run_workers=False, cors=f"{DESK}, http://localhost:3000"), ledger)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        yield client


def test_by_default_no_origin_is_admitted(http: httpx.Client, deal: str) -> None:
    for path in ("/v1/deals", deal, "/openapi.json"):
        assert "access-control-allow-origin" not in http.get(path, headers={"Origin": DESK}).headers
    refused(http.get("/v1/deals", headers=ASKING), 403, "forbidden")
    refused(http.post(f"{deal}/events", json=bid("b2"), headers={"Origin": DESK}), 403, "forbidden")
    refused(http.options(f"{deal}/events", headers=PREFLIGHT), 405, "method-not-allowed")


def test_a_page_of_an_origin_that_is_named_reads_and_writes(admitting: httpx.Client) -> None:
    deal = opened(admitting)
    preflight = admitting.options(f"{deal}/events", headers=PREFLIGHT)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == DESK
    assert "idempotency-key" in preflight.headers["access-control-allow-headers"].lower()
    answer = admitting.post(f"{deal}/events", json=bid("b2"), headers=ASKING)
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == DESK
    assert "access-control-allow-credentials" not in answer.headers
    assert "ETag" in answer.headers["access-control-expose-headers"]
    wrong = admitting.post(f"{deal}/events", json={}, headers=ASKING)
    assert (wrong.status_code, wrong.headers["access-control-allow-origin"]) == (422, DESK)


def test_another_origin_stays_out(admitting: httpx.Client) -> None:
    deal = opened(admitting)
    other = {**ASKING, "Origin": "https://evil.example"}
    for answer in (admitting.get(deal, headers=other), admitting.post(f"{deal}/events", json=bid("b2"), headers=other)):
        refused(answer, 403, "forbidden")
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("text", ["*", "desk.example", "https://desk.example/", "null", "https://a b"])
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="is not an origin"):
        Settings(cors=text)


def test_every_answer_about_a_log_says_how_far_it_has_come(http: httpx.Client, deal: str) -> None:
    assert http.get(f"{deal}/state").headers["parley-position"] == "2"
    assert http.post(f"{deal}/events", json=bid("b2")).headers["parley-position"] == "3"
    for path in (f"{deal}/state", "/v1/deals", "/v1/events", f"{deal}/events/none", f"{deal}/state?wrong=1"):
        assert http.get(path).headers["parley-position"] == "3", path
