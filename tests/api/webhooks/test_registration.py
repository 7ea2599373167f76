"""Registering a webhook: what is accepted, what is refused, and which addresses are never called."""

from typing import Any

import httpx
import pytest

from api.app import create_app
from api.cli.in_process import InProcessTransport
from api.settings import Settings
from api.webhooks.delivery import DeliveryWorker
from api.webhooks.target_address import ForbiddenAddress, resolve_target
from ledger.ledger import Ledger
from tests.api.conftest import refused
from tests.api.webhooks.receiver import Receiver, app, drain, hook

__all__ = ["app"]


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
