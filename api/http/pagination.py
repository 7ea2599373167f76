"""Cursors of lists: an opaque encoding of the sort key of the last item shown."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson

from domain.errors import BadQuestion, Problem
from domain.fields.text import unstorable


def encode_cursor(*place: str | int) -> str:
    """The cursor of a sort key."""
    return urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode_cursor(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key that a cursor holds, its members of these types. Raises BadQuestion."""
    try:
        place = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        raise foreign_cursor() from None
    if not isinstance(place, list) or tuple(map(type, place)) != kinds or not all(map(_is_storable, place)):
        raise foreign_cursor()
    return tuple(place)


def _is_storable(member: str | int) -> bool:
    """Whether PostgreSQL can compare it with what is stored: an integer of 64 bits, a text without NUL."""
    return unstorable(member) is None if isinstance(member, str) else -(2**63) <= member < 2**63


def foreign_cursor(order: str = "") -> BadQuestion:
    """The refusal of a cursor that is not of this list, or not of this order of it."""
    within = f" in the order {order!r}" if order else ""
    told = f"The cursor does not belong to this list{within}: take `next` from its last page as it is."
    return BadQuestion(told, problems=(Problem("/cursor", "bad-parameter", told),))
