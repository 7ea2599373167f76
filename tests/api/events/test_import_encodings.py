"""An import is read in the encoding that its first bytes show."""

import io
import json

import httpx
import pytest

from api.demo import SEEDS
from api.http.text_encoding import Utf8Lines, encoding_of
from tests.api.conftest import bid, refused

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_in_each_encoding_is_recorded_whole(http: httpx.Client, encoding: str) -> None:
    body = SEEDS.read().decode().replace("TikTok", "TikTok 株式会社 😀").encode(encoding)
    told = http.post("/v1/imports", content=body, headers={"Content-Type": "application/x-ndjson"}).json()
    assert (told["errors"], told["recorded"]) == ([], 36)


def test_a_file_that_breaks_its_own_encoding_is_refused(http: httpx.Client) -> None:
    body = '{"a": 1}'.encode("utf-16") + b"\x00\xd8\x00"
    answer = http.post("/v1/imports", content=body, headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 422
    assert "Save it as UTF-8" in answer.json()["detail"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_lines_are_those_of_the_text(encoding: str, size: int) -> None:
    text = '{"a": "é😀"}\n\n{"b": 2}\r\n{"c": "' + "x" * 300 + '"}'
    lines = Utf8Lines(io.BytesIO(text.encode(encoding)))
    read = b""
    while part := lines.readline(size):
        assert len(part) <= size
        assert b"\n" not in part[:-1]
        read += part
    assert read.removeprefix(b"\xef\xbb\xbf") == text.encode()


def test_the_start_of_an_empty_file_is_utf_8() -> None:
    assert encoding_of(b"") == "utf-8"
    assert Utf8Lines(io.BytesIO(b"")).readline(10) == b""


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("note", ["株式会社 😀 é", "\x00"])
def test_a_body_in_each_encoding_is_read(http: httpx.Client, deal: str, encoding: str, note: str) -> None:
    body = json.dumps(bid("b2", id="e2", note=note), ensure_ascii=note == "\x00").encode(encoding)
    supposed = json.dumps({"events": [bid("b3")]}).encode(encoding)
    assert http.post(f"{deal}/what-if", content=supposed).status_code == 200
    answer = http.post(f"{deal}/events", content=body)
    if note == "\x00":
        assert refused(answer, 422, "invalid-input")["errors"][0]["code"] == "invalid-text"
    else:
        assert answer.status_code == 201, answer.text
        assert http.get(f"{deal}/events/e2").json()["note"] == note


def test_a_body_that_breaks_its_own_encoding_says_which_it_was_taken_for(http: httpx.Client, deal: str) -> None:
    body = '{"a": 1}'.encode("utf-16") + b"\x00\xd8\x00"
    told = refused(http.post(f"{deal}/events", content=body), 400, "malformed-json")
    assert "UTF-16" in told["detail"]
    assert "UTF-8" in refused(http.post(f"{deal}/events", content=b'{"a": "\xe9"}'), 400, "malformed-json")["detail"]
