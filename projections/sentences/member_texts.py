"""The value at a path of a state as a sentence on its change would say it."""

from collections.abc import Mapping, Sequence
from typing import Any

from domain.sections.section import Form
from domain.sentences.names import Names
from domain.state import SECTIONS
from projections.sentences.member_references import member_reference
from projections.sentences.units import word_of
from projections.sentences.values import ValueWords

DEPTHS = {Form.ENTRIES: 1, Form.NESTED: 2}
"""The tokens of a path that name an entry, by the form of its section."""


def member_text(value: object, tokens: Sequence[str], sections: Mapping[str, Any]) -> str | None:
    """A plain value in words, by the names of a state; None for a list, an object, and where no section is named."""
    section = SECTIONS.get(tokens[0]) if tokens else None
    if section is None or isinstance(value, list | dict):
        return None
    member = ".".join(tokens[1 + DEPTHS.get(section.form, 0) :])
    words = ValueWords(Names(sections).of, reference=member_reference(member, section.name), section=section.name)
    return words.value(value, word_of(section.name, member))
