"""What the ids of a deal are called: a party by its name, another entity by a phrase such as `the bid of Oracle`."""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.entities.identity import Identity
from domain.entities.party import Party
from domain.fields.conditions import parse
from domain.fields.types import ANY_ENTITY, PARTY, Reference
from domain.sentences import amounts
from domain.sentences.template import template
from domain.sentences.words import plain, shortened, word
from domain.state_paths import ERASED

Entries = Mapping[str, Mapping[str, Any]]
"""Entries of a section by id, with the members by which they are called."""

EVERY_KIND = tuple(kind.KIND for kind in ENTITY_TYPES.values() if kind.PHRASE)
"""The kinds of entities that have names or phrases."""


def names_of(entity_id: str, reference: Reference, known_as: Callable[[str], str | None]) -> list[str]:
    """What an id is called, by the likeliest of the kinds that know it; where it may be of any kind, by the first two
    of them: such an id is ambiguous. Empty for a word and for an id that is unknown. `known_as` names it by a kind."""
    if entity_id in reference.words:
        return []
    names = (name for kind in reference.kinds or EVERY_KIND if (name := known_as(kind)) is not None)
    return list(islice(names, 1 if reference.kinds else 2))


class Names:
    """The names that a deal gives to ids. An id that it gives none is shown as it was written."""

    def __init__(self, sections: Mapping[str, Any]) -> None:
        """`sections` are those of a state, or entries of the same form: section, id, member."""
        self._sections = sections

    def of(self, entity_id: str | None, reference: Reference = ANY_ENTITY) -> str:
        """A party, asset or other entity by its id, where a text refers to it."""
        return "an unnamed party" if entity_id is None else self.known(entity_id, reference) or entity_id

    def known(self, entity_id: str, reference: Reference = ANY_ENTITY) -> str | None:
        """The same; None where the record says no more of the id, or where it may be either of two entities."""
        found = names_of(entity_id, reference, lambda kind: self._known_as(ENTITY_TYPES[kind], entity_id))
        return found[0] if len(found) == 1 else None

    def _known_as(self, kind: type[Entity], entity_id: str) -> str | None:
        if kind is Party:
            return self.party(entity_id)
        return self.phrase(kind, entity_id) if kind.PHRASE and entity_id in self._entries(kind) else None

    def by_member(self, entry: Mapping[str, Any], references: Mapping[str, Reference]) -> dict[str, str]:
        """Member of an entry -> what the id that it holds is called, of those members of which the record says more."""
        held = {name: entry.get(name) for name in references}
        return {
            name: known
            for name, each in held.items()
            if isinstance(each, str) and (known := self.known(each, references[name])) is not None
        }

    def party(self, entity_id: str) -> str | None:
        """The name of a party, or of whatever else deal.opened named; None where there is none."""
        merged = self._entries(Identity)
        for _ in range(len(merged)):
            entity_id = (merged.get(entity_id) or {}).get("into") or entity_id
        named = self._entries(Party).get(entity_id) or {}
        name = named.get("name") or ((self._sections.get("deal") or {}).get("names") or {}).get(entity_id)
        return None if name in (None, ERASED) else str(name)

    def all_of(self, ids: Iterable[str] | str, reference: Reference) -> str:
        """Several of them: `Oracle, Walmart and mgx`."""
        return amounts.listed(self.of(each, reference) for each in ([ids] if isinstance(ids, str) else ids))

    def phrase(self, kind: type[Entity], entity_id: str) -> str:
        """An entity of a kind as a sentence speaks of it: `the bid of Oracle`; by its id where no more is known."""
        if kind is Party:
            return self.of(entity_id, PARTY)
        entry = self.entry(kind, entity_id)

        def value(name: str, form: str) -> str | None:
            held = entry.get(name)
            if held in (None, "", (), []):
                return None
            match form:
                case "names":
                    return self.all_of(held, PARTY)
                case "":
                    return shortened(str(held))
            return word(form, str(held))

        told = template(kind.PHRASE).fill(value) if kind.PHRASE else None
        return told or f"the {plain(kind.KIND)} {entity_id}"

    def entry(self, kind: type[Entity], entity_id: str) -> Mapping[str, Any]:
        """What is known of an entity of a kind: the members by which it is called, or all those of a state."""
        return self._entries(kind).get(entity_id) or {}

    def condition(self, text: str) -> str:
        """`assets_in includes recommendation_algorithm` as `only if recommendation_algorithm is included`."""
        try:
            read = parse(text)
        except ValueError:
            return f"only if {shortened(text)}"
        what = self.of(read.ref, PARTY)
        return {
            "assets_in": f"only if {what} is included",
            "assets_out": f"only if {what} is excluded",
            "territories": f"only if the territories include {what}",
        }[read.section]

    def _entries(self, kind: type[Entity]) -> Entries:
        found = self._sections.get(kind.SECTION) if kind.SECTION else None
        return found if isinstance(found, dict) and not kind.SINGLETON else {}
