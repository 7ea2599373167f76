"""Text that cannot be kept or encoded is refused with its place, at every entrance, and never replaced in silence."""

import httpx
import pytest
from fastapi import FastAPI

from ledger.api_keys import Access
from ledger.ledger import Ledger
from tests.api.conftest import bid, refused
from tests.api.live_server import Running, status_of

HALF = "\\ud83d"
NUL = "\\u0000"


@pytest.mark.parametrize("bad", [NUL, HALF], ids=["nul", "half-a-surrogate-pair"])
@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ('{"term": "fee", "to": {"a": ["x%s"]}}', "/0/data/to/a/0"),
        ('{"term": "fee", "to": {"a%s": 1}}', "/0/data/to"),
        ('{"term": "fee%s", "to": 1}', "/0/data/term"),
    ],
    ids=["a-free-value", "a-member-name", "a-text"],
)
def test_a_text_that_cannot_be_kept_is_refused_with_its_place(
    http: httpx.Client, deal: str, data: str, pointer: str, bad: str
) -> None:
    body = f'[{{"type": "terms.changed", "occurred": "2020", "data": {data % bad}}}]'
    told = refused(http.post(f"{deal}/events", content=body), 422, "invalid-input")
    assert [(each["pointer"], each["code"]) for each in told["errors"]] == [(pointer, "invalid-text")]


@pytest.mark.parametrize("bad", [NUL, HALF], ids=["nul", "half-a-surrogate-pair"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/webhooks", '{"url": "https://example.org/", "description": "%s"}'),
        ("/v1/webhooks", '{"url": "https://example.org/", "deals": ["%s"]}'),
        ("/v1/webhooks", '{"url": "https://example.org/%s"}'),
        ("/v1/keys", '{"principal": "%s", "role": "reader"}'),
        ("/v1/deals/tiktok/what-if", '{"valid_at": "%s", "events": []}'),
        ("/v1/deals", '{"deal_id": "d", "title": "%s", "kind": "merger", "subject": "target"}'),
        ("/v1/deals/tiktok/events", '{"%s": 1}'),
    ],
)
def test_no_body_brings_such_a_text_in(http: httpx.Client, deal: str, path: str, body: str, bad: str) -> None:
    told = refused(http.post(path, content=body % bad), 422, "invalid-input")
    assert {each["code"] for each in told["errors"]} == {"invalid-text"}


def test_an_import_names_the_line_and_the_place(http: httpx.Client, deal: str) -> None:
    line = (
        f'{{"deal_id": "tiktok", "type": "terms.changed", "occurred": "2020", "data": {{"term": "a", "to": "{NUL}"}}}}'
    )
    told = refused(http.post("/v1/imports", content=line), 422, "import-refused")
    [error] = told["errors"]
    assert (error["line"], error["code"]) == (1, "invalid-text")
    assert error["problems"][0]["pointer"] == "/data/to"


def test_a_pair_of_surrogates_is_a_character(http: httpx.Client, deal: str) -> None:
    body = (
        '{"id": "e1", "type": "terms.changed", "occurred": "2020",'
        '"data": {"term": "f", "to": "\\ud83d\\ude00 \\\\u0000"}}'
    )
    assert http.post(f"{deal}/events", content=body).status_code == 201
    assert http.get(f"{deal}/events/e1").json()["data"]["to"] == "\N{GRINNING FACE} \\u0000"


BAD_ESCAPES = ["%00", "%ff", "%ED%A0%80", "%C3", "%C0%80"]


@pytest.mark.parametrize("bad", BAD_ESCAPES)
@pytest.mark.parametrize(
    "path",
    [
        "/v1/deals?q={}", "/v1/deals?{}=1", "/v1/deals?cursor={}", "/v1/deals/{}/state", "/v1/deals/tiktok/events/{}",
        "/v1/deals/tiktok/history?path={}", "/v1/deadlines?cursor={}", "/deals/{}", "/?q={}",
        "/deals/tiktok?valid_at={}",
        "/v1/stream?deal={}", "/nothing/{}", "/problems/{}", "/v1/log/tile/{}", "/static/{}",
    ],
)  # fmt: skip
def test_an_address_that_stands_for_no_text_is_malformed(http: httpx.Client, deal: str, path: str, bad: str) -> None:
    answer = http.get(path.format(bad))
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] in ("malformed-request", "bad-question")


@pytest.mark.parametrize(
    "text", ["\x1b[31m", "\u202e", "\ufffe", "\U0010ffff", "\r\nX-Injected: 1", "'; --", "%25", "\x7f"]
)
def test_an_unusual_text_in_an_address_is_no_fault_of_ours(http: httpx.Client, deal: str, text: str) -> None:
    for path in ("/v1/deals", "/v1/deadlines", "/v1/events", "/"):
        for name in ("q", "cursor", "type", "deal", "known_at"):
            answer = http.get(path, params={name: text})
            assert answer.status_code < 500
            assert "x-injected" not in answer.headers


def test_bytes_beyond_ascii_stand_in_no_address(running: Running) -> None:
    for query in ("é".encode(), b"\xff"):
        assert status_of(running.say(b"GET /v1/deals?q=" + query + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")) == 400


KEYS = ["parley.AA.x", "parley.7aCA.x", "parley.ZGVmYXVsdA.\x00", "parley.ZGVmYXVsdA.é", "parley..", "parley.\xff.\xff"]


@pytest.fixture(params=["open", "keyed"])
def visitor(request: pytest.FixtureRequest, http: httpx.Client, ledger: Ledger, app: FastAPI) -> httpx.Client:
    """A client of a server that asks for no key, and of one that does."""
    if request.param == "keyed":
        Access(ledger, ledger.tenant).make("desk", "reader", by="test")
        app.state.runtime.keys.clear()
    return http


@pytest.mark.parametrize("key", KEYS)
def test_what_cannot_be_a_key_is_refused_as_one(visitor: httpx.Client, key: str) -> None:
    for path in ("/v1/deals", "/metrics", "/v1/log/checkpoint"):
        refused(visitor.get(path, headers={"Authorization": f"Bearer {key}".encode()}), 401, "not-authenticated")


@pytest.mark.parametrize("cookie", ["é", '"\\000"', '"\\303\\251"', "a b", "x" * 5000, "parley.AA.x"])
def test_a_cookie_of_any_form_is_no_fault_of_ours(visitor: httpx.Client, cookie: str) -> None:
    for path in ("/", "/deals/none", "/sign-in"):
        answer = visitor.get(path, headers={"Cookie": f"parley_key={cookie}; other=é".encode()})
        assert answer.status_code in (200, 401, 404)
        assert answer.headers["content-type"].startswith("text/html")


def test_headers_of_any_bytes_are_no_fault_of_ours(http: httpx.Client, deal: str) -> None:
    names = (
        "Accept", "If-Match", "If-None-Match", "Idempotency-Key", "Prefer", "Last-Event-ID", "X-Request-Id", "Origin",
        "Accept-Datetime", "Accept-Encoding", "Content-Type", "Host", "Referer", "Accept-Language", "HX-Request",
    )  # fmt: skip
    for name in names:
        for value in (b"\xff\xfe", b"", b'"' * 300, b"9" * 400):
            for path in ("/", f"{deal}/timegate"):
                assert http.get(path, headers={name: value}).status_code < 500, (name, value, path)
            assert http.post(f"{deal}/events", json=bid("b9"), headers={name: value}).status_code < 500, (name, value)
