"""Builders of submissions and recorded events, from events as a client sends them, without a database."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

import domain.events  # noqa: F401 - registers the event types
from domain.envelope import LEAF_MEMBERS, Payload, Submission
from domain.event import REGISTRY
from domain.time.edtf import When
from ledger.encoding.event_codec import payload


def make_submission(
    deal_id: str,
    event_id: str,
    type_name: str,
    /,
    *,
    occurred: str = "2020-08-20",
    published: str | None = None,
    envelope: dict[str, Any] | None = None,
    **data: Any,
) -> Submission:
    """A submission of a type; without `data`, its data is the example of the type."""
    sent = {"data": data or dict(REGISTRY[type_name].EXAMPLE), **(envelope or {})}
    return as_sent(
        {"deal_id": deal_id, "id": event_id, "type": type_name, "occurred": occurred, "published": published, **sent}
    )


def as_sent(event: Mapping[str, Any], decode: Callable[[str, bytes], Payload] = payload) -> Submission:
    """The submission of an event as a client sends it."""
    sent = {name: value for name, value in event.items() if name not in LEAF_MEMBERS}
    published = event.get("published")
    return Submission(
        deal_id=event["deal_id"],
        id=event["id"],
        type=event["type"],
        schema_version=event.get("schema_version", 1),
        occurred=When.parse(event["occurred"]),
        published=None if published is None else When.parse(published),
        payload=decode(event["type"], orjson.dumps(sent)),
        sent=sent,
    )
