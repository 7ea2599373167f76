"""A small compressed body that expands to a very large one is refused before it is unpacked, stored or read."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from api import limits
from api.http.content_encoding import decoded
from tests.api.conftest import refused

PACKED = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
MEMBER_BYTES = 1024 * 1024


def bomb(piece: bytes) -> bytes:
    """More than may be: a megabyte compressed, as often as is needed."""
    member = gzip.compress(piece * (MEMBER_BYTES // len(piece)))
    return member * (2 * limits.EXPANDED_BYTES // MEMBER_BYTES)


@pytest.mark.parametrize("piece", [b"\n", b"\0", b"x\n", b" "])
def test_a_body_that_grows_out_of_proportion_is_refused(http: httpx.Client, deal: str, piece: bytes) -> None:
    told = refused(http.post("/v1/imports", content=bomb(piece), headers=PACKED), 413, "body-too-large")
    assert told["limit"] == limits.EXPANDED_BYTES


async def unpacked(content: bytes) -> int:
    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(content), 65536):
            yield content[start : start + 65536]

    return sum([len(part) async for part in decoded(parts())])


@pytest.mark.parametrize("level", [1, 9])
def test_a_long_file_of_events_that_differ_in_little_is_taken(level: int) -> None:
    """No file of events is compressed better."""
    event = {"deal_id": "tiktok", "type": "context.noted", "occurred": "2020-08-20", "data": {"topic": "users" * 40}}
    lines = [json.dumps({"id": f"e{number}", **event}) + "\n" for number in range(40_000)]
    file = "".join(lines).encode()
    assert len(file) > limits.EXPANDED_BYTES
    assert asyncio.run(unpacked(gzip.compress(file, level))) == len(file)
