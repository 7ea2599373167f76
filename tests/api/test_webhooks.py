"""Webhooks: each event sent until it is taken, signed as Standard Webhooks say, every attempt in the log."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook as Verifier

from api.sending import NotAllowed, Sender, reachable
from ledger.ledger import Ledger
from tests.api.conftest import bid, refused


class Receiver:
    """Takes messages on a free port of this machine; refuses the first time each is sent, if it is to fail."""

    def __init__(self, failing: bool = False) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.seen: set[str] = set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = self.headers["webhook-id"]
                first = message not in receiver.seen
                receiver.seen.add(message)
                self.send_response(500 if failing and first else 204)
                self.end_headers()
                if not (failing and first):
                    receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(params=[False, True], ids=["sound", "failing half the time"])
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    made = Receiver(failing=request.param)
    yield made
    made.close()


@pytest.fixture
def sender(ledger: Ledger) -> Iterator[Sender]:
    made = Sender(ledger, private=True, retry_seconds=(0, 0))
    yield made
    made.stop()


def hook(http: httpx.Client, url: str, **members: Any) -> dict[str, Any]:
    answer = http.post("/v1/webhooks", json={"url": url, **members})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def drain(sender: Sender) -> None:
    while sender.step():
        pass


def test_every_event_arrives_signed_and_once(http: httpx.Client, deal: str, receiver: Receiver, sender: Sender) -> None:
    made = hook(http, receiver.url, after=0)
    http.post(f"{deal}/events", json=[bid(f"b{n}") for n in range(2, 12)])
    drain(sender)
    verified = [Verifier(made["secret"]).verify(body, headers) for headers, body in receiver.taken]
    assert sorted(each["data"]["position"] for each in verified) == list(range(1, 13))
    assert {each["type"] for each in verified} == {"deal.opened", "bid.submitted"}
    log = http.get(f"/v1/webhooks/{made['id']}/deliveries").json()["items"]
    assert [each["state"] for each in log] == ["delivered"] * 12
    statuses = [[attempt["status"] for attempt in each["attempts"]] for each in log]
    assert statuses == [[500, 204] if len(each) == 2 else [204] for each in statuses]


def test_a_receiver_that_is_away_is_tried_and_given_up(http: httpx.Client, deal: str, sender: Sender) -> None:
    made = hook(http, "http://127.0.0.1:9/", after=1)
    drain(sender)
    [message] = http.get(f"/v1/webhooks/{made['id']}/deliveries").json()["items"]
    assert (message["state"], len(message["attempts"])) == ("failed", 3)
    assert all(attempt["status"] is None and attempt["error"] for attempt in message["attempts"])
    assert http.get(f"/v1/webhooks/{made['id']}/deliveries?state=pending").json()["items"] == []


def test_only_what_is_wanted_is_sent(http: httpx.Client, deal: str, sender: Sender) -> None:
    taker = Receiver()
    hook(http, taker.url, after=0, types=["bid.*"], deals=["tiktok"])
    http.post("/v1/deals", json={"deal_id": "other", "title": "O", "kind": "merger", "subject": "o"})
    http.post("/v1/deals/other/events", json=bid("b9"))
    drain(sender)
    taker.close()
    assert len(taker.taken) == 1


def test_messages_are_sent_again_when_that_is_asked_for(http: httpx.Client, deal: str, sender: Sender) -> None:
    taker = Receiver()
    made = hook(http, taker.url)
    path = f"/v1/webhooks/{made['id']}"
    assert http.post(f"{path}:ping").status_code == 202
    drain(sender)
    assert b'"ping"' in taker.taken[0][1]
    assert http.post(f"{path}:replay", json={"after": 0}).status_code == 200
    drain(sender)
    assert len(taker.taken) == 3
    message = taker.taken[1][0]["webhook-id"]
    assert http.post(f"{path}/deliveries/{message}:retry").status_code == 202
    drain(sender)
    assert [headers["webhook-id"] for headers, _ in taker.taken].count(message) == 2
    refused(http.post(f"{path}/deliveries/msg_99:retry"), 404, "unknown-webhook")
    taker.close()


def test_an_old_secret_signs_beside_the_new_one(http: httpx.Client, deal: str, sender: Sender) -> None:
    taker = Receiver()
    made = hook(http, taker.url, after=1)
    rotated = http.post(f"/v1/webhooks/{made['id']}:rotate").json()
    drain(sender)
    taker.close()
    [(headers, body)] = taker.taken
    for secret in (made["secret"], rotated["secret"]):
        assert Verifier(secret).verify(body, headers)["data"]["id"] == "first-bid"


def test_a_webhook_is_changed_and_removed(http: httpx.Client, deal: str) -> None:
    made = hook(http, "https://example.com/hook")
    path = f"/v1/webhooks/{made['id']}"
    assert "secret" not in http.get(path).json()
    changed = http.put(path, json={"url": "https://example.com/other", "types": ["deal.*"]}).json()
    assert (changed["url"], changed["types"]) == ("https://example.com/other", ["deal.*"])
    assert [each["id"] for each in http.get("/v1/webhooks").json()["items"]] == [made["id"]]
    assert http.delete(path).status_code == 200
    refused(http.get(path), 404, "unknown-webhook")
    assert http.get("/v1/webhooks").json()["items"] == []


@pytest.mark.parametrize(
    "sent",
    [{}, {"url": "ftp://example.com"}, {"url": "https://"}, {"url": "https://me@example.com"}, {"url": 1},
     {"url": "https://example.com", "types": ["bid.submited"]}, {"url": "https://example.com", "more": 1},
     {"url": "https://example.com", "after": -1}],
)  # fmt: skip
def test_a_webhook_that_cannot_be_meant_is_refused(http: httpx.Client, sent: dict[str, Any]) -> None:
    refused(http.post("/v1/webhooks", json=sent), 422, "invalid-input")


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/",
     "https://192.168.1.1/", "https://[::ffff:127.0.0.1]/", "http://93.184.215.14/"],
)  # fmt: skip
def test_private_networks_are_not_reached(url: str) -> None:
    with pytest.raises(NotAllowed):
        reachable(url, private=False)
    assert reachable("https://93.184.215.14/", private=False) == ("93.184.215.14", "93.184.215.14")
