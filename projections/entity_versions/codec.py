"""Entities as bytes and back: MessagePack, one decoder per kind.

An entity may be encoded against an earlier one, its base: of each tuple that begins as that of the base does, such as a
history, only what follows is written. The rows are disposable, so their form may change: those of another version of
the code are not trusted.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from operator import eq, is_
from typing import Any

import msgspec

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity, Provenance
from domain.time.edtf import When

_WHEN = 1


def _out(value: Any) -> Any:
    if isinstance(value, When):
        return msgspec.msgpack.Ext(_WHEN, value.text.encode())
    raise NotImplementedError(f"{type(value).__name__} has no place in an entity version")


def _ext(code: int, data: memoryview) -> Any:
    if code == _WHEN:
        return When.parse(bytes(data).decode())
    raise ValueError(f"an entity version of this form holds no extension {code}")


def _custom(kind: type, value: Any) -> Any:
    if kind is When and isinstance(value, When):
        return value
    raise ValueError(f"{value!r} is no {kind.__name__}")


class Reference(msgspec.Struct, array_like=True, frozen=True):
    """The row of the same entity on which another is based."""

    start: int
    rank: int
    version: int
    known_from: int
    digest: bytes
    """SHA-256 of its body."""


@dataclass(slots=True)
class Link:
    """An entity as a row has it; others of the same entity may be based on it."""

    entity: Entity
    level: int
    """The power of 16 of which the row passed a multiple; 0: of none."""
    reference: Reference


SharedCounts = dict[str, int]
"""Of each tuple that begins as that of the base, the number of members that are left out."""


class Stored(msgspec.Struct, array_like=True):
    """One entity: its kind, itself without the other readings in its origin, and those."""

    kind: str
    level: int
    """See `Link`."""
    base: Reference | None
    shared: tuple[SharedCounts, SharedCounts, SharedCounts]
    """Of the entity and of the other readings."""
    entity: msgspec.Raw
    as_reported: msgspec.Raw
    facts_only: msgspec.Raw


_encoder = msgspec.msgpack.Encoder(enc_hook=_out)
_stored = msgspec.msgpack.Decoder(Stored)
_NONE = msgspec.Raw(b"\xc0")

COMPRESSED_FROM = 1_024
"""Bytes of an entity from which on it is compressed."""

_PLAIN, _COMPRESSED = b"\0", b"\1"


def encode(entity: Entity, level: int = 0, base: Link | None = None) -> bytes:
    """The bytes of an entity with its provenance: the same for the same entity and base in every process."""
    earlier, named = (None, None) if base is None else (base.entity, base.reference)
    shared: tuple[SharedCounts, SharedCounts, SharedCounts] = ({}, {}, {})
    readings = [
        _bytes_of(reading, before, of_it)
        for reading, before, of_it in zip(_readings(entity), _readings(earlier), shared, strict=True)
    ]
    data = _encoder.encode(Stored(entity.KIND, level, named, shared, *readings))
    return _PLAIN + data if len(data) < COMPRESSED_FROM else _COMPRESSED + zlib.compress(data, 1)


def _readings(entity: Entity | None) -> tuple[Entity | None, Entity | None, Entity | None]:
    return (None, None, None) if entity is None else (entity, entity.origin.as_reported, entity.origin.facts_only)


def _bytes_of(entity: Entity | None, base: Entity | None, shared: SharedCounts) -> msgspec.Raw:
    """An entity without the other readings in its origin, and without its steps, which the ledger has."""
    if entity is None:
        return _NONE
    was = entity.origin
    by_fact: Any = tuple(sorted(was.by_fact))  # a set has no order, and equal entities have equal bytes
    origin = Provenance(
        was.because, was.causes, was.facts, by_fact, was.by_report, None, None, was.reports, was.keys, was.anomalies,
        was.erased,
    )  # fmt: skip
    changes = {"origin": origin}
    if base is not None:
        changes |= _rest(entity, base, shared)
        for name in _ORIGIN:
            rest = _after(getattr(was, name), getattr(base.origin, name), shared, f"{_OWED}{name}")
            if rest is not None:
                setattr(origin, name, rest)
        causes = {
            name: rest
            for name, events in was.causes.items()
            if (rest := _after(events, base.origin.causes.get(name, ()), shared, f"{_CAUSES}{name}")) is not None
        }
        if causes:
            origin.causes = {**was.causes, **causes}
    return msgspec.Raw(_encoder.encode(entity.replace(**changes)))


_ORIGIN = ("because", "keys", "reports", "anomalies")
_OWED, _CAUSES = "origin.", "causes."
_LEAST = 8
"""Members that a tuple has in common with that of the base, at least: fewer are written again."""


def _rest(entity: Entity, base: Entity, shared: SharedCounts) -> dict[str, Any]:
    """Of each field that is a tuple what follows the members that the base has too, which are then the same objects:
    equal ones may be encoded differently, as 1 and true are."""
    theirs = base.__dict__
    return {
        name: rest
        for name, value in entity.__dict__.items()
        if type(value) is tuple and (rest := _after(value, theirs.get(name), shared, name, is_)) is not None
    }


def _after(
    value: tuple[Any, ...], before: Any, shared: SharedCounts, name: str, is_same: Callable[[Any, Any], bool] = eq
) -> tuple[Any, ...] | None:
    """What follows the beginning that a tuple has in common with that of the base; None where it is written whole."""
    if type(before) is not tuple or len(before) < _LEAST or len(value) < _LEAST:
        return None
    same = len(before)
    if len(value) < same or not all(map(is_same, value, before)):
        same = next((at for at, pair in enumerate(zip(value, before, strict=False)) if not is_same(*pair)), len(value))
    if same < _LEAST:
        return None
    shared[name] = same
    return value[same:]


def parse(body: bytes) -> Stored:
    """What a row holds, its entity not decoded yet. Raises ValueError, zlib.error."""
    return _stored.decode(zlib.decompress(body[1:]) if body[:1] == _COMPRESSED else body[1:])


def decode(stored: Stored, base: Entity | None = None) -> Entity:
    """An entity from what its row holds. Raises ValueError."""
    entity, as_reported, facts_only = (
        _read(stored.kind, data, before, shared)
        for data, before, shared in zip(
            (stored.entity, stored.as_reported, stored.facts_only), _readings(base), stored.shared, strict=True
        )
    )
    assert entity is not None
    if as_reported is not None or facts_only is not None:
        entity = entity.replace(origin=replace(entity.origin, as_reported=as_reported, facts_only=facts_only))
    return entity


def _read(kind: str, data: msgspec.Raw, base: Entity | None, shared: SharedCounts) -> Entity | None:
    if data == _NONE:
        return None
    entity = _keyed(_decoder(kind).decode(data))
    return entity if base is None or not shared else _joined(entity, base, shared)


def _joined(entity: Entity, base: Entity, shared: SharedCounts) -> Entity:
    """An entity with what it has in common with its base."""
    origin, was = entity.origin, base.origin
    causes: dict[str, tuple[str, ...]] = {}
    changes: dict[str, Any] = {}
    for name, count in shared.items():
        if name.startswith(_OWED):
            name = name.removeprefix(_OWED)
            setattr(origin, name, getattr(was, name)[:count] + getattr(origin, name))
        elif name.startswith(_CAUSES):
            name = name.removeprefix(_CAUSES)
            causes[name] = was.causes[name][:count] + origin.causes[name]
        else:
            changes[name] = getattr(base, name)[:count] + getattr(entity, name)
    if causes:
        origin.causes = {**origin.causes, **causes}
    return entity.replace(**changes)


def _keyed(entity: Entity) -> Entity:
    """Keys of fold order inside free-form entries are tuples again: lists do not compare with them."""
    for name in _WITH_KEYS.get(entity.KIND, ()):
        entries = tuple(
            {**each, "key": tuple(each["key"])} if "key" in each else each for each in getattr(entity, name)
        )
        entity = entity.replace(**{name: entries})
    return entity


_WITH_KEYS = {"case": ("rulings",), "party": ("representatives",)}


@cache
def _decoder(kind: str) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(ENTITY_TYPES[kind], dec_hook=_custom, ext_hook=_ext)
