"""Ids that the server gives: in the order of time, or the same again for the same key."""

import time
from os import urandom
from uuid import NAMESPACE_URL, UUID, uuid5


def time_ordered() -> str:
    """A UUID of version 7 (RFC 9562, section 5.7): 48 bits of milliseconds, 74 random ones."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    return str(UUID(int=value & ~(0b11 << 62) | 0b10 << 62))


def of_key(log: str, key: str, index: int) -> str:
    """The id that an Idempotency-Key gives to the event of this place in the body: a UUID of version 5."""
    return str(uuid5(uuid5(NAMESPACE_URL, log), f"{key}/{index}"))
