"""Webhooks: each event sent until it is taken, signed as Standard Webhooks say, every attempt in the log."""

import re
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from api.webhooks import delivery
from api.webhooks.delivery import DeliveryWorker
from domain.time.instants import SECOND, Moment, iso
from ledger.ledger import Ledger
from projections.state.state_reader import StateReader, clock
from tests.api.conftest import bid, refused
from tests.api.webhooks.receiver import Receiver, app, drain, hook, receiver, sender
from tests.superuser import Sql, sql
from tests.waiting import until

__all__ = ["app", "receiver", "sender", "sql"]

DAY = 24 * 3600 * SECOND
GUIDE = Path(__file__).parents[3] / "docs" / "howto" / "webhooks.md"


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


def test_a_message_is_leased_once_a_lane_is_free_to_send_it(
    http: httpx.Client, deal: str, ledger: Ledger, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LANES", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for _ in range(2):
            hook(http, f"http://127.0.0.1:{silent.getsockname()[1]}/", after=1)
        with DeliveryWorker(ledger, private=True):
            begun = until(lambda: [row for row in sql("SELECT attempts FROM webhook_messages WHERE T=") if any(row)])
    assert begun == [(1,)]


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
        ("time.deadline.notice", 7), ("time.deadline.notice", 1), ("time.deadline.past_due", -1),
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
