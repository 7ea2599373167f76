"""A compressed body is decoded, within the bounds of any other, or refused with what is read instead."""

import gzip
import zlib

import httpx
import orjson
import pytest

from api import limits
from tests.api.conftest import bid, refused

GZIP = {"Content-Encoding": "gzip"}
EVENT = orjson.dumps(bid("b2", id="e2", note="n" * 5000))


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
@pytest.mark.parametrize("body", [gzip.compress(EVENT), gzip.compress(EVENT[:9]) + gzip.compress(EVENT[9:])])
def test_gzip_is_decoded(http: httpx.Client, deal: str, encoding: str, body: bytes) -> None:
    answer = http.post(f"{deal}/events", content=body, headers={"Content-Encoding": encoding})
    assert answer.status_code == 201, answer.text
    assert http.get(f"{deal}/events/e2").json()["note"] == "n" * 5000


def test_gzip_comes_in_parts_and_an_import_may_be_compressed(http: httpx.Client, deal: str) -> None:
    lines = b"".join(orjson.dumps({**bid(f"b{n}", id=f"i{n}"), "deal_id": "tiktok"}) + b"\n" for n in range(500))
    body = gzip.compress(lines)
    parts = (body[start : start + 7] for start in range(0, len(body), 7))
    told = http.post("/v1/imports", content=parts, headers=GZIP).json()
    assert (told["lines"], told["recorded"], told["errors"]) == (500, 500, [])


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "none"])
@pytest.mark.parametrize("path", ["/v1/deals/tiktok/events", "/v1/imports", "/v1/deals", "/v1/deals/tiktok/what-if"])
def test_another_encoding_is_refused(http: httpx.Client, deal: str, encoding: str, path: str) -> None:
    answer = http.post(path, content=zlib.compress(EVENT), headers={"Content-Encoding": encoding})
    refused(answer, 415, "unsupported-encoding")
    assert answer.headers["accept-encoding"] == "gzip"


def test_identity_is_no_encoding(http: httpx.Client, deal: str) -> None:
    assert http.post(f"{deal}/events", content=EVENT, headers={"Content-Encoding": "identity"}).status_code == 201


def test_a_bomb_is_stopped_at_the_limit_of_a_body(http: httpx.Client, deal: str) -> None:
    bomb = gzip.compress(b" " * (64 * limits.BODY_BYTES))
    assert len(bomb) < limits.BODY_BYTES
    refused(http.post(f"{deal}/events", content=bomb, headers=GZIP), 413, "body-too-large")


@pytest.mark.parametrize("body", [gzip.compress(EVENT)[:-9], b"no gzip", gzip.compress(EVENT) + b"tail"])
def test_what_is_no_whole_gzip_is_refused(http: httpx.Client, deal: str, body: bytes) -> None:
    refused(http.post(f"{deal}/events", content=body, headers=GZIP), 400, "malformed-encoding")
    assert http.get(f"{deal}/state").json()["basis"]["known_version"] == 2
