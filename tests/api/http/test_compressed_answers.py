"""A long answer is compressed for a client that accepts it, and is not held in memory with its compressed form."""

import gzip

import pytest
from starlette.requests import Request

from api import limits
from api.http import responses

ASKED = Request({"type": "http", "headers": [(b"accept-encoding", b"gzip")]})


@pytest.mark.parametrize(("length", "held"), [(limits.COMPRESSED_HELD_BYTES, 1), (limits.COMPRESSED_HELD_BYTES + 1, 0)])
def test_a_compressed_answer_is_held_only_up_to_a_length(length: int, held: int) -> None:
    responses._gzipped.cache_clear()
    content = b"x" * length
    answer = responses.conditional_response(ASKED, content, "text/plain")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(answer.body)) == content
    assert responses._gzipped.cache_info().currsize == held
