"""Requests in the forms that few clients use: a whole URL for a target, and versions of HTTP other than 1.1."""

import json

import httpx
import pytest

from tests.api.conftest import opened
from tests.api.live_server import Running, read_all, status_of


@pytest.fixture
def filled(running: Running) -> Running:
    """A server with a deal."""
    with httpx.Client(base_url=running.url) as client:
        opened(client)
    return running


@pytest.mark.parametrize("authority", ["evil.example", "evil.example:80", "me@127.0.0.1", "127.0.0.1.evil.example"])
def test_the_host_of_a_whole_url_counts_whatever_the_header_says(running: Running, authority: str) -> None:
    said = f"GET http://{authority}/v1/deals HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    assert status_of(running.say(said.encode())) == 403


@pytest.mark.parametrize("authority", ["127.0.0.1", "localhost:8000", "[::1]:80"])
def test_a_whole_url_of_this_machine_is_answered(running: Running, authority: str) -> None:
    said = f"GET http://{authority}/v1/deals HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n"
    assert status_of(running.say(said.encode())) == 200


@pytest.mark.parametrize("connection", ["", "Connection: keep-alive\r\n"])
def test_a_client_of_http_1_0_gets_no_chunks(filled: Running, connection: str) -> None:
    """It would take their sizes for a part of the body."""
    said = f"GET /v1/events HTTP/1.0\r\nHost: 127.0.0.1\r\nAccept: application/x-ndjson\r\n{connection}\r\n"
    head, _, body = filled.say(said.encode()).partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head.lower()
    lines = [json.loads(line) for line in body.splitlines()]
    assert lines[-1]["count"] == len(lines) - 1 == 2


def test_a_stream_over_http_1_0_is_not_chunked_either(filled: Running) -> None:
    with filled.connect(b"GET /v1/stream?after=0 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n") as made:
        said = b""
        while b"\nevent: bid.submitted\n" not in said:
            part = made.recv(65536)
            assert part
            said += part
        assert b"\r\n\r\nretry: 1000\n\n" in said
        filled.server.should_exit = True
        read_all(made)


@pytest.mark.parametrize("version", ["2.0", "0.9", "1.2"])
def test_other_versions_in_the_form_of_this_one_are_refused(running: Running, version: str) -> None:
    assert status_of(running.say(f"GET /healthz HTTP/{version}\r\nHost: 127.0.0.1\r\n\r\n".encode())) == 400


@pytest.mark.parametrize("weight", ["\u00b2", "\u00b9.5", ".", "1e5", "-1", "", "9" * 5000, "0.\u00b3"])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/deals/tiktok/events", "/v1/deals/tiktok/state"])
def test_a_weight_that_is_no_number_counts_as_none(http: httpx.Client, deal: str, path: str, weight: str) -> None:
    said = f"application/json;q={weight}, */*;q={weight}".encode("latin-1")
    answer = http.get(path, headers=[(b"accept", said)])
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
