"""Webhooks over HTTP: request bodies, and the cursor of deliveries."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from api.errors import invalid_input
from api.events.type_filters import split_types
from api.events.validation_errors import faults_of
from api.http import pagination
from api.webhooks.target_address import url_fault
from domain.errors import BadQuestion, Problem
from domain.fields.identifiers import REF
from ledger.deal_lists import DealLists, UnknownList
from ledger.webhook_outbox import Delivery, WebhookSpec
from projections.temporal.time_events import parse_days_ahead

Names = list[str]


class WantedWebhook(BaseModel):
    """The body of a webhook: its URL and its filters."""

    model_config = ConfigDict(extra="forbid", strict=True)

    url: str = Field(max_length=2048, description="Where messages are posted: an https URL.")
    types: Names = Field(default=[], max_length=100, description="Types or groups such as bid.*; empty: all.")
    deals: Names = Field(default=[], max_length=1000, description="Ids of deals; empty: all.")
    list: str | None = Field(
        default=None, pattern=f"^{REF}$", description="A list of deals (/v1/lists): only its deals, as it changes."
    )
    description: str | None = Field(default=None, max_length=500)
    after: int | None = Field(
        default=None, ge=0, description="Position after which events are sent; default: the end of the log."
    )

    notice: str | None = Field(
        default=None,
        max_length=100,
        description="So many days ahead of a deadline a notice is sent: 7d, or 7d,1d.",
        examples=["7d,1d"],
    )
    active: bool = Field(default=True, description="Whether anything is sent; what is not waits.")

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if fault := url_fault(value, private=True):
            raise ValueError(f"{value[:64]!r}: {fault}")
        return value

    @field_validator("types")
    @classmethod
    def _are_known(cls, value: Names) -> Names:
        try:
            split_types(",".join(value))
        except BadQuestion as fault:
            raise ValueError(fault.detail.rstrip(".")) from None
        return value

    @field_validator("notice")
    @classmethod
    def _are_days(cls, value: str | None) -> str | None:
        parse_days_ahead(value)
        return value

    @property
    def spec(self) -> WebhookSpec:
        """As stored."""
        return WebhookSpec(
            self.url,
            self.types,
            self.deals,
            self.description,
            parse_days_ahead(self.notice),
            self.active,
            self.list,
        )


class ReplayRequest(BaseModel):
    """The body of a replay: the position from which messages are sent again."""

    model_config = ConfigDict(extra="forbid", strict=True)

    after: int = Field(ge=0, le=2**63 - 1, description="The position after which to begin.")


def parse_webhook(value: Any, *, private: bool) -> WantedWebhook:
    """The body, validated; `private`: private networks are permitted. Raises InvalidInput with every fault."""
    if faults := faults_of(WantedWebhook, value):
        raise invalid_input(faults)
    asked = WantedWebhook.model_validate(value)
    if fault := url_fault(asked.url, private=private):
        raise invalid_input([Problem("/url", "invalid-value", f"url {asked.url[:64]!r}: {fault}.")])
    return asked


def check_list(name: str | None, lists: DealLists) -> None:
    """Raises InvalidInput where a webhook names a list of deals that does not exist."""
    if name is not None:
        try:
            lists.one(name, None)
        except UnknownList as fault:
            raise invalid_input([Problem("/list", fault.code, fault.detail, hint=fault.hint)]) from None


def parse_replay(value: Any) -> int:
    """The position of a replay. Raises InvalidInput with every fault."""
    if faults := faults_of(ReplayRequest, value):
        raise invalid_input(faults)
    return ReplayRequest.model_validate(value).after


def encode_cursor(delivery: Delivery) -> str:
    """The cursor of the next page."""
    return pagination.encode_cursor(delivery.position or 0, delivery.id)


def decode_cursor(cursor: str | None) -> tuple[int, str]:
    """The position of a cursor. Raises BadQuestion."""
    if cursor is None:
        return -1, ""
    position, delivery_id = pagination.decode_cursor(cursor, int, str)
    return position, delivery_id
