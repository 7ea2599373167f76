"""The statuses of a deadline, and which of them are open, running, demanded or over.

The entries of the section `deadlines` are read here, for the lists, the page, the calendar and the command line alike.
"""

from collections.abc import Mapping
from typing import Any, Literal

from domain.state_paths import ERASED, members

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

OVER = OUTCOMES | {WITHDRAWN}
"""Nothing more is expected of it; one that is past due still has no outcome."""

STATUSES = ("pending", "extended", "tolled", "enjoined", "not_enforced", PAST_DUE, "met", "lapsed", WITHDRAWN)

STATUS_MEANINGS = {
    "pending": "running", "extended": "running, extended", "tolled": "stopped, its clock paused",
    "enjoined": "suspended by a court", "not_enforced": "not enforced", "met": "met", "lapsed": "lapsed",
    "past_due": "past due, with no outcome on record", "withdrawn": "withdrawn",
}  # fmt: skip
"""Status of a deadline -> what it means, after `is`."""


def rank(name: str, deadline: Mapping[str, Any], state: Mapping[str, Any]) -> int:
    """The place of an entry of a state in a list, before its day counts: overdue and binding, past due, open, over."""
    kind = standing(deadline)
    if kind == "overdue":
        return 0 if name in members((state.get("next_deadline") or {}).get("overdue")) else 1
    return 2 if kind == "open" else 3


def overdue_words(deadline: Mapping[str, Any]) -> str:
    """How long an entry has been overdue, `overdue 3 days`; empty for one that is not, or whose day was erased."""
    days = deadline.get("days_left")
    if standing(deadline) != "overdue" or not isinstance(days, int):
        return ""
    if days == 0:
        return "overdue since today"
    return f"overdue {-days} day" if days == -1 else f"overdue {-days} days"


def standing(deadline: Mapping[str, Any]) -> Standing:
    """The group of an entry of the section: one whose status was erased may be open, so it is not hidden; the end of
    the deal ends every deadline that it freezes, and takes what was past due then off the lists."""
    if deadline.get("frozen") is True or deadline.get("past_due_at_end") is True:
        return "over"
    if deadline["status"] in OPEN or deadline["status"] == ERASED:
        return "open"
    return "overdue" if deadline["status"] == PAST_DUE else "over"
