"""Decodes the bytes of a body into valid submissions, or lists every fault in them.

The fast path decodes into the domain's classes and asks the domain; only a body that it refuses is read again by
`api.events.validation_errors`, which lists all that is wrong. Both accept the same bodies.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import msgspec

from api import limits
from api.errors import invalid_input
from api.events import ids
from api.events.validation_errors import explain
from api.http.strict_json import parse_json, parse_plain_json
from domain.envelope import PAYLOAD_MEMBERS, Payload, Submission
from domain.errors import InvalidInput, Problem
from domain.event import REGISTRY, Event
from domain.fields.description import describe
from domain.fields.values import Source
from domain.time.edtf import When
from domain.validation import is_valid, problems

NewId = Callable[[int], str]
"""Makes the id of the event at this index of the body, if the client gave none."""


class NotExplained(Exception):
    """An event does not match its type; its faults were not determined."""


def read_events(
    body: bytes | bytearray, deal_id: str, new_id: NewId | None = None, *, explaining: bool = True
) -> tuple[list[Submission], bool]:
    """The submissions of a body for one deal, and whether it was an array. Raises MalformedJson and InvalidInput.

    Without `explaining` it raises NotExplained where InvalidInput would take time.
    """
    value = parse_json(body)
    several = isinstance(value, list)
    values = value if several else [value]
    if not 1 <= len(values) <= limits.BATCH_EVENTS:
        told = f"The array has {len(values)} events: send 1 to {limits.BATCH_EVENTS} at a time, or POST /v1/imports."
        raise InvalidInput(told, problems=(Problem("", "batch-too-large" if values else "empty-batch", told),))
    made: list[Submission] = []
    faults: list[Problem] = []
    for index, raw in enumerate(values):
        one = _decoded(raw, deal_id, new_id or _any_id, index)
        found = [] if one is None or is_valid(one) else list(problems(one))
        if one is not None and not found:
            made.append(one)
            continue
        if not explaining:
            raise NotExplained
        if len(faults) >= limits.ERRORS_LISTED:
            found = [UNREAD]
        elif one is None:
            found = explain(raw, deal_id)
        faults += [moved(fault, f"/{index}") for fault in found] if several else found
    if faults:
        raise invalid_input(faults)
    return made, several


def read_plain_event(body: bytes, deal_id: str) -> Submission | None:
    """The one valid event of a body of plain JSON; None for any other body, which `read_events` reads."""
    value = parse_plain_json(body)
    made = _decoded(value, deal_id, _any_id, 0)
    return made if made is not None and is_valid(made) else None


UNREAD = Problem("", "invalid-event", "The event was not checked further: correct those before it first.")


def moved(fault: Problem, place: str) -> Problem:
    """The fault as seen from the body, where the event is at `place` (RFC 6901)."""
    return replace(fault, pointer=f"{place}{fault.pointer}")


def read_event(raw: object, deal_id: str | None, new_id: NewId | None = None) -> Submission | list[Problem]:
    """One event as decoded from JSON, for the deal of the path (None: the event names its own); or all its faults."""
    made = decoded(raw, deal_id, new_id)
    return made if isinstance(made, list) or is_valid(made) else list(problems(made)) or made


def decoded(
    raw: object, deal_id: str | None, new_id: NewId | None = None, index: int = 0
) -> Submission | list[Problem]:
    """The same, validated by the types of its fields alone."""
    return _decoded(raw, deal_id, new_id or _any_id, index) or explain(raw, deal_id)


def _any_id(_: int) -> str:
    return ids.time_ordered()


def _decoded(raw: object, deal_id: str | None, new_id: NewId, index: int) -> Submission | None:
    """The submission, or None if it does not match its class."""
    if not isinstance(raw, dict) or not isinstance(raw.get("type"), str) or raw["type"] not in REGISTRY:
        return None
    decoder = _decoder(raw["type"])
    own = raw.get("deal_id")
    if (own or deal_id) is None or (deal_id is not None and own not in (None, deal_id)):
        return None
    try:
        sent = msgspec.convert(decoder.without_nulls(raw), decoder.struct, dec_hook=read_date)
    except (msgspec.ValidationError, UnicodeEncodeError):  # a member name with a lone surrogate
        return None
    if not decoder.knows(raw):
        return None
    return Submission(
        deal_id=own or deal_id or "",
        id=new_id(index) if sent.id is None else sent.id,
        type=sent.type,
        schema_version=decoder.newest if sent.schema_version is None else sent.schema_version,
        occurred=sent.occurred,
        published=sent.published,
        payload=Payload(
            data=sent.data,
            effective=sent.effective,
            rank=sent.rank,
            actor=sent.actor,
            summary=sent.summary,
            sources=sent.sources,
            attribution=sent.attribution,
            grade=sent.grade,
            quote=sent.quote,
            note=sent.note,
            causation_id=sent.causation_id,
            correlation_id=sent.correlation_id,
        ),
        sent={name: raw[name] for name in PAYLOAD_MEMBERS if name in raw},
    )


def read_date(kind: type, value: object) -> object:
    """The decoding hook of msgspec for imprecise dates."""
    if kind is When and isinstance(value, str):
        return When.parse(value)
    raise ValueError(f"{value!r} is not a date")


@dataclass(frozen=True, slots=True)
class EventDecoder:
    """The decoder of events of one type."""

    struct: type[Any]
    """The whole event; unknown members are refused."""

    newest: int
    cls: type[Event]
    nullable: frozenset[str]
    """Fields of `data` for which null means the same as absence, though their class says a list."""

    def without_nulls(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """`raw` with null lists left out."""
        if raw.get("sources", ()) is None:
            raw = {name: value for name, value in raw.items() if name != "sources"}
        data = raw.get("data")
        if self.nullable and isinstance(data, dict) and None in data.values():
            kept = {name: value for name, value in data.items() if value is not None or name not in self.nullable}
            raw = {**raw, "data": kept}
        return raw

    def knows(self, raw: Mapping[str, Any]) -> bool:
        """Whether every nested member is declared; msgspec ignores unknown fields of a dataclass."""
        return _knows(raw["data"], self.cls) and all(_knows(each, Source) for each in raw.get("sources") or ())


@cache
def _decoder(name: str) -> EventDecoder:
    cls = REGISTRY[name]
    members: list[Any] = [("type", str), ("occurred", When), ("data", cls)]
    members += [("deal_id", str | None, None), ("id", str | None, None), ("schema_version", int | None, None)]
    members += [("published", When | None, None)]
    members += [
        (field.name, field.annotation, field.default) for field in describe(Payload).values() if not field.required
    ]
    struct = msgspec.defstruct(f"Sent{cls.__name__}", members, kw_only=True, forbid_unknown_fields=True)
    lists = (field.name for field in describe(cls).values() if field.default == ())
    return EventDecoder(struct, cls.VERSION, cls, frozenset(lists))


def _knows(raw: Mapping[str, Any], cls: Any) -> bool:
    if not raw.keys() <= describe(cls).keys():
        return False
    for name, inner, many in _nested(cls):
        value = raw.get(name)
        if value is not None and not all(_knows(each, inner) for each in (value if many else (value,))):
            return False
    return True


@cache
def _nested(cls: Any) -> tuple[tuple[str, type, bool], ...]:
    """The fields whose values are nested objects: name, class, and whether it is a list."""
    return tuple(
        (field.name, field.nested, field.is_list) for field in describe(cls).values() if field.nested is not None
    )
