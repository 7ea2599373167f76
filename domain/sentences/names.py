"""What the ids of a deal are called: a party by its name, another entity by a phrase such as `the bid of Oracle`."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.entities import ENTITY_TYPES
from domain.entities.base import Entity
from domain.entities.identity import Identity
from domain.entities.party import Party
from domain.fields.conditions import parse
from domain.sentences import amounts
from domain.sentences.template import template
from domain.sentences.words import plain, shortened, word
from domain.state_paths import ERASED

Entries = Mapping[str, Mapping[str, Any]]
"""Entries of a section by id, with the members by which they are called."""

SPOKEN_OF = tuple(kind for kind in ENTITY_TYPES.values() if kind.PHRASE and kind is not Party)
"""The kinds of entities that a phrase speaks of."""


class Names:
    """The names that a deal gives to ids. An id that it gives none is shown as it was written."""

    def __init__(self, sections: Mapping[str, Any]) -> None:
        """`sections` are those of a state, or entries of the same form: section, id, member."""
        self._sections = sections

    def of(self, entity_id: str | None) -> str:
        """A party, asset or other entity of any kind, by its id."""
        return "an unnamed party" if entity_id is None else self.known(entity_id) or entity_id

    def known(self, entity_id: str) -> str | None:
        """The same; None where the record says no more of the id."""
        if name := self.party(entity_id):
            return name
        kinds = (kind for kind in SPOKEN_OF if entity_id in self._entries(kind))
        return next((self.phrase(kind, entity_id) for kind in kinds), None)

    def among(self, ids: Iterable[str | None]) -> dict[str, str]:
        """Id -> what it is called, of those ids of which the record says more."""
        return {each: name for each in ids if each is not None and (name := self.known(each)) is not None}

    def party(self, entity_id: str) -> str | None:
        """The name of a party, or of whatever else deal.opened named; None where there is none."""
        merged = self._entries(Identity)
        for _ in range(len(merged)):
            entity_id = (merged.get(entity_id) or {}).get("into") or entity_id
        named = self._entries(Party).get(entity_id) or {}
        name = named.get("name") or ((self._sections.get("deal") or {}).get("names") or {}).get(entity_id)
        return None if name in (None, ERASED) else str(name)

    def all_of(self, ids: Iterable[str] | str) -> str:
        """Several of them: `Oracle, Walmart and mgx`."""
        return amounts.listed([ids] if isinstance(ids, str) else map(self.of, ids))

    def phrase(self, kind: type[Entity], entity_id: str) -> str:
        """An entity of a kind as a sentence speaks of it: `the bid of Oracle`; by its id where no more is known."""
        if kind is Party:
            return self.of(entity_id)
        entry = self.entry(kind, entity_id)

        def value(name: str, form: str) -> str | None:
            held = entry.get(name)
            if held in (None, "", (), []):
                return None
            match form:
                case "names":
                    # Those who act are parties: another entity may have the same id, even the one that is called.
                    return amounts.listed(
                        self.party(each) or each for each in ([held] if isinstance(held, str) else held)
                    )
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
        what = self.of(read.ref)
        return {
            "assets_in": f"only if {what} is included",
            "assets_out": f"only if {what} is excluded",
            "territories": f"only if the territories include {what}",
        }[read.section]

    def _entries(self, kind: type[Entity]) -> Entries:
        found = self._sections.get(kind.SECTION) if kind.SECTION else None
        return found if isinstance(found, dict) and not kind.SINGLETON else {}
