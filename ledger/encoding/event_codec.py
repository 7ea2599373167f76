"""Decodes stored bytes into domain objects: one msgspec decoder per event class, made from the class when first needed.

Decoding refuses nothing. Bytes that today's class no longer accepts (a value since closed, a type this version does
not know) are read field by field, and what does not fit remains as in the bytes.
"""

from functools import cache
from typing import Any

import msgspec

from domain.envelope import Payload, RecordedEvent, Submission
from domain.errors import UnreadableDeal
from domain.event import REGISTRY, Event
from domain.events.record import RecordErased
from domain.fields.description import describe
from domain.time.edtf import When
from ledger.encoding.canonical_json import decode, has_long_number
from ledger.encoding.leaf import read_leaf
from ledger.models import Recorded

NOTHING = Event()
"""The data of an event whose payload was destroyed, or whose type is unknown here: it touches nothing."""

ERASED = Payload(data=NOTHING)

ERASING = RecordErased.NAME
"""The type of the events that destroy another's payload."""


def erased_by(row: Recorded) -> str | None:
    """The event whose payload this one destroyed; None where it is no erasure, or its own payload is destroyed."""
    if row.type != ERASING or row.payload is None:
        return None
    data = payload(row.type, row.payload).data
    return data.event_id if isinstance(data, RecordErased) and isinstance(data.event_id, str) else None


def line(recorded: Recorded) -> RecordedEvent:
    """The recorded event of a row."""
    leaf = read_leaf(recorded.leaf)
    return RecordedEvent(
        deal_id=leaf.deal,
        id=leaf.id,
        type=leaf.type,
        schema_version=leaf.schema_version,
        occurred=When.parse(leaf.occurred),
        published=None if leaf.published is None else When.parse(leaf.published),
        payload=payload(leaf.type, recorded.payload),
        version=leaf.version,
        position=recorded.position,
        recorded_at=recorded.recorded_at,
        recorded_by=leaf.recorded_by,
        erased=recorded.payload is None,
    )


def submission_of(recorded: Recorded) -> Submission:
    """The event as it was sent; an empty one if it is erased.

    Raises UnreadableDeal if the stored bytes are not a valid event.
    """
    try:
        return line(recorded).submission({} if recorded.payload is None else decode(recorded.payload))
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        named = f"The event {recorded.id!r} of the deal {recorded.deal_id!r}"
        told = f"{named} cannot be read ({error}): verify the record."
        raise UnreadableDeal(told, extra={"deal_id": recorded.deal_id, "reason": f"{recorded.id}: {error}"}) from error


def payload(type_name: str, data: bytes | None) -> Payload:
    """The payload, from its canonical bytes; ERASED for None."""
    if data is None:
        return ERASED
    try:
        return payload_strictly(type_name, data)
    except ValueError:
        return decode_leniently(REGISTRY.get(type_name, Event), decode(data))


def payload_strictly(type_name: str, data: bytes) -> Payload:
    """The payload by the current class. Raises msgspec.ValidationError, a ValueError, if it is invalid."""
    decoder = _decoder(type_name)
    if has_long_number(data):
        sealed = msgspec.convert(decode(data), decoder.type, dec_hook=_custom)
    else:
        sealed = decoder.decode(data)
    return Payload(
        data=sealed.data,
        effective=sealed.effective,
        rank=sealed.rank,
        actor=sealed.actor,
        summary=sealed.summary,
        sources=sealed.sources,
        attribution=sealed.attribution,
        grade=sealed.grade,
        quote=sealed.quote,
        note=sealed.note,
        causation_id=sealed.causation_id,
        correlation_id=sealed.correlation_id,
    )


@cache
def data_fields(type_name: str) -> frozenset[str]:
    """The fields that a type declares; none for a type unknown here."""
    cls = REGISTRY.get(type_name)
    return frozenset() if cls is None else frozenset(describe(cls))


@cache
def _decoder(type_name: str) -> msgspec.json.Decoder[Any]:
    cls = REGISTRY.get(type_name, UnknownEventData)
    around = [field for field in describe(Payload).values() if not field.required]
    members: list[Any] = [("data", cls), *((field.name, field.annotation, field.default) for field in around)]
    return msgspec.json.Decoder(msgspec.defstruct(f"Sealed{cls.__name__}", members), dec_hook=_custom)


def _custom(kind: type, value: object) -> object:
    if kind is When:
        return When.parse(value)  # type: ignore[arg-type]  # parse refuses what is no text
    if kind is UnknownEventData:
        return NOTHING
    raise NotImplementedError(f"{kind.__name__} has no reading from JSON")


class UnknownEventData(Event):
    """The data of a type that this version does not know."""


def decode_leniently(cls: type[Event], sent: dict[str, Any]) -> Payload:
    """Decode member by member; one that does not fit has its JSON value."""
    around = describe(Payload)
    known = {
        name: _fitting(value, around[name].annotation)
        for name, value in sent.items()
        if name in around and name != "data" and value is not None
    }
    data: Event = object.__new__(cls)
    given = sent.get("data", {})
    for field in describe(cls).values():
        value = given.get(field.name)  # null means absence, also where the class says a list
        value = field.default if value is None else _fitting(value, field.annotation)
        object.__setattr__(data, field.name, value)
    return Payload(data=data, **known)


def _fitting(value: Any, kind: Any) -> Any:
    try:
        return msgspec.convert(value, kind, dec_hook=_custom)
    except msgspec.ValidationError:
        return value
