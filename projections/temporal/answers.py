"""Answers of bitemporal queries: each class is what is encoded and what is published of it."""

from typing import Any, Literal, NotRequired, TypedDict

from ledger.encoding.answer_fields import Instant, Position, Version
from ledger.encoding.event_json import RecordedEvent
from projections.sentences.answers import Development
from projections.state.answers import Basis, HypotheticalState

_Values = TypedDict("_Values", {"from": Any, "to": Any})


class MemberChange(_Values):
    """A change of an entry of a list; null stands for what is not there."""

    because: list[str]
    text: str


class OwnChange(MemberChange):
    """A change between two states at a path, in a sentence; null stands for what is not there."""

    path: str
    group: str


class Change(OwnChange):
    """A change between two states at a path, in a sentence; of a section that is a list also those of its entries."""

    members: NotRequired[list[MemberChange]]


class Differences(TypedDict):
    """What happened, what was learned, what lapsed by time alone, and the net change; the most important first."""

    happened: list[Change]
    learned: list[Change]
    lapsed: list[Change]
    net: list[Change]
    summary: list[Development]


_Bases = TypedDict("_Bases", {"from": Basis, "to": Basis})


class Diff(Differences, _Bases):
    """The difference of two bases."""


_Span = TypedDict("_Span", {"from": str | None, "to": str | None})


class Stretch(_Span):
    """A value and its time, half-open: a bound is a day or an instant, or null where there is none."""

    value: Any
    because: list[str]


class Stretches(TypedDict):
    """The values at a path over time."""

    path: str
    basis: Basis
    items: list[Stretch]
    next: str | None


class FirstInstant(TypedDict):
    """The first instant of a condition: null if it never holds."""

    at: str | None
    because: list[str]
    first_known: str | None


class First(FirstInstant):
    """The first instant at which a condition on the state holds, and when that could first be known."""

    path: str
    op: str
    basis: Basis


class DigestItem(OwnChange):
    """A change, and what kind of thing it is about."""

    kind: str


class BookDigestItem(DigestItem):
    """A change, and the deal that it is of."""

    deal_id: str
    title: str | None


class Digest(_Bases):
    """The changes between two bases, the most important first."""

    items: list[DigestItem]
    next: str | None
    summary: list[Development]


class EventWarning(TypedDict):
    """A warning about a hypothetical event, and its place in what was sent."""

    pointer: str
    code: str
    detail: str


class WhatIf(TypedDict):
    """The state with hypothetical events, the difference that they make, and what recording them would warn of."""

    state: HypotheticalState
    diff: Differences
    warnings: list[EventWarning]


class LineageStep(TypedDict):
    """A correction, voiding, reinstatement or erasure of an event."""

    id: str
    type: str
    version: Version
    position: Position
    recorded_at: Instant
    recorded_by: str
    occurred: str
    published: str | None
    by: str | None
    cause: str | None
    reason: str | None
    stands: bool
    changes: NotRequired[dict[str, Any]]


class Revisions(TypedDict):
    """What the record says about one of its events."""

    id: str
    status: Literal["stands", "corrected", "voided", "erased"]
    about: str | None
    corrections: list[LineageStep]
    voiding: LineageStep | None
    reinstatement: LineageStep | None
    steps: list[LineageStep]
    reads: dict[str, Any]


class Lineage(Revisions):
    """An event as it was asserted, and what the record says about it."""

    assertion: RecordedEvent
