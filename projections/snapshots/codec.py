"""Entities as bytes and back: MessagePack, one decoder per kind.

Snapshots are disposable, so their form may change: those of another version of the code are not trusted.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import msgspec

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.folded_deal import EntityKey
from domain.time.edtf import When

_WHEN = 1


def _out(value: Any) -> Any:
    if isinstance(value, When):
        return msgspec.msgpack.Ext(_WHEN, value.text.encode())
    raise NotImplementedError(f"{type(value).__name__} has no place in a checkpoint")


def _ext(code: int, data: memoryview) -> Any:
    if code == _WHEN:
        return When.parse(bytes(data).decode())
    raise ValueError(f"a checkpoint of this form holds no extension {code}")


def _custom(kind: type, value: Any) -> Any:
    if kind is When and isinstance(value, When):
        return value
    raise ValueError(f"{value!r} is no {kind.__name__}")


class Stored(msgspec.Struct, array_like=True):
    """One entity: its kind, itself without the other readings in its origin, and those."""

    kind: str
    thing: msgspec.Raw
    as_reported: msgspec.Raw
    facts_only: msgspec.Raw


_encoder = msgspec.msgpack.Encoder(enc_hook=_out)
_stored = msgspec.msgpack.Decoder(list[Stored])
_NONE = msgspec.Raw(b"\xc0")


def encode(things: dict[EntityKey, Entity]) -> bytes:
    """The bytes of a folded deal."""
    return _encoder.encode([_stored_of(thing) for thing in things.values()])


def _stored_of(thing: Entity) -> Stored:
    origin = thing.origin
    return Stored(thing.KIND, _bytes_of(thing), _bytes_of(origin.as_reported), _bytes_of(origin.facts_only))


def _bytes_of(thing: Entity | None) -> msgspec.Raw:
    """An entity without the other readings in its origin, and without its steps, which the ledger has."""
    if thing is None:
        return _NONE
    bare = thing.replace(origin=replace(thing.origin, as_reported=None, facts_only=None, steps=()))
    return msgspec.Raw(_encoder.encode(bare))


def decode(data: bytes) -> dict[EntityKey, Entity]:
    """A folded deal from its bytes."""
    things: dict[EntityKey, Entity] = {}
    for stored in _stored.decode(data):
        thing = _read(stored.kind, stored.thing)
        assert thing is not None
        if stored.as_reported != _NONE or stored.facts_only != _NONE:
            as_reported, facts_only = (_read(stored.kind, each) for each in (stored.as_reported, stored.facts_only))
            thing = thing.replace(origin=replace(thing.origin, as_reported=as_reported, facts_only=facts_only))
        things[stored.kind, thing.id] = thing
    return things


def _read(kind: str, data: msgspec.Raw) -> Entity | None:
    return None if data == _NONE else _keyed(_decoder(kind).decode(data))


def _keyed(thing: Entity) -> Entity:
    """Keys of fold order inside free-form entries are tuples again: lists do not compare with them."""
    for name in _WITH_KEYS.get(thing.KIND, ()):
        entries = tuple({**each, "key": tuple(each["key"])} if "key" in each else each for each in getattr(thing, name))
        thing = thing.replace(**{name: entries})
    return thing


_WITH_KEYS = {"case": ("rulings",), "party": ("representatives",)}


@cache
def _decoder(kind: str) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(ENTITY_TYPES[kind], dec_hook=_custom, ext_hook=_ext)
