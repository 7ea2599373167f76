"""Delivery of webhooks (Standard Webhooks, https://www.standardwebhooks.com): signed, retried, never to a private
network unless that is allowed."""

import base64
import hmac
import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait

import orjson
import psycopg

from api.webhooks.outbound_http import NoResponse, OutboundHttp
from api.webhooks.target_address import ForbiddenAddress
from api.webhooks.time_event_scanner import TimeEventScanner
from domain.errors import ParleyError
from domain.time.instants import SECOND, iso
from ledger.encoding.event_json import event_to_json
from ledger.event_reader import EventReader
from ledger.ledger import Ledger
from ledger.maintenance.worker_status import WorkerStatus
from ledger.task_threads import AT_ONCE, Pause, Task
from ledger.webhook_outbox import Message, Webhook, Webhooks
from projections.state.state_reader import StateReader, clock

RETRY_SECONDS = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Delays between the attempts of one message; after the last one it has failed."""

LANES = 8
"""Webhooks of a database that are delivered to concurrently."""

IN_TURN = 10
"""Messages of one webhook that are leased at once and sent one after the other, in less time than their lease."""

GIVE_UP_SECONDS = 5 * 24 * 3600
"""Time of nothing but failures after which a webhook becomes inactive."""

GONE = 410
"""The status by which a receiver unsubscribes."""

ERROR_CHARACTERS = 500


class DeliveryWorker:
    """A worker that fills the outbox of one log and sends due messages. Several processes may run one.

    Those of a database share threads: they fill the outboxes in turn, and send by LANES threads.
    """

    def __init__(
        self,
        ledger: Ledger,
        reader: StateReader | None = None,
        *,
        record: EventReader | None = None,
        private: bool = False,
        retry_seconds: Sequence[float] = RETRY_SECONDS,
        give_up_seconds: float = GIVE_UP_SECONDS,
    ) -> None:
        """`record` reads and writes on connections of its own; by default on those of the ledger."""
        self._ledger = ledger
        self._record = record or ledger
        self.webhooks = Webhooks(self._record)
        self._reader = reader or StateReader(ledger)
        self._times = TimeEventScanner(self.webhooks, self._reader)
        self._retries = tuple(retry_seconds)
        self._give_up = give_up_seconds
        self._closing = threading.Event()
        self._outbound = OutboundHttp(private=private)
        self._lanes = ledger.database.executor("parley-webhook", LANES)
        self._busy: set[str] = set()
        """Webhooks with a delivery in progress."""
        self._begun: set[Future[None]] = set()
        """The deliveries in progress."""
        self._active = False
        """Whether there is any webhook to deliver to."""
        self._following = False
        self._task: Task | None = None
        self.status = WorkerStatus("webhooks", ledger.tenant)

    def __enter__(self) -> "DeliveryWorker":
        self._task = self._ledger.database.threads("parley-webhooks").add(self._turn)
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        if self._task is not None:
            self._task.close()
        self.stop()

    def stop(self) -> None:
        """Stop sending. An interrupted message is sent again by the next worker."""
        self._closing.set()
        self._outbound.cancel()
        begun = list(self._begun)
        for each in begun:
            each.cancel()
        wait(begun)

    def has_webhooks(self) -> bool:
        """Whether there is any webhook to deliver to. Raises Busy."""
        return any(webhook.active for webhook in self.webhooks.list_webhooks())

    def _wake(self) -> None:
        if self._task is not None:
            self._task.wake()

    def _turn(self) -> Pause:
        try:
            if not self._following:
                hub = self._ledger.hub
                hub.on_growth.append(self._wake)
                hub.on_announcement.append(self._wake)
                self._following = True
            if self._ledger.standby:
                self.status.succeeded()
                return Pause()
            begun, more = self._round()
            rest = self._rest_seconds() if self._active and not more else None
            self.status.succeeded()
        except Exception as error:  # noqa: BLE001 - a fault of one deal or message must not stop the others
            self.status.failed(error)
            return Pause()
        for lane in begun:
            lane.add_done_callback(lambda _: self._wake())  # there may be more for its webhook
        return AT_ONCE if more else Pause(0.0, rest)

    def _rest_seconds(self) -> float:
        """How long nothing is due to be sent."""
        return min(self.webhooks.seconds_to_next_message(sorted(self._busy)), self._times.seconds_to_next())

    def step(self) -> bool:
        """Fill the outbox, send due messages and wait for the responses; whether there was anything to do."""
        begun, more = self._round()
        for lane in begun:
            lane.result()
        return bool(begun) or more

    def _round(self) -> "tuple[list[Future[None]], bool]":
        """The deliveries that were started, and whether there is more to put into the outbox."""
        held = {webhook.id: webhook for webhook in self.webhooks.list_webhooks() if webhook.active}
        self._active = bool(held)
        if not held:
            return [], False
        head = self._record.head().position
        more = [self.webhooks.enqueue_events(webhook) < head for webhook in held.values() if webhook.position < head]
        begun = []
        for webhook_id in self.webhooks.due_webhooks(sorted(self._busy)):
            if webhook_id in held:
                self._busy.add(webhook_id)
                lane = self._lanes.submit(self._send_due, held[webhook_id])
                self._begun.add(lane)
                lane.add_done_callback(self._begun.discard)
                begun.append(lane)
        enqueued = self._times.enqueue_time_events([*held.values()], head)
        return begun, enqueued or any(more)

    def _send_due(self, webhook: Webhook) -> None:
        try:
            # Leased here, since a lease that waited for a lane could end before the message is sent.
            messages = self.webhooks.claim_messages(webhook, IN_TURN)
            for message in sorted(messages, key=lambda each: (each.position or 0, each.id)):
                if self._closing.is_set() or not self._send(webhook, message):
                    break
        except (ParleyError, psycopg.Error) as error:
            self.status.failed(error)
        finally:
            self._busy.discard(webhook.id)

    def _send(self, webhook: Webhook, message: Message) -> bool:
        """Whether the webhook stays active."""
        body = self._body(message)
        started = time.monotonic()
        status, error = None, None
        headers = signed(message.id, int(time.time()), body, webhook.secrets(clock()))
        try:
            status = self._outbound.post(webhook.url, body, {"Content-Type": "application/json", **headers})
        except (ForbiddenAddress, NoResponse) as fault:
            error = f"{type(fault).__name__}: {fault}"[:ERROR_CHARACTERS]
        if error is not None and self._closing.is_set():
            return False
        took = round((time.monotonic() - started) * 1000)
        if status is not None and 200 <= status < 300:
            self.webhooks.record_attempt(message, "delivered", status, None, took, 0)
            return True
        if message.attempt > len(self._retries):
            failing_since = self.webhooks.record_attempt(message, "failed", status, error, took, 0)
        else:
            pause = self._retries[message.attempt - 1] * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing
            failing_since = self.webhooks.record_attempt(message, "pending", status, error, took, round(pause * 1000))
        because = self._enough(status, error, failing_since)
        if because is not None:
            self.webhooks.disable_webhook(webhook.id, because)
        return because is None

    def _enough(self, status: int | None, error: str | None, failing_since: int | None) -> str | None:
        """Why a webhook becomes inactive; None if it stays active."""
        if status == GONE:
            return "The receiver answered 410: it wants no more."
        if failing_since is not None and clock() - failing_since > self._give_up * SECOND:
            return f"Every sending failed since {iso(failing_since)}; the last: {error or f'status {status}'}."
        return None

    def _body(self, message: Message) -> bytes:
        if message.body is not None:
            return message.body
        rows = self._record.read_log(message.position - 1, 1) if message.position else []
        if not rows:
            return orjson.dumps({"type": "ping", "timestamp": iso(clock()), "position": None, "data": {}})
        [row] = rows
        text = self._reader.sentence(row)
        told = {
            "type": row.type,
            "timestamp": iso(row.recorded_at),
            "position": row.position,
            "data": {**event_to_json(row), **({} if text is None else {"text": text})},
        }
        return orjson.dumps(told)


def signed(message_id: str, at: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The signature headers of a message (Standard Webhooks)."""
    content = f"{message_id}.{at}.".encode() + body
    marks = [base64.b64encode(hmac.digest(secret, content, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{mark}" for mark in marks),
    }


def secret_text(secret: bytes) -> str:
    """A secret in the form that its receiver gets."""
    return f"whsec_{base64.b64encode(secret).decode()}"
