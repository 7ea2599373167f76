"""A server that asks for keys: its page asks for one too, and reaches no further than the key."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from ledger.api_keys import Access, Role
from ledger.ledger import Ledger
from tests.web.test_views import shown, words

BID = {"/data/bid_id": "b1", "/data/bidders": "oracle", "/occurred": "2024-02-01"}


@pytest.fixture
def server(ledger: Ledger) -> FastAPI:
    """The application on a log of this test's own."""
    return create_app(Settings(tenant=ledger.tenant), ledger)


@pytest.fixture
def guarded(server: FastAPI) -> Iterator[httpx.Client]:
    """A visitor of a server on which keys were made, with one deal."""
    with httpx.Client(
        transport=InProcessTransport(server), base_url="http://127.0.0.1", headers={"Origin": "http://127.0.0.1"}
    ) as visitor:
        opening = {"deal_id": "d1", "title": "A deal", "kind": "merger", "subject": "target", "occurred": "2024-01-01"}
        assert visitor.post("/v1/deals", json=opening).status_code == 201
        yield visitor


def key_of(server: FastAPI, ledger: Ledger, role: Role) -> str:
    """A key of this role; from its making on everybody needs one."""
    _, key = Access(ledger, ledger.tenant).make(f"a-{role}", role, by="test")
    server.state.runtime.keys.clear()
    return key


def test_without_a_key_the_page_asks_for_one(guarded: httpx.Client, server: FastAPI, ledger: Ledger) -> None:
    key_of(server, ledger, "reader")
    for path in ("/", "/deals/d1", "/deals/d1/audit"):
        assert "This server asks for a key" in shown(guarded, path, 401)
    answer = guarded.post("/sign-in", data={"key": "parley.wrong", "back": "/deals/d1"})
    assert answer.status_code == 401
    assert "That key does not open this server." in words(answer)


def test_a_key_opens_the_page_and_reaches_as_far_as_its_role(
    guarded: httpx.Client, server: FastAPI, ledger: Ledger
) -> None:
    key = key_of(server, ledger, "reader")
    answer = guarded.post("/sign-in", data={"key": key, "back": "/deals/d1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/deals/d1")
    assert "A deal" in shown(guarded, "/deals/d1")
    assert guarded.post("/deals/d1/record/bid.submitted", data=BID).status_code == 403
    assert guarded.post("/sign-out").status_code == 303
    assert "This server asks for a key" in shown(guarded, "/", 401)


def test_who_records_is_the_key_s_principal(guarded: httpx.Client, server: FastAPI, ledger: Ledger) -> None:
    guarded.post("/sign-in", data={"key": key_of(server, ledger, "recorder")})
    assert guarded.post("/deals/d1/record/bid.submitted", data=BID).status_code == 303
    assert "by a-recorder" in shown(guarded, f"/deals/d1/events/{ledger.read_deal('d1')[-1].id}")


def test_a_name_that_was_made_to_point_here_opens_nothing(web: httpx.Client) -> None:
    assert web.get("/deals/tiktok", headers={"Host": "elsewhere.example"}).status_code == 403
    assert web.get("/deals/tiktok", headers={"Host": "not a host"}).status_code in (400, 403)
