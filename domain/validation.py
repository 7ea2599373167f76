"""Validation of a single event: the format of each text, dates that contradict each other.

Events are validated before they are recorded, and not when they are read from the log. Their types are correct already:
decoding checks them.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import Any

from domain.envelope import Payload, Submission
from domain.errors import Problem
from domain.fields.description import ValueType, describe
from domain.fields.types import TextFormat, Within
from domain.fields.value_faults import LONGEST_TEXT
from domain.time.edtf import When
from domain.time.spans import is_empty_span

Walk = Callable[[Any, str], Iterator[Problem]]

Predicate = Callable[[Any], bool]


def is_valid(submission: Submission) -> bool:
    """Whether a decoded submission has no fault: then `problems` yields nothing, in more time."""
    data = submission.payload.data
    kind: Any = type(data)
    if not (1 <= submission.schema_version <= data.VERSION and _are_identifiers(submission)):
        return False
    if not (_holds(Payload)(submission.payload) and _holds(kind)(data)):
        return False
    return next(chain(_of_the_ledger(submission), data.check(), _dates(submission)), None) is None


def problems(submission: Submission) -> Iterator[Problem]:
    """Every fault of a decoded submission, with pointers from the event."""
    yield from identifiers(submission)
    for walk in _walks(Payload):
        yield from walk(submission.payload, "")
    if submission.schema_version > submission.payload.data.VERSION or submission.schema_version < 1:
        newest = submission.payload.data.VERSION
        detail = (
            f"schema_version {submission.schema_version} of {submission.type} is not known: the newest is {newest}."
        )
        yield Problem("/schema_version", "unknown-schema-version", detail)
    kind: Any = type(submission.payload.data)
    faults = [fault for walk in _walks(kind) for fault in walk(submission.payload.data, "/data")]
    yield from faults
    yield from _of_the_ledger(submission)
    if not faults:  # it may compute with the values, and those that are refused cannot be computed with
        yield from submission.payload.data.check()
    yield from _dates(submission)


def _of_the_ledger(submission: Submission) -> Iterator[Problem]:
    given = submission.sent.get("data")
    for name in sorted(submission.payload.data.OF_THE_LEDGER):
        if isinstance(given, Mapping) and given.get(name) is not None:
            detail = f"{name} of {submission.type} is set by the ledger only: leave it out."
            yield Problem(f"/data/{name}", "ledger-only", detail)


def identifiers(submission: Submission) -> Iterator[Problem]:
    """Faults of the ids in the leaf."""
    for walk in _identifier_walks():
        yield from walk(submission, "")


@cache
def _identifier_walks() -> tuple[Walk, ...]:
    described = describe(Submission)
    walks = ((name, _walk(described[name].types)) for name in ("deal_id", "id"))
    return tuple(_member(name, walk) for name, walk in walks if walk is not None)


def _are_identifiers(submission: Submission) -> bool:
    return all(holds(getattr(submission, name)) for name, holds in _identifier_predicates())


@cache
def _identifier_predicates() -> tuple[tuple[str, Predicate], ...]:
    described = describe(Submission)
    predicates = ((name, _predicate(described[name].types)) for name in ("deal_id", "id"))
    return tuple((name, holds) for name, holds in predicates if holds is not None)


def _dates(submission: Submission) -> Iterator[Problem]:
    data = submission.payload.data
    own, outer = getattr(data, "effective", None), submission.payload.effective
    if own is not None and outer is not None and own != outer:
        detail = f"data.effective {own} and effective {outer} differ: they are one date, so give it once."
        yield Problem("/effective", "contradictory-dates", detail)
    until = getattr(data, "until", None)
    if isinstance(until, When):
        start = getattr(data, "since", None) or own or outer or submission.occurred
        if is_empty_span(start, until, through=data.THROUGH):
            before = "before" if data.THROUGH else "at or before"
            detail = f"until {until} lies {before} its start {start}, so it would never apply: swap or correct them."
            yield Problem("/data/until", "reversed-range", detail)


def _number(bounds: Within) -> Walk:
    def walk(number: Any, pointer: str) -> Iterator[Problem]:
        try:
            bounds.check(number)
        except ValueError as fault:
            yield Problem(pointer, "out-of-range", str(fault))

    return walk


def _text(shape: TextFormat) -> Walk:
    def walk(text: Any, pointer: str) -> Iterator[Problem]:
        if len(text) > LONGEST_TEXT:
            yield Problem(
                pointer, "too-long", f"{len(text)} characters exceed the maximum of {LONGEST_TEXT}: shorten the text."
            )
            return
        try:
            shape.check(text)
        except ValueError as fault:
            yield Problem(pointer, f"invalid-{shape.name.replace(' ', '-')}", str(fault))

    return walk


@cache
def _walks(cls: Any) -> tuple[Walk, ...]:
    return tuple(
        _member(field.name, walk) for field in describe(cls).values() if (walk := _walk(field.types)) is not None
    )


def _member(name: str, inner: Walk) -> Walk:
    def walk(value: Any, pointer: str) -> Iterator[Problem]:
        member = getattr(value, name)
        if member is not None:
            yield from inner(member, f"{pointer}/{name}")

    return walk


def _walk(types: tuple[ValueType, ...]) -> Walk | None:
    """What a value of these types has to be held to, beyond its type; None where there is nothing."""
    return next((walk for each in types if (walk := _walk_of(each)) is not None), None)


def _walk_of(kind: ValueType) -> Walk | None:
    if kind.bounds is not None:
        return _number(kind.bounds)
    if kind.text_format is not None:
        return _text(kind.text_format)
    if kind.is_list:
        each = _walk(kind.items)
        return _every(each) if each else None
    return _record(kind.nested) if kind.nested is not None else None


def _every(inner: Walk) -> Walk:
    def walk(values: Any, pointer: str) -> Iterator[Problem]:
        for index, value in enumerate(values):
            yield from inner(value, f"{pointer}/{index}")

    return walk


def _record(cls: type) -> Walk:
    def walk(value: Any, pointer: str) -> Iterator[Problem]:
        for each in _walks(cls):
            yield from each(value, pointer)

    return walk


@cache
def _holds(cls: Any) -> Predicate:
    """Whether each member of a value of this class is what `_walks` asks of it."""
    described = describe(cls).values()
    members = [(each.name, holds) for each in described if (holds := _predicate(each.types)) is not None]

    def holds_all(value: Any) -> bool:
        for name, holds in members:
            member = getattr(value, name)
            if member is not None and not holds(member):
                return False
        return True

    return holds_all


def _predicate(types: tuple[ValueType, ...]) -> Predicate | None:
    """Whether a value of these types is what `_walk` asks of it; None where it asks nothing."""
    return next((holds for each in types if (holds := _predicate_of(each)) is not None), None)


def _predicate_of(kind: ValueType) -> Predicate | None:
    if kind.bounds is not None:
        return _passes(kind.bounds.check)
    if kind.text_format is not None:
        passes = _passes(kind.text_format.check)
        return lambda text: len(text) <= LONGEST_TEXT and passes(text)
    if kind.is_list:
        each = _predicate(kind.items)
        return (lambda values: all(map(each, values))) if each else None
    return _holds(kind.nested) if kind.nested is not None else None


def _passes(check: Callable[[Any], object]) -> Predicate:
    def passes(value: Any) -> bool:
        try:
            check(value)
        except ValueError:
            return False
        return True

    return passes
