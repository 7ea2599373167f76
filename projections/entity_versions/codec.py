"""Entities as bytes and back: MessagePack, one decoder per kind.

The rows are disposable, so their form may change: those of another version of the code are not trusted.
"""

import zlib
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
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


class Stored(msgspec.Struct, array_like=True):
    """One entity: its kind, itself without the other readings in its origin, and those."""

    kind: str
    entity: msgspec.Raw
    as_reported: msgspec.Raw
    facts_only: msgspec.Raw


_encoder = msgspec.msgpack.Encoder(enc_hook=_out)
_stored = msgspec.msgpack.Decoder(Stored)
_NONE = msgspec.Raw(b"\xc0")

COMPRESSED_FROM = 1_024
"""Bytes of an entity from which on it is compressed."""

_PLAIN, _COMPRESSED = b"\0", b"\1"


def encode(entity: Entity) -> bytes:
    """The bytes of an entity with its provenance: the same for the same entity in every process."""
    origin = entity.origin
    stored = Stored(entity.KIND, _bytes_of(entity), _bytes_of(origin.as_reported), _bytes_of(origin.facts_only))
    data = _encoder.encode(stored)
    return _PLAIN + data if len(data) < COMPRESSED_FROM else _COMPRESSED + zlib.compress(data, 1)


def _bytes_of(entity: Entity | None) -> msgspec.Raw:
    """An entity without the other readings in its origin, and without its steps, which the ledger has."""
    if entity is None:
        return _NONE
    origin: Any = replace(entity.origin, as_reported=None, facts_only=None, steps=())
    in_order: Any = tuple(sorted(origin.by_fact))
    return msgspec.Raw(_encoder.encode(entity.replace(origin=replace(origin, by_fact=in_order))))


def decode(body: bytes) -> Entity:
    """An entity from its bytes. Raises ValueError, zlib.error."""
    stored = _stored.decode(zlib.decompress(body[1:]) if body[:1] == _COMPRESSED else body[1:])
    entity = _read(stored.kind, stored.entity)
    assert entity is not None
    if stored.as_reported != _NONE or stored.facts_only != _NONE:
        as_reported, facts_only = (_read(stored.kind, each) for each in (stored.as_reported, stored.facts_only))
        entity = entity.replace(origin=replace(entity.origin, as_reported=as_reported, facts_only=facts_only))
    return entity


def _read(kind: str, data: msgspec.Raw) -> Entity | None:
    return None if data == _NONE else _keyed(_decoder(kind).decode(data))


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
