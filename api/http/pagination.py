"""Cursors of lists: an opaque mark of the last item shown, which holds its place in the order of the list."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import orjson


def encode(*place: str | int) -> str:
    """The cursor of a place."""
    return urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode(cursor: str) -> Any:
    """What a cursor holds; None for a text that is no cursor."""
    try:
        return orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error):
        return None
