"""Cursors of lists: an opaque encoding of the sort key of the last item shown."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson


def encode(*place: str | int) -> str:
    """The cursor of a sort key."""
    return urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode(cursor: str) -> Any:
    """The sort key of a cursor; None for an invalid one."""
    try:
        return orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        return None
