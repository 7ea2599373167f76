"""Values of a state or an event as text of a page: names for ids, dates and amounts in words, labels for members."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from domain.sentences import amounts
from domain.sentences.names import Names
from domain.sentences.words import capitalized, plain
from domain.state_paths import ABSENT
from projections.sentences.values import ValueWords, names_ids
from projections.temporal.members import is_cause

LONGEST_VALUE = 400
"""Characters of one value; the data has all of it."""

NOTHING = "none"


def label(name: str) -> str:
    """The name of a member as a label: `set_by` is Set by. An id is shown as it is written."""
    return name if "-" in name or name[:1].isdigit() else capitalized(plain(name))


class ValueHtml:
    """Values and places of one deal, with the names that it gives to ids."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def place(self, tokens: Sequence[str]) -> str:
        """A place in the state: its section, its entry and its member."""
        return " › ".join(escape(self._names.known(each) or label(each)) for each in tokens)

    def value(self, value: Any, member: str = "") -> str:
        """The value of a member in words, cut where it is long."""
        text = self._text(value, member)
        return escape(text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE].rsplit(" ", 1)[0] + " …")

    def named(self, entity_id: str) -> str:
        """An id by its name, and as it was written where it has none."""
        return escape(self._names.of(entity_id))

    def members(self, values: Mapping[str, Any]) -> str:
        """The members of an object, each on a line with its label; empty ones are left out."""
        rows = (
            f"<li>{escape(capitalized(self._label(name, each)))}: {self.value(each, name)}</li>"
            for name, each in values.items()
            if _is_shown(name, each)
        )
        return f"<ul class=data>{''.join(rows)}</ul>"

    def _label(self, name: str, value: Any) -> str:
        """`deadline_id` is `deadline` where the deadline has a name."""
        is_named = isinstance(value, str) and self._names.known(value) is not None
        return plain(name.removesuffix("_id") if is_named else name)

    def _text(self, value: Any, member: str) -> str:
        """Causes and empty members are left out."""
        if value in (None, "", [], {}) or value is ABSENT:
            return NOTHING
        if isinstance(value, list):
            return ", ".join(self._text(each, member) for each in value)
        if isinstance(value, Mapping) and "amount" not in value:
            shown = ((name, each) for name, each in value.items() if _is_shown(name, each))
            return "; ".join(f"{self._label(name, each)} {self._inner(each, name)}" for name, each in shown) or NOTHING
        if isinstance(value, Mapping):
            return amounts.money(value)
        if isinstance(value, str) and (" " in value or "://" in value):
            return value  # words and addresses as they were recorded
        return ValueWords(self._names.of, ids=names_ids(member)).value(value) or NOTHING

    def _inner(self, value: Any, member: str) -> str:
        text = self._text(value, member)
        return f"({text})" if isinstance(value, Mapping) and "amount" not in value else text


def _is_shown(name: str, value: Any) -> bool:
    return not is_cause(name) and value not in (None, "", [], {})
