"""Sending webhooks (Standard Webhooks, https://www.standardwebhooks.com): signed, tried again, never into a private
network unless that is allowed."""

import base64
import hmac
import random
import socket
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx
import orjson

from domain.errors import Busy
from domain.moments import iso
from ledger.ledger import Ledger
from ledger.told import as_json
from ledger.webhooks import Message, Webhook, Webhooks
from projections.reader import clock

RETRY_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Between the attempts of one message; after the last it has failed."""

AT_ONCE = 8
"""Messages that are sent at the same time."""

LOOK_SECONDS = 0.5
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
ERROR_CHARACTERS = 500


class NotAllowed(Exception):
    """The address lies in a network that webhooks may not reach."""


class Sender:
    """A thread that fills the outboxes of one log and sends what is due. Several processes may have one."""

    def __init__(
        self, ledger: Ledger, *, private: bool = False, retry_seconds: Sequence[float] = RETRY_SECONDS
    ) -> None:
        self.webhooks = Webhooks(ledger)
        self._ledger = ledger
        self._private = private
        self._retries = tuple(retry_seconds)
        self._closing = threading.Event()
        self._client = httpx.Client(timeout=TIMEOUT, follow_redirects=False)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="parley-webhook")
        self._thread = threading.Thread(target=self._run, name="parley-webhooks", daemon=True)

    def __enter__(self) -> "Sender":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._thread.join()
        self.stop()

    def stop(self) -> None:
        """Send nothing more."""
        self._pool.shutdown(cancel_futures=True)
        self._client.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                busy = self.step()
            except Busy:
                busy = False
            if not busy:
                self._closing.wait(LOOK_SECONDS)

    def step(self) -> bool:
        """Fill the outboxes, send what is due; whether there was anything to send."""
        held = {webhook.id: webhook for webhook in self.webhooks.all()}
        if not held:
            return False
        head = self._ledger.head().position
        more = [self.webhooks.fan_out(webhook) < head for webhook in held.values() if webhook.position < head]
        messages = [message for message in self.webhooks.claim(AT_ONCE) if message.webhook_id in held]
        list(self._pool.map(lambda message: self._send(held[message.webhook_id], message), messages))
        return bool(messages) or any(more)

    def _send(self, webhook: Webhook, message: Message) -> None:
        body = self._body(message)
        started = time.monotonic()
        status, error = None, None
        try:
            status = self._post(webhook, message, body)
        except (httpx.HTTPError, httpx.InvalidURL, NotAllowed, OSError) as fault:
            error = f"{type(fault).__name__}: {fault}"[:ERROR_CHARACTERS]
        took = round((time.monotonic() - started) * 1000)
        if status is not None and 200 <= status < 300:
            self.webhooks.note(message, "delivered", status, None, took, 0)
        elif message.attempt > len(self._retries):
            self.webhooks.note(message, "failed", status, error, took, 0)
        else:
            pause = self._retries[message.attempt - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, hides nothing
            self.webhooks.note(message, "pending", status, error, took, round(pause * 1000))

    def _body(self, message: Message) -> bytes:
        rows = self._ledger.read_log(message.position - 1, 1) if message.position else []
        if not rows:
            return orjson.dumps({"type": "ping", "timestamp": iso(clock()), "data": {}})
        [row] = rows
        return orjson.dumps({"type": row.type, "timestamp": iso(row.recorded_at), "data": as_json(row)})

    def _post(self, webhook: Webhook, message: Message, body: bytes) -> int:
        """The status of the answer; its body is not read."""
        host, address = reachable(webhook.url, private=self._private)
        parts = urlsplit(webhook.url)
        port = f":{parts.port}" if parts.port else ""
        place = f"[{address}]" if ":" in address else address
        headers = {
            "Host": f"{host}{port}",
            "Content-Type": "application/json",
            "User-Agent": "parley-webhooks",
            **signed(message.id, int(time.time()), body, webhook.secrets(clock())),
        }
        # The address that was judged is the one that is called: the name may point elsewhere a moment later.
        url = parts._replace(netloc=f"{place}{port}").geturl()
        request = self._client.build_request(
            "POST", url, content=body, headers=headers, extensions={"sni_hostname": host}
        )
        answer = self._client.send(request, stream=True)
        answer.close()
        return answer.status_code


def signed(message_id: str, at: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The headers by which a receiver knows who sent a message, and when."""
    content = f"{message_id}.{at}.".encode() + body
    marks = [base64.b64encode(hmac.digest(secret, content, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }


def told_secret(secret: bytes) -> str:
    """A secret as its receiver gets it."""
    return f"whsec_{base64.b64encode(secret).decode()}"


def reachable(url: str, *, private: bool) -> tuple[str, str]:
    """The host of a URL and the address to call. Raises NotAllowed for one that webhooks may not reach, and OSError."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http") or not host or (parts.scheme == "http" and not private):
        raise NotAllowed("A webhook is an https URL.")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(ip_address(each.split("%")[0]).is_global for each in found):
        raise NotAllowed(f"{host} lies in a private network, which webhooks do not reach.")
    return host, found[0]
