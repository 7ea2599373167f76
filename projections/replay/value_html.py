"""Values of a state or an event as text of a page: dates and amounts in words, members with their labels."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from domain.sentences import amounts
from domain.sentences.dates import date_text, is_date
from domain.sentences.words import capitalized, plain
from domain.state_paths import ABSENT
from projections.temporal.members import is_cause

LONGEST_VALUE = 400
"""Characters of one value; the data has all of it."""


def label(name: str) -> str:
    """The name of a member as a label: `set_by` is Set by. An id is shown as it is written."""
    return name if "-" in name or name[:1].isdigit() else capitalized(plain(name))


def place_html(tokens: Sequence[str]) -> str:
    """A place in the state: its section, its entry and its member."""
    return " › ".join(escape(label(each)) for each in tokens)


def value_html(value: Any) -> str:
    """A value in words, cut where it is long."""
    text = value_text(value)
    return escape(text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE].rsplit(" ", 1)[0] + " …")


def value_text(value: Any) -> str:
    """A value in words; causes and empty members are left out."""
    if value in (None, "", [], {}) or value is ABSENT:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return date_text(value) if is_date(value) else value
    if isinstance(value, list):
        return ", ".join(map(value_text, value))
    if isinstance(value, Mapping):
        if "amount" in value:
            return amounts.money(value)
        shown = ((name, each) for name, each in value.items() if not is_cause(name) and each not in (None, "", [], {}))
        return "; ".join(f"{plain(name)} {_inner(each)}" for name, each in shown) or "none"
    return str(value)


def _inner(value: Any) -> str:
    return f"({value_text(value)})" if isinstance(value, Mapping) and "amount" not in value else value_text(value)
