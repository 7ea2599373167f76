"""Webhooks over HTTP: what a body may ask for, and how they are told."""

from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from api import door
from api.explain import faults_of
from api.listing import types as known_types
from api.sending import told_secret
from domain.errors import BadQuestion
from domain.moments import iso
from ledger.webhooks import Delivery, Webhook


class WantedWebhook(BaseModel):
    """Who is to be told, and of what."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str = Field(max_length=2048, description="Where messages are posted: an https URL.")
    types: list[str] = Field(default=[], max_length=100, description="Types or groups such as bid.*; empty: all.")
    deals: list[str] = Field(default=[], max_length=1000, description="Ids of deals; empty: all.")
    description: str | None = Field(default=None, max_length=500)
    after: int | None = Field(
        default=None, ge=0, description="Told of what comes after this position; the end if absent."
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or not value.isprintable():
            raise ValueError(f"{value[:64]!r} is no https URL without a user name")
        return value

    @field_validator("types")
    @classmethod
    def _are_known(cls, value: list[str]) -> list[str]:
        try:
            known_types(",".join(value))
        except BadQuestion as fault:
            raise ValueError(fault.detail.rstrip(".")) from None
        return value


class Again(BaseModel):
    """From where a webhook is told again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    after: int = Field(ge=0, le=2**63 - 1, description="The position after which to begin.")


def wanted(value: Any) -> WantedWebhook:
    """What a body asks for. Raises InvalidInput with every fault."""
    if faults := faults_of(WantedWebhook, value):
        raise door.refusal(faults)
    return WantedWebhook.model_validate(value)


def again(value: Any) -> int:
    """The position of a replay. Raises InvalidInput with every fault."""
    if faults := faults_of(Again, value):
        raise door.refusal(faults)
    return Again.model_validate(value).after


def as_json(webhook: Webhook, *, secret: bool = False) -> dict[str, Any]:
    """A webhook as it is told; its secret only when it is made or rotated."""
    told = {
        "id": webhook.id,
        "url": webhook.url,
        "types": list(webhook.types),
        "deals": list(webhook.deals),
        "description": webhook.description,
        "created_at": iso(webhook.created_at),
        "created_by": webhook.created_by,
        "position": webhook.position,
    }
    return {**told, "secret": told_secret(webhook.secret)} if secret else told


def delivery_as_json(delivery: Delivery) -> dict[str, Any]:
    """A message with its sendings."""
    return {
        "id": delivery.id,
        "position": delivery.position,
        "state": delivery.state,
        "next_attempt_at": None if delivery.due_at is None else iso(delivery.due_at),
        "attempts": [{**each, "sent_at": iso(each["sent_at"])} for each in delivery.attempts],
    }
