"""A follower waits for a server that is busy for a while, and hears a refusal that will last."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

import pytest

from api.client import subscription as follow_module
from api.client.client import Client
from api.client.errors import ApiError
from api.client.subscription import follow


class Wavering(BaseHTTPRequestHandler):
    """One event and a break, busy, one more event, then the key is no longer good."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(urlsplit(self.path).query)
        turn = len(self.asked)
        self.send_response({2: 503, 4: 401}.get(turn, 200))
        self.end_headers()
        if turn in (1, 3):
            self.wfile.write(b'id: %d\ndata: {"position": %d}\n\n' % (turn, turn))

    def log_message(self, *_: object) -> None:
        """Nothing: the test's output is no log."""


@pytest.fixture
def wavering() -> Iterator[tuple[str, list[str]]]:
    """The URL of that server, and the queries that it was asked."""
    asked: list[str] = []
    handler = type("Handler", (Wavering,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", asked
        listening.shutdown()


def test_a_follower_goes_on_after_a_busy_server_and_ends_with_a_lasting_refusal(
    wavering: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_module, "PAUSE_SECONDS", 0.01)
    url, asked = wavering
    with Client(url) as parley:
        events = follow(parley, after=0)
        assert [next(events)["position"], next(events)["position"]] == [1, 3]
        with pytest.raises(ApiError):
            next(events)
    assert asked == ["after=0", "after=1", "after=1", "after=3"]
