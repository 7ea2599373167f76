"""A state as a document that is hashed and compared once for each entry that changes.

Successive states of a replay differ in few entries. Each document shares the unchanged ones with the one before, as the
same objects: so a comparison passes over them, and their canonical bytes are not made again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import orjson

from domain.state import COUNTERS, without_counters
from ledger.encoding.canonical_json import canonical, composed


@dataclass(frozen=True, slots=True)
class Value:
    """A value without its day counters."""

    source: Any
    """As it was derived, counters included."""
    encoded: bytes
    """That as bytes: equal bytes are equal values."""

    plain: Any
    canonical: bytes


@dataclass(frozen=True, slots=True)
class Section:
    """An object, member by member."""

    source: Any
    """As it was derived, counters included."""
    members: Mapping[str, Value]
    plain: Any
    canonical: bytes


Part = Value | Section


@dataclass(frozen=True)
class Document:
    """A state without its day counters."""

    parts: Mapping[str, Part]

    @cached_property
    def plain(self) -> dict[str, Any]:
        """As plain JSON."""
        return {name: part.plain for name, part in self.parts.items()}

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of its canonical bytes."""
        return sha256(composed({name: part.canonical for name, part in self.parts.items()})).hexdigest()

    def followed_by(self, sections: Mapping[str, Any]) -> "Document":
        """The document of the next state; this one where they are equal."""
        parts = {name: _part(self.parts.get(name), value) for name, value in sections.items() if name not in COUNTERS}
        return self if _same(parts, self.parts) else Document(parts)


EMPTY = Document({})


def _same(parts: Mapping[str, object], others: Mapping[str, object]) -> bool:
    return parts.keys() == others.keys() and all(part is others[name] for name, part in parts.items())


def _part(before: Part | None, value: Any) -> Part:
    if before is not None and before.source is value:
        return before
    if not isinstance(value, dict):
        return _value(before, value)
    held = before.members if isinstance(before, Section) else {}
    members = {name: _value(held.get(name), each) for name, each in value.items() if name not in COUNTERS}
    if isinstance(before, Section) and _same(members, held):
        return before
    plain = {name: member.plain for name, member in members.items()}
    return Section(value, members, plain, composed({name: member.canonical for name, member in members.items()}))


def _value(before: Part | None, value: Any) -> Value:
    if isinstance(before, Value) and before.source is value:
        return before
    encoded = orjson.dumps(value)
    if isinstance(before, Value) and before.encoded == encoded:
        return before
    plain = without_counters(value)
    return Value(value, encoded, plain, canonical(plain))
