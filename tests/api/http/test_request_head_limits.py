"""The head of a request has an end: what is longer is refused before it is kept, and the connection is closed."""

import json

import pytest

from api import limits
from tests.api.live_server import Running, read_all, status_of

LINE = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def problem(answer: bytes) -> dict[str, object]:
    told: dict[str, object] = json.loads(answer.split(b"\r\n\r\n", 1)[1])
    return told


@pytest.mark.parametrize(
    "head",
    [
        [LINE + b"X: " + b"a" * limits.HEAD_BYTES + b"\r\n\r\n"],
        [LINE + b"X: ", *[b"a" * 65536] * 128],
        [LINE, *[b"X: a\r\n" * 10_000] * 16],
        [LINE + b"X: a\r\n" * limits.HEADERS + b"\r\n"],
        [LINE + b"X" * 200_000],
    ],
    ids=["one-long-value", "a-value-without-end", "headers-without-end", "too-many-headers", "a-name-without-end"],
)
def test_a_head_that_is_too_large_is_refused_and_the_connection_closed(running: Running, head: list[bytes]) -> None:
    answer = running.say(*head)
    assert status_of(answer) == 431
    assert problem(answer)["code"] == "head-too-large"
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize("target", [b"/" + b"a" * 20_000, b"/v1/deals?q=" + b"a" * 8_000_000], ids=["path", "query"])
def test_a_request_target_that_is_too_long_is_refused(running: Running, target: bytes) -> None:
    answer = running.say(b"GET " + target + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    assert status_of(answer) == 414
    assert problem(answer)["code"] == "target-too-long"


def test_trailers_and_chunk_extensions_are_part_of_no_body_and_bounded(running: Running) -> None:
    start = b"POST /v1/deals HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    for rest in (b"1\r\n{\r\n0\r\nX: " + b"a" * 1_000_000, b"1;" + b"a" * 1_000_000):
        assert status_of(running.say(start, rest)) in (400, 431)


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02\x00\x01", b"GET /\xff HTTP/1.1\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n"]
)
def test_what_is_not_http_is_refused_in_the_form_of_every_refusal(running: Running, said: bytes) -> None:
    answer = running.say(said)
    assert status_of(answer) == 400
    assert problem(answer)["code"] == "malformed-request"
    assert b"x-request-id" in answer.lower()


def test_the_answer_to_a_request_arrives_though_the_next_one_is_refused(running: Running) -> None:
    answer = running.say(LINE + b"\r\n" + LINE + b"X: " + b"a" * limits.HEAD_BYTES + b"\r\n\r\n")
    assert status_of(answer) == 200


def test_requests_sent_ahead_of_their_answers_are_answered_in_order_up_to_a_bound(running: Running) -> None:
    few = running.say((LINE + b"\r\n") * 20 + b"GET /version HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    assert few.count(b"HTTP/1.1 200") == 21
    assert b"rules" in few.rsplit(b"HTTP/1.1", 1)[1]
    many = running.say((LINE + b"\r\n") * 2_000)
    assert many.count(b"HTTP/1.1") <= limits.PIPELINED_REQUESTS + 2


def test_a_body_that_is_too_large_is_refused_in_words_that_arrive(running: Running) -> None:
    size = 8 * limits.BODY_BYTES
    head = b"POST /v1/deals HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % size
    answer = running.say(head, *[b" " * limits.BODY_BYTES] * 8)
    assert status_of(answer) == 413
    assert problem(answer)["code"] == "body-too-large"


def test_a_request_for_another_protocol_is_answered_in_this_one(running: Running) -> None:
    upgrade = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    with running.connect(b"GET /v1/stream HTTP/1.1\r\nHost: evil.example\r\n" + upgrade + b"\r\n") as made:
        assert status_of(read_all(made)) == 403
