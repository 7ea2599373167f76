"""Webhooks and their deliveries as answers show them: each class is what is encoded and what is published of it."""

from dataclasses import dataclass

from api.webhooks.delivery import secret_text
from domain.time.instants import iso
from ledger import webhook_outbox
from ledger.encoding.answer_fields import Instant, instant_or_none

Names = list[str]


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook, without its secret."""

    id: str
    url: str
    types: Names
    deals: Names
    list: str | None
    description: str | None
    created_at: Instant
    created_by: str
    position: int
    notice: str | None
    active: bool
    failing_since: Instant | None
    disabled_because: str | None


@dataclass(frozen=True, slots=True)
class NewWebhook(Webhook):
    """A webhook with its secret, shown this once."""

    secret: str


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One sending of a message."""

    sent_at: Instant
    status: int | None
    error: str | None
    took_ms: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message with its sendings."""

    id: str
    position: int | None
    state: str
    next_attempt_at: Instant | None
    attempts: list[DeliveryAttempt]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message that is on its way."""

    id: str


def webhook_of(stored: webhook_outbox.Webhook) -> Webhook:
    """The answer about a webhook."""
    return Webhook(
        id=stored.id,
        url=stored.url,
        types=list(stored.types),
        deals=list(stored.deals),
        list=stored.list_name,
        description=stored.description,
        created_at=iso(stored.created_at),
        created_by=stored.created_by,
        position=stored.position,
        notice=",".join(f"{days}d" for days in stored.notice_days) or None,
        active=stored.active,
        failing_since=instant_or_none(stored.failing_since),
        disabled_because=stored.disabled_because,
    )


def new_webhook_of(stored: webhook_outbox.Webhook) -> NewWebhook:
    """The answer that shows the secret of a webhook."""
    shown = webhook_of(stored)
    members = {name: getattr(shown, name) for name in Webhook.__dataclass_fields__}
    return NewWebhook(**members, secret=secret_text(stored.secret))


def delivery_of(stored: webhook_outbox.Delivery) -> Delivery:
    """The answer about a message."""
    attempts = [DeliveryAttempt(**{**each, "sent_at": iso(each["sent_at"])}) for each in stored.attempts]
    return Delivery(stored.id, stored.position, stored.state, instant_or_none(stored.due_at), attempts)
