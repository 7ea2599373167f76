"""What a text lacks that does not have the form which a parameter or member declares."""

from collections.abc import Callable
from typing import Any

from domain.fields.identifiers import EVENT_ID, REF, event_id, ref

DAYS_AHEAD = "^[0-9]{1,5}d$"
"""A number of days from now, such as 30d."""


def days_ahead(text: str) -> str:
    """A number of days from now. Raises ValueError for another text."""
    raise ValueError(f"{text[:64]!r} is no number of days: write one such as 30d")


_FORMS: dict[str, Callable[[str], str]] = {f"^{REF}$": ref, f"^{EVENT_ID}$": event_id, DAYS_AHEAD: days_ahead}
"""Each declared form -> the check that says what a text lacks."""


def pattern_fault(error: Any) -> str | None:
    """The sentence about an error of pydantic, without its full stop; None for an error that is about no such form."""
    check = _FORMS.get((error.get("ctx") or {}).get("pattern", ""))
    if check is None or error["type"] != "string_pattern_mismatch" or not isinstance(error.get("input"), str):
        return None
    try:
        check(error["input"])
    except ValueError as fault:
        return str(fault).removesuffix(".")
    return None
