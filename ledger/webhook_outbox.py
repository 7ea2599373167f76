"""Webhooks of one log: subscriptions, the transactional outbox, and the log of deliveries."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from secrets import token_bytes, token_hex
from typing import Any

import orjson

from domain.errors import ParleyError
from domain.time.instants import Moment
from ledger.event_reader import EventReader
from ledger.postgres import binary_arrays

SECRET_BYTES = 32
OVERLAP_SECONDS = 24 * 3600
"""Time for which a rotated secret signs beside the new one."""

LEASE_SECONDS = 180
"""Lease of a message that is being sent, before another process may send it."""

EVENTS_AT_ONCE = 500
WEBHOOKS_MOST = 50
"""Of one log."""


class UnknownWebhook(ParleyError):
    """No such webhook in this log, or it was removed."""

    code = "unknown-webhook"


class TooManyWebhooks(ParleyError):
    """The log has as many webhooks as it may have."""

    code = "too-many-webhooks"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook: a URL and its filters. Empty `types` or `deals`: all."""

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
    """The position up to which the outbox was filled."""
    notice_days: Sequence[int] = ()
    """Days ahead of a deadline at which a notice is sent."""
    active: bool = True
    looked_at: Moment = 0
    """The moment up to which time events were put into the outbox."""
    failing_since: Moment | None = None
    """None: the last delivery succeeded."""
    disabled_because: str | None = None
    """Why it was made inactive by the server."""
    list_name: str | None = None
    """A list of deals; None: all deals."""
    list_deals: Sequence[str] = ()
    """The deals of the list, as they are now."""

    def wants(self, deal_id: str, type_name: str) -> bool:
        """Whether an event matches its filters."""
        if not self.wants_deal(deal_id):
            return False
        return not self.types or type_name in self.types or f"{type_name.split('.')[0]}.*" in self.types

    def wants_deal(self, deal_id: str) -> bool:
        """Whether a deal matches its filters."""
        return (not self.deals or deal_id in self.deals) and (self.list_name is None or deal_id in self.list_deals)

    def secrets(self, now: Moment) -> list[bytes]:
        """The secrets that sign at a moment: the current one, and the previous one while it is being rotated."""
        old = [self.old_secret] if self.old_secret and self.old_until and now < self.old_until else []
        return [self.secret, *old]


@dataclass(frozen=True, slots=True)
class Message:
    """One due message, leased to the caller."""

    webhook_id: str
    id: str
    position: int | None
    attempt: int
    body: bytes | None = None
    """None: the event at the position, or a ping."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """A message with a body of its own."""

    id: str
    position: int
    """The position of the log at that time."""
    body: bytes


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """The members of a webhook that a client sets."""

    url: str
    types: Sequence[str] = ()
    deals: Sequence[str] = ()
    description: str | None = None
    notice_days: Sequence[int] = ()
    active: bool = True
    list_name: str | None = None

    def columns(self) -> dict[str, object]:
        """As parameters of a statement."""
        return {
            "url": self.url,
            "types": binary_arrays.texts(self.types),
            "deals": binary_arrays.texts(self.deals),
            "description": self.description,
            "notice": binary_arrays.integers(self.notice_days),
            "active": self.active,
            "list": self.list_name,
        }


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in the log of deliveries."""

    id: str
    position: int | None
    state: str
    due_at: Moment | None
    attempts: list[dict[str, Any]]


class Webhooks:
    """The webhooks of one log. Safe to share between threads. Methods raise Busy without a database."""

    def __init__(self, record: EventReader) -> None:
        self.record = record

    def register_webhook(self, spec: WebhookSpec, *, by: str, after: int) -> Webhook:
        """Create a webhook for events after a position. Raises TooManyWebhooks."""
        if len(self.list_webhooks()) >= WEBHOOKS_MOST:
            raise TooManyWebhooks(f"This log has {WEBHOOKS_MOST} webhooks, which is the most: remove one first.")
        webhook_id, secret = f"wh-{token_hex(6)}", token_bytes(SECRET_BYTES)
        self.record.rows("insert_webhook", id=webhook_id, by=by, secret=secret, position=after, **spec.columns())
        self.announce()
        return self.get_webhook(webhook_id)

    def list_webhooks(self) -> list[Webhook]:
        """All webhooks, oldest first."""
        return [Webhook(*row) for row in self.record.rows("webhooks", id=None)]

    def get_webhook(self, webhook_id: str) -> Webhook:
        """Raises UnknownWebhook."""
        found = self.record.rows("webhooks", id=webhook_id)
        if not found:
            raise UnknownWebhook(f"There is no webhook {webhook_id!r}.", hint="list-webhooks")
        return Webhook(*found[0])

    def update_webhook(self, webhook_id: str, spec: WebhookSpec) -> Webhook:
        """Raises UnknownWebhook."""
        self.record.rows("update_webhook", id=webhook_id, **spec.columns())
        self.announce()
        return self.get_webhook(webhook_id)

    def delete_webhook(self, webhook_id: str) -> Webhook:
        """Delete a webhook. Raises UnknownWebhook."""
        held = self.get_webhook(webhook_id)
        self.record.rows("remove_webhook", id=webhook_id)
        return held

    def rotate_secret(self, webhook_id: str) -> Webhook:
        """Rotate its secret; the old one signs beside it for OVERLAP_SECONDS. Raises UnknownWebhook."""
        self.record.rows(
            "rotate_webhook_secret", id=webhook_id, secret=token_bytes(SECRET_BYTES), seconds=OVERLAP_SECONDS
        )
        return self.get_webhook(webhook_id)

    def replay_events(self, webhook_id: str, after: int) -> Webhook:
        """Send all events after a position again. Raises UnknownWebhook."""
        self.get_webhook(webhook_id)
        self.record.rows("replay_webhook", id=webhook_id, after=after)
        self.announce()
        return self.get_webhook(webhook_id)

    def send_ping(self, webhook_id: str) -> str:
        """Send a ping without an event; returns the message's id. Raises UnknownWebhook."""
        self.get_webhook(webhook_id)
        message_id = f"ping_{token_hex(8)}"
        self.record.rows("insert_ping", webhook=webhook_id, id=message_id)
        self.announce()
        return message_id

    def retry_message(self, webhook_id: str, message_id: str) -> None:
        """Send a message again, now. Raises UnknownWebhook."""
        self.get_webhook(webhook_id)
        if not self.record.rows("retry_message", webhook=webhook_id, id=message_id):
            raise UnknownWebhook(f"The webhook {webhook_id!r} has no message {message_id!r}.")
        self.announce()

    def list_deliveries(
        self, webhook_id: str, after: int, limit: int, state: str | None = None, place: tuple[int, str] = (-1, "")
    ) -> list[Delivery]:
        """The messages after a position (0: the pings too), with their sendings, in order of position and id.

        `place`: only those behind this place in that order. Raises UnknownWebhook.
        """
        self.get_webhook(webhook_id)
        rows = self.record.rows(
            "webhook_deliveries",
            id=webhook_id,
            after=after - (after == 0),
            limit=limit,
            state=state,
            place=place[0],
            message=place[1],
        )
        return [Delivery(*(*row[:-1], orjson.loads(row[-1]))) for row in rows]

    def count_pending(self) -> int:
        """The number of queued messages."""
        return int(self.record.rows("pending_messages")[0][0])

    def enqueue_events(self, webhook: Webhook) -> int:
        """Put the next matching events into the outbox of a webhook; the position reached."""
        rows = self.record.read_log(webhook.position, EVENTS_AT_ONCE)
        if not rows:
            return webhook.position
        wanted = [str(row.position) for row in rows if webhook.wants(row.deal_id, row.type)]
        self.record.rows(
            "insert_event_messages",
            id=webhook.id,
            before=webhook.position,
            reached=rows[-1].position,
            positions=binary_arrays.texts(wanted),
        )
        return rows[-1].position

    def enqueue_time_events(self, webhook: Webhook, messages: Sequence[OutboxMessage], looked_at: Moment) -> None:
        """Put time events into its outbox, and store up to when; nothing if another process did."""
        self.record.rows(
            "insert_time_messages",
            id=webhook.id,
            **{"from": webhook.looked_at, "to": looked_at},
            ids=binary_arrays.texts(each.id for each in messages),
            positions=binary_arrays.texts(str(each.position) for each in messages),
            bodies=binary_arrays.byteas(each.body for each in messages),
        )

    def due_webhooks(self, busy: Sequence[str]) -> list[str]:
        """The ids of the active webhooks that have messages due, but for the busy ones."""
        return [webhook_id for (webhook_id,) in self.record.rows("due_webhooks", busy=binary_arrays.texts(busy))]

    def claim_messages(self, webhook: Webhook, limit: int) -> list[Message]:
        """At most so many messages of a webhook that are due, leased for LEASE_SECONDS."""
        rows = self.record.rows("claim_messages", webhook=webhook.id, lease=LEASE_SECONDS, limit=limit)
        return [Message(*row) for row in rows]

    def seconds_to_next_message(self, busy: Sequence[str]) -> float:
        """In how many seconds a message of a webhook that is not busy is due; infinite where none waits."""
        rows = self.record.rows("seconds_to_next_message", busy=binary_arrays.texts(busy))
        return float(rows[0][0]) if rows else inf

    def announce(self) -> None:
        """Let the delivery workers of all processes know that there is something to send, or soon will be."""
        self.record.rows("announce_log")

    def disable_webhook(self, webhook_id: str, because: str) -> None:
        """Make a webhook inactive until a client activates it again."""
        self.record.rows("disable_webhook", id=webhook_id, because=because)

    def record_attempt(
        self, message: Message, state: str, status: int | None, error: str | None, took_ms: int, wait_ms: int
    ) -> Moment | None:
        """Log a sending, and say what becomes of the message; since when every sending to its webhook has failed."""
        rows = self.record.rows(
            "insert_attempt",
            webhook=message.webhook_id,
            id=message.id,
            state=state,
            status=status,
            error=error,
            took=took_ms,
            wait=wait_ms,
        )
        return rows[0][0] if rows else None
