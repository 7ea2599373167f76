"""The Python client: against a real server, and against one that fails at the wrong moment."""

import json
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from api.client import client as client_module
from api.client.client import Client
from api.client.errors import ApiError, ServerUnavailable
from api.client.subscription import Message, follow, parse_event_stream
from tests.cli.conftest import Parley, Serving, start

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def printed(document: str, url: str, database: str = "") -> list[str]:
    """What the Python of a how-to prints, run against a server and its database."""
    code = re.findall(r"```python\n(.*?)```", (HOWTO / document).read_text(encoding="utf-8"), re.DOTALL)
    out, names = StringIO(), dict[str, Any]()
    with redirect_stdout(out):
        for block in code:
            there = block.replace("http://127.0.0.1:8000", url).replace("postgresql://parley@host/parley", database)
            exec(there, names)
    return out.getvalue().splitlines()


def test_the_how_tos_do_what_they_say(server: Serving) -> None:
    assert printed("post-from-a-script.md", server.url) == ["2026-04-16 15", "duplicate-id"]
    assert printed("follow.md", server.url) == ["1 deal.opened d", "2 deal.opened harbour"]


def test_a_projection_of_ones_own_counts_each_event_once_over_a_running_server(
    writing: Parley, server: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    printed("post-from-a-script.md", server.url)
    assert printed("own-projection.md", server.url, writing.url) == ["1", "2"]
    # Restarted it resumes where it was, and the same post again records nothing.
    assert printed("own-projection.md", server.url, writing.url) == ["2", "2"]


def test_a_list_is_read_over_all_its_pages(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAGE_ITEMS", 2)
    notes = [note(number) for number in range(5)]
    with Client(server.url) as parley:
        parley.record("d", notes)
        assert [event["id"] for event in parley.events("d")] == ["opening", *(each["id"] for each in notes)]
        assert len(list(parley.events("d", limit=3))) == 3
        assert [row["deal_id"] for row in parley.deals()] == ["d"]
        assert parley.event("d", "note-1")["data"]["text"] == "1"
        assert parley.version()["name"] == "parley"
        assert [step["step"] for step in parley.replay("d", to_version=3) if "step" in step] == [1, 2, 3]


def test_what_is_refused_has_its_code_and_every_fault(server: Serving) -> None:
    with Client(server.url) as parley:
        with pytest.raises(ApiError) as refused:
            parley.record("d", {"type": "context.noted", "occurred": "2020-02-30", "data": {"topic": 1}})
        assert refused.value.status == 422
        assert refused.value.code == "invalid-input"
        assert {"/occurred", "/data/topic", "/data/text"} <= {each.pointer for each in refused.value.problems}
        with pytest.raises(ApiError) as stale:
            parley.record("d", note(1), expected_version=9)
        assert (stale.value.status, stale.value.code) == (412, "stale-version")


def test_a_follower_outlives_the_server_and_misses_nothing(writing: Parley, server: Serving) -> None:
    with Client(server.url) as parley:
        events = follow(parley, after=0, types="context.*")
        parley.record("d", note(1))
        assert next(events)["id"] == "note-1"
        server.stop()
        port = server.url.rsplit(":", 1)[1]
        for again in start("serve", "--database", writing.url, "--port", port):
            with Client(again.url) as other:
                other.record("d", note(2))
            assert next(events)["id"] == "note-2"
        events.close()


def test_nobody_there_is_said_at_once() -> None:
    with Client("http://127.0.0.1:9") as parley, pytest.raises(ServerUnavailable):
        parley.version()
    with Client("http://127.0.0.1:9") as parley, pytest.raises(ServerUnavailable):
        next(follow(parley))


def test_messages_of_a_stream_are_read_as_their_standard_says() -> None:
    lines = [
        "retry: 1000",
        "",
        "id: 7",
        "event: bid.submitted",
        'data: {"a":',
        "data:1}",
        "",
        "id: 9",
        ": still here",
        "",
    ]
    assert list(parse_event_stream(lines)) == [Message(7, '{"a":\n1}'), Message(9, "")]


def note(number: int) -> dict[str, Any]:
    data = {"topic": "t", "text": str(number)}
    return {"id": f"note-{number}", "type": "context.noted", "occurred": "2020-02-01", "data": data}


class Failing(BaseHTTPRequestHandler):
    """Busy once, then breaks off, then takes what it is sent."""

    seen: list[Any]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(body)
        if len(self.seen) == 2:
            self.close_connection = True
            return
        self.send_response(503 if len(self.seen) == 1 else 201)
        answer = json.dumps({"events": [], "version": 1, "position": 1, "warnings": []}).encode()
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is no log."""


@pytest.fixture
def failing() -> Iterator[tuple[str, list[Any]]]:
    """The URL of a server that fails twice, and what it was sent."""
    handler = type("Handler", (Failing,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", handler.seen
        listening.shutdown()


def test_a_request_that_failed_is_sent_again_with_the_same_id(
    failing: tuple[str, list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "PAUSE_SECONDS", 0.01)
    url, seen = failing
    with Client(url) as parley:
        parley.record("d", {"type": "context.noted", "occurred": "2020", "data": {"topic": "t", "text": "x"}})
    assert len(seen) == 3
    assert seen[0]["id"]
    assert seen[0] == seen[1] == seen[2]


class TooBusy(BaseHTTPRequestHandler):
    """Gives every question up."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        answer = json.dumps({"code": "too-costly", "status": 503, "detail": "Ask for less."}).encode()
        self.send_response(503)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is no log."""


def test_a_question_that_was_given_up_is_not_asked_again() -> None:
    handler = type("Handler", (TooBusy,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        with Client(f"http://127.0.0.1:{listening.server_port}") as parley, pytest.raises(ApiError) as refused:
            parley.state("d")
        listening.shutdown()
    assert refused.value.status == 503
    assert handler.asked == ["/v1/deals/d/state"]
