"""Witnesses of the log: only cosignatures of configured keys with plausible times are stored, and few of them.

A cosignature by any other key would prove nothing, and would let anyone raise the seal level of an event.
"""

import re

from domain.errors import InvalidInput
from domain.time.instants import SECOND, Moment, iso
from ledger.merkle.note import COSIGNATURE, Key

MOST_WITNESSES = 16
"""The witnesses whose cosignatures are accepted."""

TOLERANCE: Moment = 300 * SECOND
"""By how much the clocks of a witness and of the log may differ."""


class UnknownWitness(InvalidInput):
    """A cosignature by a key that is not of a configured witness."""

    code = "unknown-witness"


def witnesses_of(text: str) -> tuple[Key, ...]:
    """The keys of vkeys separated by commas or spaces. Raises ValueError."""
    keys = tuple(dict.fromkeys(Key.parse(each) for each in re.split(r"[\s,]+", text) if each))
    wrong = next((key for key in keys if key.kind != COSIGNATURE), None)
    if wrong is not None:
        raise ValueError(f"{wrong.name} is the key of a log; a witness signs with a cosignature key (type 0x04)")
    if len(keys) > MOST_WITNESSES:
        raise ValueError(f"{len(keys)} witnesses are more than {MOST_WITNESSES}")
    return keys


def misdated(seconds: int | None, existed_from: Moment, now: Moment) -> str | None:
    """Why the time that a cosignature states cannot be true; None where it can."""
    stated = (seconds or 0) * SECOND
    if stated > now + TOLERANCE:
        return f"It is dated {_told(stated)}, which is still to come."
    if stated < existed_from - TOLERANCE:
        return f"It is dated {_told(stated)}, before that tree existed ({iso(existed_from)})."
    return None


def _told(stated: Moment) -> str:
    try:
        return iso(stated)
    except (ValueError, OverflowError):
        return f"{stated // SECOND} seconds after 1970"
