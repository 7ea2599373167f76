"""Texts that rules made, with the names of one deal for ids and dates in words."""

from collections.abc import Callable, Mapping
from typing import Any

from domain.fields.types import Reference
from domain.sentences.names import Names
from domain.sentences.words import capitalized
from projections.sentences.member_references import naming_itself
from projections.sentences.values import ValueWords


def rule_text(text: str, sections: Mapping[str, Any], event_text: Callable[[str], str | None] | None = None) -> str:
    """The `why` of a conflict, an anomaly, an unknown or a contradiction, or a step of a trace, for people to read.

    `sections` are those of a state; `event_text` gives what an event says, or None for an id that is of no event.
    """
    names = Names(sections)

    def name(entity_id: str, reference: Reference) -> str:
        if known := names.known(entity_id, reference):
            return known
        said = event_text(entity_id) if event_text is not None else None
        return f"the event “{said}”" if said else entity_id

    told = ValueWords(name, rules=True).rule_text(text)
    return capitalized(told) if told.startswith("the ") else told


def clearing_text(blocker: Mapping[str, Any], sections: Mapping[str, Any]) -> str:
    """What clears a blocker, within a sentence: `the order is revoked`. `sections` are those of a state."""
    name = naming_itself(Names(sections).of, blocker)
    return ValueWords(name, rules=True).rule_text(blocker["clears_when"])
