"""The sentences on what differs between two states of a deal, without causes."""

from collections.abc import Mapping, Sequence
from typing import Any

from projections.sentences.answers import ChangeSentence
from projections.sentences.change_sentences import Sections
from projections.sentences.developments import RawChange, texts_of
from projections.temporal.diff import changes
from projections.temporal.difference import values_of


def state_sentences(before: Sections, after: Sections) -> list[ChangeSentence]:
    """`{text, parts, group, path}` of each change that does not follow from another, the most important first."""
    raw = (RawChange(tokens, *values_of(change), ()) for tokens, change in changes(before, after))
    spoken = texts_of("net", raw, before, after, lambda _event: None).spoken()
    return [*{each.text: each.to_json() for each in spoken}.values()]


def value_sentences(tokens: Sequence[str], was: Any, now: Any, sections: Sections) -> list[ChangeSentence]:
    """The same of a value at a place that becomes another one (None: it has none), by the names of a state."""
    return state_sentences(*(_with(sections, tokens, value) for value in (was, now)))


def _with(value: Any, tokens: Sequence[str], other: Any) -> Any:
    """A value with another one, or none, at a place below it."""
    if not tokens:
        return other
    held = value if isinstance(value, Mapping) else {}
    inner = _with(held.get(tokens[0]), tokens[1:], other)
    rest = {name: each for name, each in held.items() if name != tokens[0]}
    return rest if inner is None else {**rest, tokens[0]: inner}
