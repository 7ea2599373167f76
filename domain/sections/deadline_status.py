"""The statuses of a deadline, and which of them are open, running, demanded or over.

The entries of the section `deadlines` are read here, for the lists, the page, the calendar and the command line alike.
"""

from collections.abc import Mapping
from typing import Any, Literal

from domain.state_paths import ERASED

Standing = Literal["open", "overdue", "over"]

PAST_DUE = "past_due"
WITHDRAWN = "withdrawn"

RUNNING = frozenset({"pending", "extended"})
"""Its clock runs; of these alone a notice is sent ahead of the day."""

DEMANDED = RUNNING | {"tolled"}
"""A party insists on it."""

OPEN = DEMANDED | {"enjoined", "not_enforced"}
"""It may still come due."""

OUTCOMES = frozenset({"met", "lapsed"})
"""An event gave it for good; the end of the deal does not change it."""

DONE = OUTCOMES | {PAST_DUE}
"""The day itself has passed or was answered for."""

OVER = DONE | {WITHDRAWN}
"""It cannot come due any more."""


def standing(deadline: Mapping[str, Any]) -> Standing:
    """The group of an entry of the section: one whose status was erased may be open, so it is not hidden; the end of
    the deal ends every deadline that it freezes."""
    if deadline.get("frozen"):
        return "over"
    if deadline["status"] in OPEN or deadline["status"] == ERASED:
        return "open"
    return "overdue" if deadline["status"] == PAST_DUE else "over"
