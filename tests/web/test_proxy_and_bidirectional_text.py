"""The page behind a proxy, and texts in it that would turn others around."""

from collections.abc import Iterator
from html.parser import HTMLParser

import httpx
import pytest
from fastapi import FastAPI

from api.web.bidi_isolation import isolate
from ledger.api_keys import Access
from ledger.ledger import Ledger
from tests.api.conftest import app, http
from tests.api.live_server import Running
from tests.waiting import LONGEST_SECONDS

__all__ = ["app", "http"]

TURNED = "Sale \u202eof all\u2069 \u05d0\u05d1\u05d2"


@pytest.fixture
def guarded(app: FastAPI, ledger: Ledger) -> Iterator[tuple[Running, str]]:
    """A server that asks for keys, and one of them."""
    _, key = Access(ledger, ledger.tenant).make("desk", "admin", by="test")
    running = Running(app)
    yield running, key
    running.stop()


@pytest.mark.parametrize(
    ("said", "secure"),
    [
        ({"Origin": "http://parley.example"}, False),
        ({"Origin": "http://parley.example", "X-Forwarded-Proto": "https"}, True),
        ({"Origin": "https://parley.example"}, True),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin", "X-Forwarded-Proto": "https"}, True),
    ],
)
def test_the_key_s_cookie_goes_over_tls_alone_where_the_browser_speaks_it(
    guarded: tuple[Running, str], said: dict[str, str], secure: bool
) -> None:
    running, key = guarded
    host = {"Host": "parley.example"}
    answer = httpx.post(f"{running.url}/sign-in", data={"key": key}, headers={**host, **said}, timeout=LONGEST_SECONDS)
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert ("Secure" in cookie) is secure
    gone = httpx.post(f"{running.url}/sign-out", headers={**host, **said}, timeout=LONGEST_SECONDS).headers[
        "set-cookie"
    ]
    assert ("Secure" in gone) is secure
    assert "Max-Age=0" in gone


def test_a_cookie_that_somebody_planted_is_replaced_at_sign_in(guarded: tuple[Running, str], ledger: Ledger) -> None:
    running, key = guarded
    _, planted = Access(ledger, ledger.tenant).make("attacker", "reader", by="test")
    said = {"Host": "parley.example", "Origin": "http://parley.example", "Cookie": f"parley_key={planted}"}
    answer = httpx.post(f"{running.url}/sign-in", data={"key": key}, headers=said, timeout=LONGEST_SECONDS)
    assert answer.headers["set-cookie"].startswith(f"parley_key={key};")


class Page(HTMLParser):
    """The place of a text in a page: within which elements, or in an attribute."""

    def __init__(self, html: str, text: str) -> None:
        super().__init__()
        self.text = text
        self.path: list[str] = []
        self.within: list[list[str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not [value for _, value in attrs if value and "<bdi>" in value]
        if tag not in ("meta", "link", "input", "br", "img"):
            self.path.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.path:
            while self.path.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.text in data:
            self.within.append(list(self.path))
            assert "bdi>" not in data


def test_a_text_that_turns_what_follows_stands_by_itself(http: httpx.Client) -> None:
    opening = {"deal_id": "d", "title": TURNED, "kind": "merger", "subject": "target", "occurred": "2020-01-01"}
    assert http.post("/v1/deals", json={**opening, "summary": TURNED, "note": TURNED}).status_code == 201
    obligation = {"deadline_id": "dl", "obligation": TURNED, "set_by": "x", "force": "contractual", "due": "2020-03-01"}
    event = {"id": "e1", "type": "deadline.set", "occurred": "2020-01-02", "data": obligation, "quote": TURNED}
    assert http.post("/v1/deals/d/events", json=event).status_code == 201
    met = 0
    for path in ("/", "/deals/d", "/deals/d/audit", "/deals/d/events/e1", "/deals/d/diff?since=2020-01-01"):
        answer = http.get(path)
        assert answer.status_code == 200, answer.text
        for within in Page(answer.text, TURNED).within:
            assert within[-1] == "bdi" or within[-1] in ("title", "option", "textarea"), (path, within)
            met += 1
    assert met >= 6


def test_a_text_that_runs_as_the_page_does_needs_nothing() -> None:
    assert isolate("Société — 東京") == "Société — 東京"
    assert str(isolate("<\u05d0>")) == "<bdi>&lt;\u05d0&gt;</bdi>"
