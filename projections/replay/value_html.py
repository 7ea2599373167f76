"""Values of a state or an event as text of a page: names for ids, dates and amounts in words, labels for members."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from domain.fields.types import PARTY, Reference
from domain.sentences import amounts
from domain.sentences.names import Names
from domain.sentences.words import capitalized, plain
from domain.state_paths import ABSENT
from projections.sentences.member_references import event_reference, member_reference, reference_in, token_reference
from projections.sentences.values import ValueWords
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
        return " › ".join(escape(self._token(tokens, at)) for at in range(len(tokens)))

    def _token(self, tokens: Sequence[str], at: int) -> str:
        reference = token_reference(tokens, at)
        return (reference and self._names.known(tokens[at], reference)) or label(tokens[at])

    def value(self, value: Any, member: str = "", reference: Reference | None = None) -> str:
        """The value of a member in words, cut where it is long; `reference` says of which entities the ids in it are,
        else the name of the member does."""
        text = self._text(value, reference or member_reference(member))
        return escape(text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE].rsplit(" ", 1)[0] + " …")

    def at(self, tokens: Sequence[str], value: Any) -> str:
        """The value at a place in the state."""
        return self.value(value, reference=member_reference(tokens[-1], tokens[0]))

    def party(self, entity_id: str) -> str:
        """A party by its name, and its id as it was written where it has none."""
        return escape(self._names.of(entity_id, PARTY))

    def data(self, event_type: str, values: Mapping[str, Any]) -> str:
        """The data of an event, each field on a line with its label; empty ones are left out."""
        shown = ((name, each, event_reference(event_type, name)) for name, each in values.items())
        rows = (
            f"<li>{escape(capitalized(self._label(*each)))}: {self.value(each[1], reference=each[2])}</li>"
            for each in shown
            if _is_shown(*each[:2])
        )
        return f"<ul class=data>{''.join(rows)}</ul>"

    def _label(self, name: str, value: Any, reference: Reference | None) -> str:
        """`deadline_id` is `deadline` where the deadline has a name."""
        is_named = isinstance(value, str) and reference is not None and self._names.known(value, reference) is not None
        return plain(name.removesuffix("_id") if is_named else name)

    def _text(self, value: Any, reference: Reference | None) -> str:
        """Causes and empty members are left out."""
        if value in (None, "", [], {}) or value is ABSENT:
            return NOTHING
        if isinstance(value, list):
            return ", ".join(self._text(each, reference) for each in value)
        if isinstance(value, Mapping) and "amount" not in value:
            shown = ((name, each, reference_in(value, name)) for name, each in value.items() if _is_shown(name, each))
            return "; ".join(f"{self._label(*each)} {self._inner(each[1], each[2])}" for each in shown) or NOTHING
        if isinstance(value, Mapping):
            return amounts.money(value)
        if isinstance(value, str) and (" " in value or "://" in value):
            return value  # words and addresses as they were recorded
        return ValueWords(self._names.of, reference=reference).value(value) or NOTHING

    def _inner(self, value: Any, reference: Reference | None) -> str:
        text = self._text(value, reference)
        return f"({text})" if isinstance(value, Mapping) and "amount" not in value else text


def _is_shown(name: str, value: Any) -> bool:
    return not is_cause(name) and value not in (None, "", [], {})
