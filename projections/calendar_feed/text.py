r"""Texts of iCalendar (RFC 5545, 3.3.11), escaped and folded by one rule.

The library takes `\N` inside a text for a line break that its writer meant, so a path such as Q:\Notices would lose its
backslash; and it lets through what RFC 5545 forbids (control characters) and what many readers end a line at (U+2028).
"""

import re
from typing import Any

from icalendar.prop import vText

_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


class Text(vText):
    """A text for any property of a calendar."""

    def to_ical(self) -> bytes:
        """Line breaks unified, tabs as spaces, other control characters and unpaired surrogates removed."""
        return normalize(self).translate(_ESCAPED).encode()


def normalize(text: str) -> str:
    """A text as calendar programs show it."""
    told = _CONTROL.sub("", _BREAK.sub("\n", text)).replace("\t", " ")
    return told.encode("utf-8", "replace").decode()


def texts(*values: Any) -> list[Text]:
    """A list of texts, without those that are absent or empty."""
    return [Text(value) for value in values if value]
