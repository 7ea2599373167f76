"""Webhooks: each event sent until it is taken, signed as Standard Webhooks say, every attempt in the log."""

import re
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from api.webhooks.delivery import DeliveryWorker
from api.webhooks.target_address import ForbiddenAddress, resolve_target
from domain.time.instants import SECOND, Moment, iso
from ledger.ledger import Ledger
from projections.state.state_reader import StateReader, clock
from tests.api.conftest import bid, refused

DAY = 24 * 3600 * SECOND
GUIDE = Path(__file__).parents[3] / "docs" / "howto" / "webhooks.md"


class Receiver:
    """Takes messages on a free port of this machine; refuses the first time each is sent, if it is to fail."""

    def __init__(self, failing: bool = False, status: int = 204, location: str | None = None) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.seen: set[str] = set()
        self.changed = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                message = self.headers["webhook-id"]
                first = message not in receiver.seen
                receiver.seen.add(message)
                self.send_response(500 if failing and first else status)
                if location is not None:
                    self.send_header("Location", location)
                self.end_headers()
                if not (failing and first):
                    with receiver.changed:
                        receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                        receiver.changed.notify_all()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def enough(self, count: int) -> bool:
        """Wait until so many were taken; False when they were not in time."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.taken) >= count, 30)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def app(ledger: Ledger) -> FastAPI:
    """The application, which lets webhooks reach this machine."""
    return create_app(Settings(tenant=ledger.tenant, run_workers=False, webhooks_allow_private=True), ledger)


@pytest.fixture(params=[False, True], ids=["sound", "failing half the time"])
def receiver(request: pytest.FixtureRequest) -> Iterator[Receiver]:
    made = Receiver(failing=request.param)
    yield made
    made.close()


@pytest.fixture
def sender(ledger: Ledger) -> Iterator[DeliveryWorker]:
    made = DeliveryWorker(ledger, private=True, retry_seconds=(0, 0))
    yield made
    made.stop()


def hook(http: httpx.Client, url: str, **members: Any) -> dict[str, Any]:
    answer = http.post("/v1/webhooks", json={"url": url, **members})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def drain(sender: DeliveryWorker) -> None:
    while sender.step():
        pass


def test_every_event_arrives_signed_and_once(
    http: httpx.Client, deal: str, receiver: Receiver, sender: DeliveryWorker
) -> None:
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


def test_a_receiver_that_is_away_is_tried_and_given_up(http: httpx.Client, deal: str, sender: DeliveryWorker) -> None:
    made = hook(http, "http://127.0.0.1:9/", after=1)
    drain(sender)
    [message] = http.get(f"/v1/webhooks/{made['id']}/deliveries").json()["items"]
    assert (message["state"], len(message["attempts"])) == ("failed", 3)
    assert all(attempt["status"] is None and attempt["error"] for attempt in message["attempts"])
    assert http.get(f"/v1/webhooks/{made['id']}/deliveries?state=pending").json()["items"] == []


def test_only_what_is_wanted_is_sent(http: httpx.Client, deal: str, sender: DeliveryWorker) -> None:
    taker = Receiver()
    hook(http, taker.url, after=0, types=["bid.*"], deals=["tiktok"])
    http.post("/v1/deals", json={"deal_id": "other", "title": "O", "kind": "merger", "subject": "o"})
    http.post("/v1/deals/other/events", json=bid("b9"))
    drain(sender)
    taker.close()
    assert len(taker.taken) == 1


def test_messages_are_sent_again_when_that_is_asked_for(http: httpx.Client, deal: str, sender: DeliveryWorker) -> None:
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


def test_an_old_secret_signs_beside_the_new_one(http: httpx.Client, deal: str, sender: DeliveryWorker) -> None:
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
     {"url": "https://example.com", "after": -1}, {"url": "https://example.com", "notice": "7"},
     {"url": "https://example.com", "notice": "0d"}, {"url": "https://example.com", "notice": "999d"},
     {"url": "https://example.com", "types": ["time.bids"]}, {"url": "https://example.com/#part"},
     {"url": "https://example.com:none/"}, {"url": "https://exam ple.com/"}],
)  # fmt: skip
def test_a_webhook_that_cannot_be_meant_is_refused(http: httpx.Client, sent: dict[str, Any]) -> None:
    refused(http.post("/v1/webhooks", json=sent), 422, "invalid-input")


@pytest.mark.parametrize(
    "url",
    ["https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/",
     "https://192.168.1.1/", "https://[::ffff:127.0.0.1]/", "http://93.184.215.14/", "https://[64:ff9b::7f00:1]/",
     "https://[2002:7f00:1::]/", "https://224.0.0.1/", "https://100.64.0.1/", "https://0.0.0.0/", "https://[fec0::1]/"],
)  # fmt: skip
def test_private_networks_are_not_reached(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        resolve_target(url, private=False)
    assert resolve_target("https://93.184.215.14/", private=False) == "93.184.215.14"


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/"])
def test_a_server_that_is_not_told_otherwise_takes_no_private_address(ledger: Ledger, url: str) -> None:
    app = create_app(Settings(tenant=ledger.tenant, run_workers=False), ledger)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://127.0.0.1") as client:
        told = refused(client.post("/v1/webhooks", json={"url": url}), 422, "invalid-input")
        assert told["errors"][0]["pointer"] == "/url"


def test_a_private_address_that_came_in_otherwise_is_not_called(http: httpx.Client, deal: str, ledger: Ledger) -> None:
    taker = Receiver()
    made = hook(http, taker.url, after=1)
    careful = DeliveryWorker(ledger, retry_seconds=())
    drain(careful)
    careful.stop()
    taker.close()
    [message] = http.get(f"/v1/webhooks/{made['id']}/deliveries").json()["items"]
    assert (message["state"], message["attempts"][0]["status"]) == ("failed", None)
    assert message["attempts"][0]["error"].startswith("ForbiddenAddress")
    assert taker.taken == []


def test_what_a_sender_leaves_behind_the_next_one_sends(http: httpx.Client, deal: str, ledger: Ledger) -> None:
    taker = Receiver(failing=True)
    made = hook(http, taker.url, after=0)
    first = DeliveryWorker(ledger, private=True, retry_seconds=(0,))
    first.step()
    first.stop()
    assert taker.taken == []
    http.post(f"{deal}/events", json=[bid(f"b{n}") for n in range(2, 5)])
    second = DeliveryWorker(ledger, private=True, retry_seconds=(0,))
    drain(second)
    second.stop()
    taker.close()
    positions = sorted(Verifier(made["secret"]).verify(body, headers)["position"] for headers, body in taker.taken)
    assert positions == [1, 2, 3, 4, 5]


def test_a_running_sender_tells_by_itself_and_stops_at_once(http: httpx.Client, deal: str, ledger: Ledger) -> None:
    taker = Receiver()
    hook(http, taker.url, after=0)
    with DeliveryWorker(ledger, private=True):
        assert taker.enough(2)
    taker.close()


def test_a_slow_receiver_is_let_go_when_the_sender_stops(http: httpx.Client, deal: str, ledger: Ledger) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    made = hook(http, f"http://127.0.0.1:{listener.getsockname()[1]}/", after=1)
    with DeliveryWorker(ledger, private=True):
        reached, _ = listener.accept()
        reached.recv(1)
    reached.close()
    listener.close()
    [message] = http.get(f"/v1/webhooks/{made['id']}/deliveries").json()["items"]
    assert (message["state"], message["attempts"]) == ("pending", [])


def test_a_webhook_that_is_inactive_waits_until_it_is_active(
    http: httpx.Client, deal: str, sender: DeliveryWorker
) -> None:
    taker = Receiver()
    made = hook(http, taker.url, after=0, active=False)
    drain(sender)
    assert taker.taken == []
    http.put(f"/v1/webhooks/{made['id']}", json={"url": taker.url})
    drain(sender)
    taker.close()
    assert len(taker.taken) == 2


def test_a_receiver_that_wants_no_more_is_sent_no_more(http: httpx.Client, deal: str, sender: DeliveryWorker) -> None:
    taker = Receiver(status=410)
    made = hook(http, taker.url, after=0)
    drain(sender)
    taker.close()
    told = http.get(f"/v1/webhooks/{made['id']}").json()
    assert (told["active"], len(taker.taken)) == (False, 1)
    assert "410" in told["disabled_because"]
    assert told["failing_since"] is not None


def test_a_receiver_that_fails_for_long_is_sent_no_more(http: httpx.Client, deal: str, ledger: Ledger) -> None:
    taker = Receiver(status=503)
    made = hook(http, taker.url, after=0)
    hasty = DeliveryWorker(ledger, private=True, retry_seconds=(0,) * 9, give_up_seconds=0)
    drain(hasty)
    hasty.stop()
    taker.close()
    told = http.get(f"/v1/webhooks/{made['id']}").json()
    assert not told["active"]
    assert "status 503" in told["disabled_because"]
    back = http.put(f"/v1/webhooks/{made['id']}", json={"url": taker.url}).json()
    assert (back["active"], back["disabled_because"], back["failing_since"]) == (True, None, None)


def test_redirects_are_not_followed(http: httpx.Client, deal: str, sender: DeliveryWorker) -> None:
    other = Receiver()
    taker = Receiver(status=307, location=other.url)
    hook(http, taker.url, after=1)
    drain(sender)
    taker.close()
    other.close()
    assert other.taken == []


def test_what_time_alone_makes_is_told_once_and_signed(http: httpx.Client, deal: str, ledger: Ledger) -> None:
    due = iso(clock() + 9 * DAY)[:10]
    taker = Receiver()
    made = hook(http, taker.url, types=["time.*"], notice="7d,1d")
    assert made["notice"] == "7d,1d"
    data = {"deadline_id": "dl", "obligation": "divest", "set_by": "court", "force": "contractual", "due": due}
    event = {"type": "deadline.set", "occurred": "2020-08-20", "data": data}
    assert http.post(f"{deal}/events", json=event).status_code == 201
    for days in (1, 3, 9, 12, 12):
        later = Clock(clock() + days * DAY)
        sender = DeliveryWorker(ledger, StateReader(ledger, now=later), private=True)
        drain(sender)
        drain(sender)
        sender.stop()
    taker.close()
    verified = [Verifier(made["secret"]).verify(body, headers) for headers, body in taker.taken]
    assert [(each["type"], each["data"].get("days_left")) for each in verified] == [
        ("time.deadline.notice", 7), ("time.deadline.notice", 1), ("time.deadline.past_due", None),
    ]  # fmt: skip
    assert all(each["data"]["thing_id"] == "dl" and each["position"] == 3 for each in verified)
    log = http.get(f"/v1/webhooks/{made['id']}/deliveries").json()["items"]
    assert sorted(each["id"] for each in log) == sorted(headers["webhook-id"] for headers, _ in taker.taken)


def test_the_log_of_deliveries_is_read_page_by_page(http: httpx.Client, deal: str, sender: DeliveryWorker) -> None:
    taker = Receiver()
    made = hook(http, taker.url, after=0)
    path = f"/v1/webhooks/{made['id']}"
    for _ in range(3):
        http.post(f"{path}:ping")
    drain(sender)
    taker.close()
    seen: list[str] = []
    page = http.get(f"{path}/deliveries?limit=2").json()
    seen += [each["id"] for each in page["items"]]
    while page["next"] is not None:
        page = http.get(f"{path}/deliveries", params={"limit": 2, "cursor": page["next"]}).json()
        seen += [each["id"] for each in page["items"]]
    assert sorted(seen) == sorted({headers["webhook-id"] for headers, _ in taker.taken})
    assert len(seen) == 5
    refused(http.get(f"{path}/deliveries?cursor=x"), 400, "bad-question")


def test_the_receiver_of_the_guide_verifies_what_it_gets(
    http: httpx.Client, deal: str, sender: DeliveryWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    taker = Receiver()
    made = hook(http, taker.url, after=1)
    drain(sender)
    taker.close()
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(re.sub(r'"whsec_.*"', repr(made["secret"]), code), names)
    [(headers, body)] = taker.taken
    names["received"](headers, body)
    assert capsys.readouterr().out.startswith("bid.submitted 2 {'deal_id': 'tiktok'")
    with pytest.raises(WebhookVerificationError):
        names["received"](headers, body.replace(b"oracle", b"orakle"))


class Clock:
    """Answers as configured."""

    def __init__(self, moment: Moment) -> None:
        self.moment = moment

    def __call__(self) -> Moment:
        return self.moment
