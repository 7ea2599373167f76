"""A text may hold U+2028, U+2029, U+0085, U+001C, VT or FF: none of them ends a line of JSON Lines or of a stream."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.client.client import Client
from api.client.subscription import follow
from api.http import line_protocols

SEPARATORS = "a\u2028b\u2029c\u0085d\x1ce\x1df\x1eg\x0bh\x0ci"
EVENT = orjson.dumps({"position": 1, "summary": SEPARATORS})


class Answering(BaseHTTPRequestHandler):
    """Two lines of JSON Lines, or two messages of a stream."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if "stream" in self.path:
            self.wfile.write(b"id: 1\r\ndata: %b\r\n\r\nid: 2\rdata: %b\r\r" % (EVENT, EVENT))
        else:
            self.wfile.write(EVENT + b"\n" + EVENT + b"\n")

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is no log."""


@pytest.fixture
def client() -> Iterator[Client]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        with Client(f"http://127.0.0.1:{listening.server_port}") as made:
            yield made
        listening.shutdown()


def test_a_line_of_json_is_read_whole_whatever_its_texts_hold(client):
    told = list(client.replay("d"))
    assert [each["summary"] for each in told] == [SEPARATORS, SEPARATORS]


def test_a_message_of_a_stream_is_read_whole_whatever_its_texts_hold(client):
    events = follow(client, after=0)
    assert [next(events)["summary"], next(events)["summary"]] == [SEPARATORS, SEPARATORS]


def _cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted(place % (len(data) + 1) for place in places)
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]


@given(st.lists(st.text(st.sampled_from("a\u2028\x85\x0b\r"), max_size=3)), st.lists(st.integers(0, 99), max_size=6))
def test_lines_of_json_end_at_a_line_feed_wherever_the_bytes_are_cut(texts, places):
    data = "".join(f"{text}\n" for text in texts).encode()
    assert list(line_protocols.json_lines(_cut(data, places))) == [text.encode() for text in texts]


@given(
    st.lists(st.tuples(st.text(st.sampled_from("a\u2028\x85\x0b"), max_size=3), st.sampled_from(["\r\n", "\r", "\n"]))),
    st.lists(st.integers(0, 99), max_size=6),
    st.booleans(),
)
def test_lines_of_a_stream_end_at_cr_lf_or_both_wherever_the_bytes_are_cut(told, places, marked):
    # An empty line ended by LF after one ended by CR is the second half of CR LF.
    apart = [("x" if text == "" and end == "\n" else text, end) for text, end in told]
    data = ("\ufeff" if marked else "").encode() + "".join(text + end for text, end in apart).encode()
    assert list(line_protocols.event_stream_lines(_cut(data, places))) == [text for text, _ in apart]
