"""The values of an event in words: each field by its declared type, ids by their names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.fields.description import FieldDescription, ValueType, describe
from domain.fields.types import ANY_ENTITY, PARTY, Reference
from domain.fields.values import Consideration, Entry, Money, Stake
from domain.sentences import amounts
from domain.sentences.dates import date_text, dated_text, is_date, range_text
from domain.sentences.names import Names
from domain.sentences.template import template
from domain.sentences.words import article, plain, shortened, word
from domain.time.edtf import When

KEYS: Mapping[str, type[Entity]] = {kind.KEY: kind for kind in ENTITY_TYPES.values() if kind.PHRASE}
"""The kind of entity that a field of this name refers to."""


def reference_of(field: FieldDescription) -> Reference | None:
    """Which entities a field refers to: by its name, such as `order_id`, else by its type; None where to none."""
    if not field.names_entities:
        return None
    if field.name in KEYS:
        return Reference((KEYS[field.name].KIND,))
    kinds = (each.text_format for one in field.types for each in (one, *one.items))
    return next((each.reference for each in kinds if each is not None and each.reference is not None), None)


BEFORE = "before."
"""The prefix of a placeholder for a value that the event changed."""


def _nothing(_member: str) -> Any:
    return None


@dataclass(frozen=True, slots=True)
class Wording:
    """What a sentence of one event is made with beside the event itself."""

    names: Names

    references: Callable[[str], Reference | None] = _nothing
    """Which entities the fields of a name refer to; None where they refer to none."""

    before: Callable[[str], Any] = _nothing
    """A member of the event's entity as it stood before the event, or with `next_` after it; None: not known."""

    effective: str | None = None
    """When it takes effect, where the envelope says so."""

    reporter: str | None = None
    """Who reported it, and citing whom; None for a fact."""

    target: str | None = None
    """Of an event about another one: the sentence of that event, as it read before."""

    corrected: str | None = None
    """Of a correction: the sentence of the event that it corrects, as it reads now."""

    def sentence(self, text: str, data: Any, words: Mapping[str, str | None]) -> str:
        """The sentence of a template. A value outside of its brackets that is absent is said to be unknown."""
        described = describe(type(data))

        def value(name: str, form: str) -> str | None:
            if name in words:
                return words[name]
            if name.startswith(BEFORE):
                return self.text(self.before(name.removeprefix(BEFORE)), form)
            if name == "effective" and self.effective is not None:
                return date_text(self.effective)
            held = getattr(data, name)
            if name in KEYS and isinstance(held, str) and form != "id":
                return self.names.phrase(KEYS[name], held)
            return self.text(held, form, described[name].types)

        made = template(text)
        return made.fill(value) or made.fill(lambda name, form: value(name, form) or "unknown") or ""

    def text(self, value: Any, form: str = "", types: tuple[ValueType, ...] = ()) -> str | None:
        """A value in words; None where it is absent."""
        if value is None or value == "" or value == ():
            return None
        if isinstance(value, tuple):
            items = tuple(each for kind in types for each in kind.items)
            return amounts.listed(self.text(each, form, items) or "" for each in value)
        if isinstance(value, When):
            return dated_text(value) if form == "on" else date_text(value)
        if isinstance(value, str):
            return self._text_of_str(value, form, types)
        return self.any_text(value)

    def _text_of_str(self, text: str, form: str, types: tuple[ValueType, ...]) -> str:
        if form == "id":
            return text
        formats = (kind.text_format for kind in types)
        reference = next((each.reference for each in formats if each is not None and each.reference is not None), None)
        if reference is not None:
            return self.names.of(text, reference)
        if any(kind.choices for kind in types):
            return article(plain(text)) if form == "a" else word(form, text)
        return self.any_text(text) if any(kind.is_any_json for kind in types) or not types else shortened(text)

    def any_text(self, value: Any, reference: Reference = ANY_ENTITY) -> str:
        """A value of any type in words; an id in it by what it refers to."""
        if isinstance(value, str):
            return date_text(value) if is_date(value) else self.names.known(value, reference) or shortened(value)
        if isinstance(value, Money | Consideration | Stake | Entry):
            return self._value_text(value)
        if isinstance(value, Mapping):
            if "amount" in value:
                return amounts.money(value)
            return ", ".join(self._member_text(name, each) for name, each in value.items())
        if isinstance(value, list | tuple):
            return amounts.listed(self.any_text(each, reference) for each in value) or "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        return "nothing" if value is None else amounts.amount(value)

    def _value_text(self, value: Any) -> str:
        if isinstance(value, Entry):
            return shortened(value.label)
        if isinstance(value, Stake):
            return f"{self.names.of(value.holder, PARTY)} {amounts.percent(value.pct)}"
        members = _members(value)
        if isinstance(value, Money):
            return amounts.money(members)
        parts = {name: _members(each) if isinstance(each, Money) else each for name, each in members.items()}
        return amounts.consideration({**parts, "of": value.of and self.names.of(value.of, PARTY)})

    def changes(self, changes: Mapping[str, Any], *without: str) -> str | None:
        """A map of changes in words; None where there are no others than those of `without`."""
        told = [self._member_text(name, each) for name, each in changes.items() if name not in without]
        return ", ".join(told) or None

    def _member_text(self, name: str, value: Any) -> str:
        return f"{plain(name)} {self.any_text(value, self.references(name) or ANY_ENTITY)}"

    def moved(self, member: str, new: object | None) -> str | None:
        """`from 15 Mar to 18 Jun 2025`, or `to 18 Jun 2025` where the date before is not known."""
        if new is None:
            return None
        before = self.before(member)
        return f"to {date_text(new)}" if before is None else f"from {range_text(before, new)}"

    def days_between(self, member: str, new: object | None) -> str | None:
        """The days from the date before to the new one, where both are days."""
        try:
            before = date.fromisoformat(str(self.before(member)))
            return amounts.days(abs((date.fromisoformat(str(new)) - before).days))
        except ValueError:
            return None


def _members(value: Any) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}
