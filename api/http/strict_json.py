"""Strict JSON (RFC 8259): UTF-8, no duplicate member, no number or text that cannot be stored exactly."""

import json
import math
import re
from collections import Counter
from typing import Any

import orjson

from api import limits
from api.errors import MalformedJson, counted, invalid_input
from api.http.text_encoding import as_utf8
from domain.fields import text


def parse_json(body: bytes | bytearray, name: str = "The body") -> Any:
    """The value of JSON, which errors call by this name. Raises MalformedJson, for a member given twice too, because
    either value could be the intended one, and InvalidInput for texts that cannot be stored."""
    try:
        body = as_utf8(body)
        value = _DECODER.decode(body.decode())
    except UnicodeDecodeError as fault:
        told = f"{name} is not {fault.encoding.upper()}: byte {fault.start} cannot be read."
        raise MalformedJson(told if fault.encoding == "utf-8" else f"{told} Send it as UTF-8.") from fault
    except json.JSONDecodeError as fault:
        said = f"{fault.msg[:1].lower()}{fault.msg[1:]}"
        raise MalformedJson(f"{name} is not JSON: {said} at line {fault.lineno}, column {fault.colno}.") from fault
    except _Doubled as fault:
        raise MalformedJson(f"The member {str(fault)[:128]!r} appears twice in one object: send it once.") from fault
    except RecursionError as fault:
        raise MalformedJson(f"{name} is nested too deep to be read: flatten it.") from fault
    except ValueError as fault:  # Python reads no integer of more than 4,300 digits
        raise MalformedJson(f"{name} holds a number with thousands of digits: send it as a string.") from fault
    if _UNKEPT.search(body) and (faults := counted(text.problems(value), limits.ERRORS_LISTED)):
        raise invalid_input(faults)
    return value


def parse_plain_json(body: bytes) -> Any:
    """The value of JSON that is read in the same way by a faster decoder; None for any other, and for what is no JSON.

    Left out are escapes of characters, numbers with a fraction or of more than 64 bits, deep nesting, and blanks before
    a colon. Each member then has one `":` in the body, and so has nothing else: there are as many as members, unless a
    member is given twice or a text contains it.
    """
    if b"\\u" in body or _BLANK_BEFORE_COLON.search(body):
        return None
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if _members(value, _DEPTH) == body.count(b'":') else None


_BLANK_BEFORE_COLON = re.compile(rb'"[ \t\r\n]+:')

_DEPTH = 16
"""Levels of nesting that plain JSON may have."""


def _members(value: Any, depth: int) -> float:
    """The number of members of all objects in a value; no number where it is not plain."""
    kind = type(value)
    if kind is dict:
        count: float = len(value)
        value = value.values()
    elif kind is list:
        count = 0
    else:
        return math.nan if kind is float else 0
    if not depth:
        return math.nan
    for each in value:
        kind = type(each)
        if kind is dict or kind is list or kind is float:
            count += _members(each, depth - 1)
    return count


class _Doubled(Exception):
    """An object has a duplicate member."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _Doubled(Counter(name for name, _ in pairs).most_common(1)[0][0])
    return members


def _number(text: str) -> int | float:
    """45.0 is the whole number that it is in canonical JSON, where a whole number is wanted and anywhere else; so are
    1e20 and every float beyond 2^53, and they are refused as such."""
    value = float(text)
    return int(value) if value.is_integer() else value


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_number)

_UNKEPT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
"""Escapes that any text which cannot be stored contains; JSON allows neither character unescaped."""
