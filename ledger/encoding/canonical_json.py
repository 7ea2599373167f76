"""Canonical JSON (RFC 8785): the bytes that are stored, compared and hashed.

orjson with sorted keys writes the same bytes as RFC 8785 where all keys are ASCII and all values are strings, booleans,
null or integers within 2^53 - 1; a property test holds it to that. Everything else goes through `rfc8785`, which is
some fifty times slower and rare.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import rfc8785

from domain.errors import InvalidInput, Problem

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 200
"""Nesting beyond this is refused; orjson itself stops at 254."""


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of `value` (plain JSON values; mappings with string keys).

    Raises InvalidInput, with a JSON pointer, for what has no canonical form: integers beyond 2^53 - 1, NaN and
    infinities, lone surrogates, other Python types, or nesting deeper than MAX_DEPTH.
    """
    if _is_plain(value):
        try:
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except orjson.JSONEncodeError:  # a lone surrogate: `rfc8785` says where
            return _exact(value)
    return _exact(value)


def composed(members: Mapping[str, bytes]) -> bytes:
    """The RFC 8785 bytes of an object whose members' values are written already."""
    names = sorted(members, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return b"{%b}" % b",".join(b"%b:%b" % (canonical(name), members[name]) for name in names)


def decode(data: bytes) -> Any:
    """The value of canonical bytes; an integer beyond 2^53 - 1 in them is a float as RFC 8785 writes it."""
    return json.loads(data, parse_int=_number) if has_long_number(data) else orjson.loads(data)


def has_long_number(data: bytes) -> bool:
    """Whether these bytes may hold an integer beyond 2^53 - 1."""
    return _LONG in data.translate(_DIGITS_AS_ZERO)


def _number(text: str) -> int | float:
    value = int(text)
    return value if -MAX_INTEGER <= value <= MAX_INTEGER else float(text)


_LONG = b"0" * 16
_DIGITS_AS_ZERO = bytes.maketrans(b"123456789", b"0" * 9)
"""A search for equal digits in what this table makes is six times as fast as one for a pattern."""


def _is_plain(value: Any) -> bool:
    """Whether orjson writes the canonical bytes: asked of every event, so level by level and without a call for each
    member."""
    level: list[Any] = [value] if type(value) in (dict, list) else [[value]]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for container in level:
            if type(container) is dict:
                try:
                    if not all(map(str.isascii, container)):
                        return False
                except TypeError:  # a key that is no text
                    return False
                members: Iterable[Any] = container.values()
            else:
                members = container
            for member in members:
                kind = type(member)
                if kind is str or kind is bool or member is None:
                    continue
                if kind is dict or kind is list:
                    below.append(member)
                elif kind is not int or not -MAX_INTEGER <= member <= MAX_INTEGER:
                    return False
        if not below:
            return True
        level = below
    return False  # nested so deep that it may have to be refused


def _exact(value: Any) -> bytes:
    _refuse(value, "", 0)
    return rfc8785.dumps(_as_json(value))


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_json(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_as_json(member) for member in value]
    return value


def _refuse(value: Any, pointer: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _invalid(pointer, f"values are nested more than {MAX_DEPTH} deep; flatten them")
    if isinstance(value, str):
        if not _is_unicode(value):
            raise _invalid(pointer, "the text holds a lone surrogate, which is no Unicode character; remove it")
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            shown = str(value) if abs(value) < 10**40 else f"An integer of {value.bit_length()} bits"
            raise _invalid(pointer, f"{shown} is beyond 2^53 - 1, where JSON readers lose digits; send it as a string")
    elif isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            name = "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
            raise _invalid(pointer, f"{name} is not a JSON number; send null or leave the field out")
    elif isinstance(value, Mapping):
        for key, member in value.items():
            if not isinstance(key, str) or not _is_unicode(key):
                raise _invalid(pointer, f"the member name {key!r} is not Unicode text")
            _refuse(member, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}", depth + 1)
    elif isinstance(value, list | tuple):
        for index, member in enumerate(value):
            _refuse(member, f"{pointer}/{index}", depth + 1)
    else:
        raise _invalid(pointer, f"a value of type {type(value).__name__} has no place in JSON")


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _invalid(pointer: str, detail: str) -> InvalidInput:
    return InvalidInput(detail[0].upper() + detail[1:] + ".", problems=(Problem(pointer, "not-canonical", detail),))
