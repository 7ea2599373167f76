"""Webhooks of one log: who is told of what, the outbox, and the log of every sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import token_bytes, token_hex
from typing import Any

import orjson

from domain.errors import ParleyError
from domain.moments import Moment
from ledger import arrays
from ledger.reading import Reader
from ledger.receipt import Recorded

SECRET_BYTES = 32
OVERLAP_SECONDS = 24 * 3600
"""For so long an old secret signs beside the new one."""

LEASE_SECONDS = 60
"""A message that is being sent is not sent by another process before this time."""

FAN_OUT_EVENTS = 500


class UnknownWebhook(ParleyError):
    """No such webhook in this log, or it was removed."""

    code = "unknown-webhook"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told: a URL, and of what. Empty `types` or `deals`: of all."""

    id: str
    url: str
    types: Sequence[str]
    """Names, or groups such as `bid.*`."""
    deals: Sequence[str]
    description: str | None
    created_at: Moment
    created_by: str
    secret: bytes
    old_secret: bytes | None
    old_until: Moment | None
    position: int
    """Up to here the outbox holds what it wants."""

    def wants(self, row: Recorded) -> bool:
        """Whether it is told of an event."""
        if self.deals and row.deal_id not in self.deals:
            return False
        return not self.types or row.type in self.types or f"{row.type.split('.')[0]}.*" in self.types

    def secrets(self, now: Moment) -> list[bytes]:
        """What signs at a moment: the secret, and the one before while it is being replaced."""
        old = [self.old_secret] if self.old_secret and self.old_until and now < self.old_until else []
        return [self.secret, *old]


@dataclass(frozen=True, slots=True)
class Message:
    """One message that is due, leased to whoever holds this."""

    webhook_id: str
    id: str
    position: int | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message as its log tells it."""

    id: str
    position: int | None
    state: str
    due_at: Moment | None
    attempts: list[dict[str, Any]]


class Webhooks:
    """The webhooks of one log. Safe to share between threads. Methods raise Busy: the database is away."""

    def __init__(self, record: Reader) -> None:
        self.record = record

    def add(
        self, url: str, types: Sequence[str], deals: Sequence[str], description: str | None, *, by: str, after: int
    ) -> Webhook:
        """A new webhook, told of what comes after a position."""
        webhook_id = f"wh-{token_hex(6)}"
        self.record.rows(
            "insert_webhook",
            id=webhook_id,
            url=url,
            types=arrays.texts(types),
            deals=arrays.texts(deals),
            description=description,
            by=by,
            secret=token_bytes(SECRET_BYTES),
            position=after,
        )
        return self.one(webhook_id)

    def all(self) -> list[Webhook]:
        """Those that stand, oldest first."""
        return [Webhook(*row) for row in self.record.rows("webhooks", id=None)]

    def one(self, webhook_id: str) -> Webhook:
        """Raises UnknownWebhook."""
        found = self.record.rows("webhooks", id=webhook_id)
        if not found:
            raise UnknownWebhook(f"There is no webhook {webhook_id!r}. GET /v1/webhooks lists them all.")
        return Webhook(*found[0])

    def change(
        self, webhook_id: str, url: str, types: Sequence[str], deals: Sequence[str], description: str | None
    ) -> Webhook:
        """Raises UnknownWebhook."""
        self.record.rows(
            "update_webhook",
            id=webhook_id,
            url=url,
            types=arrays.texts(types),
            deals=arrays.texts(deals),
            description=description,
        )
        return self.one(webhook_id)

    def remove(self, webhook_id: str) -> Webhook:
        """Tell it of nothing more. Raises UnknownWebhook."""
        held = self.one(webhook_id)
        self.record.rows("remove_webhook", id=webhook_id)
        return held

    def rotate(self, webhook_id: str) -> Webhook:
        """Give it a new secret; the old one signs beside it for OVERLAP_SECONDS. Raises UnknownWebhook."""
        self.record.rows("rotate_webhook", id=webhook_id, secret=token_bytes(SECRET_BYTES), seconds=OVERLAP_SECONDS)
        return self.one(webhook_id)

    def replay(self, webhook_id: str, after: int) -> Webhook:
        """Tell it again of what comes after a position. Raises UnknownWebhook."""
        self.one(webhook_id)
        self.record.rows("replay_webhook", id=webhook_id, after=after)
        return self.one(webhook_id)

    def ping(self, webhook_id: str) -> str:
        """Send it a message that tells of no event; the message's id. Raises UnknownWebhook."""
        self.one(webhook_id)
        message_id = f"ping_{token_hex(8)}"
        self.record.rows("insert_ping", webhook=webhook_id, id=message_id)
        return message_id

    def retry(self, webhook_id: str, message_id: str) -> None:
        """Send a message again, now. Raises UnknownWebhook."""
        self.one(webhook_id)
        if not self.record.rows("retry_message", webhook=webhook_id, id=message_id):
            raise UnknownWebhook(f"The webhook {webhook_id!r} has no message {message_id!r}.")

    def deliveries(self, webhook_id: str, after: int, limit: int, state: str | None = None) -> list[Delivery]:
        """The messages after a position (0: the pings too), with their sendings. Raises UnknownWebhook."""
        self.one(webhook_id)
        rows = self.record.rows(
            "webhook_deliveries", id=webhook_id, after=after - (after == 0), limit=limit, state=state
        )
        return [Delivery(*row[:-1], orjson.loads(row[-1])) for row in rows]

    def queue(self) -> int:
        """How many messages wait to be sent."""
        return int(self.record.rows("webhook_queue")[0][0])

    def fan_out(self, webhook: Webhook) -> int:
        """Put what a webhook wants of the next events into its outbox; the position reached."""
        rows = self.record.read_log(webhook.position, FAN_OUT_EVENTS)
        if not rows:
            return webhook.position
        wanted = [str(row.position) for row in rows if webhook.wants(row)]
        self.record.rows(
            "fan_out_webhook",
            id=webhook.id,
            before=webhook.position,
            reached=rows[-1].position,
            positions=arrays.texts(wanted),
        )
        return rows[-1].position

    def claim(self, limit: int) -> list[Message]:
        """Messages that are due, leased for LEASE_SECONDS."""
        return [Message(*row) for row in self.record.rows("claim_messages", lease=LEASE_SECONDS, limit=limit)]

    def note(
        self, message: Message, state: str, status: int | None, error: str | None, took_ms: int, wait_ms: int
    ) -> None:
        """Log a sending, and say what becomes of the message."""
        self.record.rows(
            "note_attempt",
            webhook=message.webhook_id,
            id=message.id,
            state=state,
            status=status,
            error=error,
            took=took_ms,
            wait=wait_ms,
        )
