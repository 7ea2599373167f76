"""Values of a state in words: dates, amounts, names for ids, the meanings of enumerations, differences of lists."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from domain.fields.types import ANY_ENTITY, PARTY, Reference
from domain.fields.values import Consideration
from domain.json_equality import equal
from domain.sections.wording import Clauses, Member
from domain.sentences import amounts
from domain.sentences.dates import date_text, range_text
from domain.sentences.template import template
from domain.sentences.words import plain, shortened
from domain.state import SECTIONS
from domain.state_paths import ERASED
from domain.time.edtf import LONGEST_TEXT, When
from ledger.encoding.canonical_json import canonical
from projections.sentences.member_references import reference_in
from projections.sentences.rule_words import rule_words
from projections.temporal.members import is_cause, without_causes

LISTED = 6
"""Items of a list that a sentence names; the rest are counted."""

UNSPOKEN = frozenset({"layer", "grade", "key"})
"""Members of an object that a sentence on it leaves out."""

_CONSIDERATION = frozenset(each.name for each in fields(Consideration))
_LARGE = re.compile(r"[0-9]{7,}(?:\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONDITION = re.compile(r"\b(assets_in|assets_out|territories) includes ([A-Za-z0-9][A-Za-z0-9_.:-]*)")
_TWICE = re.compile(r"\b(?:the )?(\w+) the \1 ")
"""The kind of an entity before a phrase that begins with it."""

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*[A-Za-z0-9]")
_CONDITIONS = {
    "assets_in": "{} is included", "assets_out": "{} is excluded", "territories": "the territories include {}"
}  # fmt: skip


@cache
def _member_names() -> frozenset[str]:
    """The names of the members of entries, which rules mention."""
    wordings = (section.wording for section in SECTIONS.values())
    paths = (path for wording in wordings for path in (*wording.members, *wording.repeated))
    return frozenset(step for path in paths for step in path.split("."))


class ValueWords:
    """Words for values, by the names of one deal."""

    def __init__(
        self,
        name: Callable[[str, Reference], str],
        *,
        rules: bool = False,
        reference: Reference | None = None,
        section: str = "",
    ) -> None:
        """`name` gives the name of an id that a reference holds, and the id itself where it has none.

        `rules`: texts are those of rules, which hold ids and dates. `reference`: single words are ids of these
        entities, shown as written where they have no name; None: they are those of enumerations. `section`: that of the
        values.
        """
        self._name, self._rules, self._reference, self._section = name, rules, reference, section

    def value(self, value: Any, member: Member | None = None) -> str | None:
        """A value within a sentence; None where there is none."""
        if value is None or value in ([], {}, ""):
            return None
        if isinstance(value, list):
            return self._listed(value, member)
        if member is not None and not isinstance(value, dict) and value in member.meanings:
            return member.meanings[value]
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, dict):
            return self._object(value, member)
        return self._text(value) if isinstance(value, str) else amounts.amount(value)

    def change(self, was: Any, now: Any, member: Member) -> tuple[str | None, str | None]:
        """Both values; of two days in one year, the year is said once."""
        if isinstance(was, str) and isinstance(now, str) and _DAY.fullmatch(was) and _DAY.fullmatch(now):
            before, _, after = range_text(was, now).partition(" to ")
            return before, after
        return self.value(was, member), self.value(now, member)

    def difference(self, was: Any, now: Any, member: Member, cut: bool = False) -> str | None:
        """What was added to a list, removed from it or changed in it. Of a list of which the newest members are shown,
        the oldest that are shown of one are not removed from the other."""
        if not isinstance(was, list) or not isinstance(now, list):
            return self.value(now, member)
        before, after = _by_origin(was), _by_origin(now)
        told = []
        added = [after[key] for key in _absent(after, before, cut and not before.keys().isdisjoint(after))]
        removed = [before[key] for key in _absent(before, after, cut)]
        for key in after:
            if key in before and not equal(without_causes(before[key]), without_causes(after[key])):
                one, other = self.value(before[key], member), self.value(after[key], member)
                if one != other:
                    told.append(f"{other} instead of {one}")
        told += [f"added {self._listed(added, member)}"] if added else []
        told += [f"removed {self._listed(removed, member)}"] if removed else []
        return "; ".join(told) or None

    def clauses(self, clauses: Clauses, of: Callable[[str], str | None]) -> list[str]:
        """The clauses whose values are all there."""
        filled = (template(each).fill(lambda name, _form: of(name)) for each in clauses)
        return [each for each in filled if each]

    def rule_text(self, text: str) -> str:
        """A sentence that a rule made, with names for ids and dates in words."""
        told = _CONDITION.sub(lambda found: _CONDITIONS[found[1]].format(self._name(found[2], PARTY)), text)
        named = _TOKEN.sub(lambda found: self._token(found[0]), told)
        return _TWICE.sub(r"the \1 ", named)

    def _token(self, token: str) -> str:
        if _DAY.fullmatch(token):
            return date_text(token)
        if token in rule_words():
            return plain(token)
        name = self._name(token, ANY_ENTITY)
        return plain(token) if name == token and token in _member_names() else name

    def _text(self, text: str) -> str:
        if text == ERASED:
            return text
        if is_date(text):
            return date_text(text)
        if _LARGE.fullmatch(text):
            return amounts.amount(text)
        if " " in text:
            return shortened(self.rule_text(text) if self._rules or _CONDITION.search(text) else text)
        reference = self._reference if not self._rules else self._reference or ANY_ENTITY
        name = text if reference is None else self._name(text, reference)
        return name if name != text or self._reference is not None else plain(text)

    def _of(self, name: str, entry: Mapping[str, Any]) -> "ValueWords":
        """The words for the values of a member of an object."""
        reference = reference_in(entry, name, self._section)
        return ValueWords(self._name, rules=self._rules, reference=reference, section=self._section)

    def _listed(self, values: list[Any], member: Member | None) -> str | None:
        told = list(dict.fromkeys(filter(None, (self.value(each, member) for each in values))))
        more = len(told) - LISTED
        return amounts.listed([*told[:LISTED], f"{more} more"] if more > 1 else told) or None

    def _object(self, value: Mapping[str, Any], member: Member | None) -> str | None:
        if "amount" in value:
            return amounts.money(value)
        if value.keys() <= _CONSIDERATION and value.keys() - {"note", "per", "of"}:
            return amounts.consideration({**value, "of": self._name(value["of"], PARTY)} if value.get("of") else value)
        if member is not None and member.item:
            told = self.clauses(member.item, lambda name: self._of(name, value).value(value.get(name), member))
            if told:
                return " ".join(told)
        parts = (
            self._of(name, value).value(each, member)
            for name, each in value.items()
            if not is_cause(name) and name not in UNSPOKEN
        )
        return ", ".join(filter(None, parts)) or None


def is_date(text: str) -> bool:
    """Whether a text is a date or an instant; a bare year is taken for a number."""
    if not 7 <= len(text) <= LONGEST_TEXT or text[0] not in "0123456789[.":
        return False
    try:
        When.parse(text)
    except ValueError:
        return False
    return True


def _by_origin(values: list[Any]) -> dict[str, Any]:
    """Items by the event that made them first, else by what they are."""
    found: dict[str, Any] = {}
    for each in values:
        key = _origin(each)
        while key in found:
            key += "'"
        found[key] = each
    return found


def _absent(values: Mapping[str, Any], others: Mapping[str, Any], cut: bool) -> list[str]:
    """The keys that others lack; of lists that are cut, those after one that they have."""
    keys = [*values]
    first = next((at for at, key in enumerate(keys) if key in others), len(keys)) if cut else 0
    return [key for key in keys[first:] if key not in others]


def _origin(value: Any) -> str:
    events = value.get("because") if isinstance(value, dict) else None
    return str(events[0]) if events else canonical(without_causes(value)).decode()
