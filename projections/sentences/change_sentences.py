"""The sentence on one change of a state."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from domain.entities import ENTITY_TYPES
from domain.entities.party import Party
from domain.fields.types import ANY_ENTITY, Reference
from domain.sections.context import is_shown_count
from domain.sections.section import Form
from domain.sections.wording import Member
from domain.sentences.names import Names, names_of
from domain.sentences.template import template
from domain.sentences.words import plain
from domain.state import SECTIONS
from projections.sentences.event_texts import EventText
from projections.sentences.marked_sentence import Mark, MarkedSentence, marked_differences
from projections.sentences.member_references import (
    entry_reference,
    member_reference,
    naming_itself,
    reference_in,
)
from projections.sentences.units import Unit, path_values, word_of
from projections.sentences.values import ValueWords
from projections.temporal.members import is_cause

Sections = Mapping[str, Any]

ARTICLES = ("the ", "a ", "an ", "no ")
"""What a sentence begins with where it begins with no name: there it gets a capital."""

ENTITY_SECTIONS = tuple(
    each.name
    for each in SECTIONS.values()
    if each.entity and each.entity.PHRASE and each.form is Form.ENTRIES and not each.wording.it
)
"""The sections whose entries are called by a phrase; parties have names of their own."""

SINGULARS = {
    "days": "day",
    "times": "time",
    "claims": "claim",
    "entries": "entry",
    "origins": "origin",
    "years": "year",
}
"""Nouns beside counts."""

_ONE = re.compile(rf"\b1 (independent |)({'|'.join(SINGULARS)})\b")

MARKS: Mapping[str, Mark] = {"was": "before", "now": "after", "difference": "after"}
"""Values of a changed member, and how they are marked in its sentence."""

CLEARS = "clears_when"
"""The member whose text names the entry itself by its id."""

REPORTED = "reported"
"""The member that holds what reports say beside the facts."""


class ChangeSentences:
    """Sentences on the changes between two states of one deal."""

    def __init__(self, before: Sections, after: Sections, event_text: EventText) -> None:
        self._before, self._after, self._event_text = before, after, event_text
        self._names = (Names(after), Names(before))
        self._words = ValueWords(self.name, reference=ANY_ENTITY)
        self._phrases: dict[str, dict[str, str]] = {}
        self._same: dict[str, Counter[str]] = {}

    def name(self, entity_id: str, reference: Reference = ANY_ENTITY) -> str:
        """What an id is called: by the later state, else the earlier one, else as an event; itself where by none, or
        where it may be either of two entities."""
        found = names_of(entity_id, reference, lambda kind: self._known_as(kind, entity_id))
        if found or entity_id in reference.words:
            return found[0] if len(found) == 1 else entity_id
        told = self._event_text(entity_id)
        return f"the event “{told}”" if told else entity_id

    def _known_as(self, kind: str, entity_id: str) -> str | None:
        entity = ENTITY_TYPES[kind]
        if entity is Party:
            return next((found for names in self._names if (found := names.party(entity_id))), None)
        section = entity.SECTION
        held = section in ENTITY_SECTIONS and any(
            entity_id in (each.get(section) or {}) for each in (self._after, self._before)
        )
        return self._called(section, entity_id) if held else None

    def sentence(self, unit: Unit) -> MarkedSentence | None:
        """The sentence on a change, without its causes and full stop; None where it says nothing of its own."""
        if unit.is_repeated:
            return None
        words = unit.words
        told = self._entry(unit) if words is None else self._member(unit, words)
        if told is None:
            return None
        told = told.replaced(_ONE, SINGULARS)
        return told.capitalized() if told.text.startswith(ARTICLES) else told

    def detail(self, unit: Unit) -> str:
        """The sentence on a change that says nothing of its own."""
        if not unit.entry:
            return f"A detail of {plain(unit.section)} changed"
        return f"A detail of {self.phrase(unit)} changed"

    def phrase(self, unit: Unit) -> str:
        """The entry that a change is about, within a sentence; with its id where another is called the same."""
        wording, entity = SECTIONS[unit.section].wording, SECTIONS[unit.section].entity
        if wording.it or entity is None:
            return next(
                iter(self._words.clauses(wording.it, lambda name: self._value(unit, name))), plain(unit.section)
            )
        return self._called(unit.section, unit.entry[0])

    def _called(self, section: str, entity_id: str) -> str:
        """The phrase of an entity; with its id where another of its kind is called the same."""
        if section not in self._phrases:
            entity, after = SECTIONS[section].entity, self._after.get(section) or {}
            ids = {**(self._before.get(section) or {}), **after}
            self._phrases[section] = {
                each: self._names[each not in after].phrase(entity, each) for each in ids if entity is not None
            }
            self._same[section] = Counter(self._phrases[section].values())
        told = self._phrases[section].get(entity_id, entity_id)
        return f"{told} ({entity_id})" if self._same[section][told] > 1 and entity_id not in told else told

    def _entry(self, unit: Unit) -> MarkedSentence | None:
        wording = SECTIONS[unit.section].wording
        if unit.now is not None and unit.was is not None:
            return None
        came = unit.now is not None
        is_entity = SECTIONS[unit.section].form is Form.ENTRIES
        marks: Mapping[str, Mark] = {"it": "after"} if came else {"it": "before"} if is_entity else {}
        told = self._filled(wording.new if came else wording.gone, unit, marks)
        if not came or told is None:
            return told
        shown = self._words.clauses(wording.shown, lambda name: self._value(unit, name))
        return MarkedSentence((*told.pieces, *((f", {each}", None) for each in shown)))

    def _member(self, unit: Unit, words: Member) -> MarkedSentence | None:
        words_of = self._words_of(unit.section, unit.member, unit.now_entry or unit.was_entry)
        if unit.member == REPORTED:
            was, now = self._reported(unit, unit.was), self._reported(unit, unit.now)
        else:
            was, now = words_of.change(unit.was, unit.now, words)
        if was == now:
            return None
        values = {"was": was, "now": now}
        if was is not None and now is not None:
            values["difference"] = words_of.difference(unit.was, unit.now, words, unit.is_cut)
        chosen = words.came if was is None else words.went if now is None else words.changed
        return self._filled(chosen, unit, MARKS, values)

    def _words_of(self, section: str, member: str, entry: Any = None) -> ValueWords:
        """The words for the values of a member."""
        reference = reference_in(entry, member, section)
        name = naming_itself(self.name, entry) if member == CLEARS else self.name
        return ValueWords(name, rules=SECTIONS[section].entity is None, reference=reference, section=section)

    def _reported(self, unit: Unit, value: Any) -> str | None:
        """What reports say of an entry beside the facts, without what they repeat."""
        if not isinstance(value, Mapping):
            return None
        section = SECTIONS[unit.section]
        if "value" in value:  # of a section that is one object
            return self._words_of(unit.section, "value").value(value["value"], word_of(unit.section, "value"))
        told = (
            (plain(name), self._words_of(unit.section, name).value(each.get("value"), word_of(unit.section, name)))
            for name, each in value.items()
            if name not in section.wording.repeated
            and not is_cause(name)
            and not is_shown_count(name)
            and isinstance(each, Mapping)
        )
        return ", ".join(f"{name} {each or 'none'}" for name, each in told) or None

    def _filled(
        self, text: str, unit: Unit, marks: Mapping[str, Mark], values: Mapping[str, str | None] | None = None
    ) -> MarkedSentence | None:
        def value(name: str, _form: str) -> str | None:
            return values[name] if values is not None and name in values else self._value(unit, name)

        pieces = template(text).pieces(value) if text else None
        if not pieces:
            return None
        was, now = (values.get("was"), values.get("now")) if values is not None else (None, None)
        whole = {} if was is None or now is None else marked_differences(was, now)
        return MarkedSentence(
            tuple(
                (part, marks.get(name) if differs else None)
                for piece, name in pieces
                for part, differs in whole.get(name, [(piece, True)])
            )
        )

    def _value(self, unit: Unit, name: str) -> str | None:
        """The value of a name in a template."""
        entry = unit.now_entry if unit.now_entry is not None else unit.was_entry
        match name:
            case "it":
                return self.phrase(unit)
            case "key":
                reference = member_reference(unit.member.partition(".*")[0], unit.section)
                return self.name(unit.key[0], reference or ANY_ENTITY)
            case "outer":
                return self.name(unit.entry[0], entry_reference(unit.section))
            case "inner":
                return plain(unit.entry[1])
            case "id" if SECTIONS[unit.section].form is Form.ENTRIES:
                return self.name(unit.entry[0], entry_reference(unit.section))
            case "term":
                return plain(unit.entry[0])
        held = next(path_values(entry, name), None)
        if name == "id" and held in SECTIONS:  # what it is about is the deal itself
            return f"the {plain(held)} of the deal"
        return self._words_of(unit.section, name, entry).value(held, word_of(unit.section, name))
