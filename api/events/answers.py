"""What recording answers: each class is what is encoded and what is published of it."""

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from api.answers import Fault
from api.audit.answers import ReceiptProof
from ledger.encoding.answer_fields import Instant, LeafHash, Position, Seal, Version


class Recorded(TypedDict):
    """An event with its version in the deal and its position in the log."""

    id: str
    type: str
    deal_id: str
    version: Version
    position: Position
    recorded_at: Instant
    leaf_hash: LeafHash


class Receipt(TypedDict):
    """The receipt of recorded events, from this request or an earlier one; with `dry_run` of events that would be."""

    events: list[Recorded]
    version: Annotated[int, Meta(description="Of the deal, after the last of these events.")]
    position: Annotated[int, Meta(description="Of the log, after the last of these events.")]
    warnings: list[Fault]
    dry_run: NotRequired[bool]
    seal: NotRequired[Seal]
    proofs: NotRequired[list[ReceiptProof]]


class ImportCounts(TypedDict):
    """The counts of an import's lines by result."""

    lines: int
    recorded: int
    repeated: int
    position: int
    dry_run: bool
    errors_total: int
    warnings_total: int


class ImportReport(ImportCounts):
    """The result of an import: the deals that gained events, and every line that is refused or has a warning."""

    deals: list[str]
    errors: list[Fault]
    warnings: list[Fault]


class EventType(TypedDict):
    """An event type: what it means and what it changes, its JSON Schema and an example."""

    type: str
    group: str
    schema_version: int
    description: str
    effect: Annotated[str, Meta(description="What such an event changes in the state.")]
    example: Annotated[dict[str, Any], Meta(description="An example of `data`.")]
    event: Annotated[dict[str, Any], Meta(description="The example as one would post it.")]
    schema: Annotated[dict[str, Any], Meta(description="JSON Schema 2020-12 of `data`.")]
    also_called: Annotated[list[str], Meta(description="Other words for it.")]
    event_schema: Annotated[dict[str, Any], Meta(description="JSON Schema 2020-12 of the whole event.")]
