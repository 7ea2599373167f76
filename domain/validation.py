"""What is wrong with a development in itself: the shape of each text, dates that contradict each other.

The door asks before anything is recorded; the archive never does. Types are right already when this is reached: whoever
decoded saw to that.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from domain.envelope import Payload, Submission
from domain.errors import Problem
from domain.fields.types import EventId, Ref, TextFormat, Within
from domain.time.edtf import When
from domain.time.spans import never_holds

Walk = Callable[[Any, str], Iterator[Problem]]

DATA_LIMIT = 60 * 1024
"""Characters of one text: as many as an event may have bytes, so that only a text which fits in none is refused."""


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
    for walk in _walks(kind):
        yield from walk(submission.payload.data, "/data")
    yield from _of_the_ledger(submission)
    yield from submission.payload.data.check()
    yield from _dates(submission)


def _of_the_ledger(submission: Submission) -> Iterator[Problem]:
    given = submission.sent.get("data")
    for name in sorted(submission.payload.data.OF_THE_LEDGER):
        if isinstance(given, Mapping) and given.get(name) is not None:
            detail = f"{name} of {submission.type} is filled in by the ledger alone: leave it out."
            yield Problem(f"/data/{name}", "ledger-only", detail)


def identifiers(submission: Submission) -> Iterator[Problem]:
    """Faults of the ids that stand in the leaf."""
    for pointer, text, hint in (("/deal_id", submission.deal_id, Ref), ("/id", submission.id, EventId)):
        walk = _walk(hint)
        if walk is not None:
            yield from walk(text, pointer)


def _dates(submission: Submission) -> Iterator[Problem]:
    data = submission.payload.data
    own, outer = getattr(data, "effective", None), submission.payload.effective
    if own is not None and outer is not None and own != outer:
        detail = f"data.effective {own} and effective {outer} are one value: give it once, or twice the same."
        yield Problem("/effective", "contradictory-dates", detail)
    until = getattr(data, "until", None)
    if isinstance(until, When):
        start = getattr(data, "since", None) or own or outer or submission.occurred
        if never_holds(start, until, through=data.THROUGH):
            before = "before" if data.THROUGH else "at or before"
            detail = f"until {until} lies {before} its start {start}, so it would never hold: swap or mend them."
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
        if len(text) > DATA_LIMIT:
            yield Problem(pointer, "too-long", f"{len(text)} characters are more than {DATA_LIMIT}: shorten the text.")
            return
        try:
            shape.check(text)
        except ValueError as fault:
            yield Problem(pointer, f"invalid-{shape.name.replace(' ', '-')}", str(fault))

    return walk


@cache
def _walks(cls: Any) -> tuple[Walk, ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        _member(each.name, walk)
        for each in fields(cls)
        if each.name in hints and (walk := _walk(hints[each.name])) is not None
    )


def _member(name: str, inner: Walk) -> Walk:
    def walk(value: Any, pointer: str) -> Iterator[Problem]:
        member = getattr(value, name)
        if member is not None:
            yield from inner(member, f"{pointer}/{name}")

    return walk


def _walk(hint: Any) -> Walk | None:
    """What a value of this annotation has to be held to, beyond its type; None where there is nothing."""
    origin = get_origin(hint)
    if origin is Annotated:
        shape = next((each for each in hint.__metadata__ if isinstance(each, TextFormat | Within)), None)
        return _number(shape) if isinstance(shape, Within) else _text(shape) if shape else None
    if origin in (Union, UnionType):
        inner = [walk for arm in get_args(hint) if arm is not NoneType and (walk := _walk(arm)) is not None]
        return inner[0] if inner else None
    if origin is tuple:
        each = _walk(get_args(hint)[0])
        return _every(each) if each else None
    if isinstance(hint, type) and is_dataclass(hint) and hint is not When:
        return _record(hint)
    return None


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
