"""Cached states and plain posts are answered without the layers of the framework, and exactly as behind them."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.http.direct_routes import DirectRoutes
from ledger.api_keys import Access
from ledger.ledger import Ledger
from tests.api.conftest import bid
from tests.api.live_server import Running
from tests.waiting import until

OUT_OF_THE_ORDINARY = {"X-Other": "1"}
"""A header that no layer reads, and that a plain request does not have."""


@pytest.fixture
def direct(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each request, whether it was answered directly."""
    taken: list[bool] = []
    respond = DirectRoutes.respond

    async def noted(self: DirectRoutes, *given: Any) -> Any:
        answer, receive = await respond(self, *given)
        taken.append(answer is not None)
        return answer, receive

    monkeypatch.setattr(DirectRoutes, "respond", noted)
    return taken


def members(answer: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept-Encoding": "gzip"},
        {"Accept-Encoding": "identity"},
        {"If-None-Match": '"other"'},
        {"If-None-Match": "*"},
    ],
    ids=str,
)
@pytest.mark.parametrize("query", ["?valid_at=2020-09-01", "?known_version=2&valid_at=2020-09-01"])
def test_a_cached_state_is_the_same_on_both_ways(
    http: httpx.Client, deal: str, direct: list[bool], headers: dict[str, str], query: str
) -> None:
    for number in range(30):
        http.post(f"{deal}/events", json=bid(f"b{number}", id=f"e{number}"))  # more than is sent uncompressed
    http.get(f"{deal}/state{query}")
    direct.clear()
    plain = http.get(f"{deal}/state{query}", headers=headers)
    other = http.get(f"{deal}/state{query}", headers={**headers, **OUT_OF_THE_ORDINARY})
    assert direct == [True, False]
    assert members(plain) == members(other)
    assert plain.headers["parley-position"] == "32"


def test_the_etag_of_a_state_answers_304_on_both_ways(http: httpx.Client, deal: str, direct: list[bool]) -> None:
    path = f"{deal}/state?valid_at=2020-09-01"
    held = {"If-None-Match": http.get(path).headers["etag"]}
    plain, other = http.get(path, headers=held), http.get(path, headers={**held, **OUT_OF_THE_ORDINARY})
    assert direct[1:] == [True, False]
    assert members(plain) == members(other)
    assert plain.status_code == 304


def test_head_has_the_headers_of_get(http: httpx.Client, deal: str, direct: list[bool]) -> None:
    path = f"{deal}/state?valid_at=2020-09-01"
    whole = http.get(path)
    head = http.head(path)
    assert direct[1:] == [True]
    assert (head.status_code, head.headers["etag"]) == (200, whole.headers["etag"])


@pytest.mark.parametrize(
    "query", ["?valid_at=2020-09-01&min_position=1", "?knwon_at=2020", "?valid_at=2020-09-01&valid_at=2020-09-01"]
)
def test_what_is_not_cached_is_left_to_the_application(
    http: httpx.Client, deal: str, direct: list[bool], query: str
) -> None:
    first = http.get(f"{deal}/state{query}")
    assert members(http.get(f"{deal}/state{query}")) == members(first)
    assert direct == [False, False]


def test_an_event_of_the_deal_ends_the_cached_response(http: httpx.Client, deal: str, direct: list[bool]) -> None:
    path = f"{deal}/state?valid_at=2020-09-01"
    before = http.get(path).json()
    http.post(f"{deal}/events", json=bid("b2", id="second"))
    direct.clear()
    assert set(http.get(path).json()["bids"]) == {*before["bids"], "b2"}
    assert direct == [False]


def test_a_caller_without_the_role_or_a_valid_key_gets_nothing_cached(
    http: httpx.Client, app: FastAPI, deal: str, ledger: Ledger, direct: list[bool]
) -> None:
    path = f"{deal}/state?valid_at=2020-09-01"
    access = Access(ledger, ledger.tenant)
    _, key = access.make("reader", "reader", by="test")
    app.state.runtime.keys.clear()
    shown = {"Authorization": f"Bearer {key}"}
    assert [http.get(path, headers=shown).status_code for _ in range(2)] == [200, 200]
    assert direct == [False, True]
    for wrong in ({}, {"Authorization": f"Bearer {key}x"}, {"Authorization": "Basic abc"}):
        plain, other = http.get(path, headers=wrong), http.get(path, headers={**wrong, **OUT_OF_THE_ORDINARY})
        assert members(plain) == members(other)
        assert plain.status_code == 401


def test_a_page_of_another_site_is_refused_as_before(http: httpx.Client, deal: str) -> None:
    path = f"{deal}/state?valid_at=2020-09-01"
    assert http.get(path).status_code == 200
    assert http.get(path, headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}).status_code == 403
    assert http.get(path, headers={"Host": "rebound.example"}).status_code == 403


POSTED = {
    "an event": bid("b2", id="second"),
    "a repeat": bid("b1", id="first-bid"),
    "a taken id": bid("b9", id="first-bid"),
    "a finding": bid("b2", "2019-08-20", id="second"),
    "an unknown reference": {
        "id": "met", "type": "deadline.met", "occurred": "2020-09-01", "data": {"deadline_id": "dl"},
    },
}  # fmt: skip


@pytest.mark.parametrize("name", POSTED)
def test_a_plain_post_is_answered_the_same_on_both_ways(
    http: httpx.Client, deal: str, direct: list[bool], name: str
) -> None:
    answers = []
    for headers in ({}, OUT_OF_THE_ORDINARY):
        tried = http.post(f"{deal}/events?dry_run=true", json=POSTED[name])
        direct.clear()
        answer = http.post(f"{deal}/events", json=POSTED[name], headers=headers)
        assert direct == [not headers]
        assert answer.is_success is tried.is_success
        answers.append(answer)
    plain, other = (members(answer) for answer in answers)
    assert plain[0] == other[0]
    if plain[1].get("idempotency-replayed") == other[1].get("idempotency-replayed"):
        assert plain == other
    else:  # the first way recorded it, and the other gave its answer again
        assert plain[1] == {name: value for name, value in other[1].items() if name != "idempotency-replayed"}
        assert plain[2] == other[2]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b'{"type":"bid.submitted","type":"bid.submitted"}', {}),
        (b"[]", {}),
        (b'{"type":"bid.submitted","occurred":"2020-08-20","data":{"bid_id":"b2","bidders":[]},"actor":"no id"}', {}),
        (b"nothing", {}),
        (b"{}", {"Content-Type": "text/plain"}),
        (b"{}", {"Prefer": "return=minimal"}),
        (b"{}", {"Idempotency-Key": "k"}),
        (b" " * 40_000, {}),
    ],
    ids=repr,
)
def test_a_post_that_is_not_plain_is_left_to_the_application(
    http: httpx.Client, deal: str, direct: list[bool], body: bytes, headers: dict[str, str]
) -> None:
    sent = {"Content-Type": "application/json", **headers}
    answer = http.post(f"{deal}/events", content=body, headers=sent)
    other = http.post(f"{deal}/events", content=body, headers={**sent, **OUT_OF_THE_ORDINARY})
    assert direct[-2:] == [False, False]
    assert members(answer) == members(other)
    assert answer.is_client_error


def test_a_body_that_comes_after_its_head_is_recorded(running: Running, direct: list[bool]) -> None:
    opening = b'{"type":"deal.opened","occurred":"2020-08-06","data":{"title":"T","kind":"merger","subject":"s"}}'
    head = b"POST /v1/deals/d/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    with running.connect(head + b"Content-Length: %d\r\n\r\n" % len(opening)) as made:
        until(lambda: len(direct) == 1)
        made.sendall(opening)
        assert made.recv(65536).startswith(b"HTTP/1.1 201")
    assert direct == [False]
