"""The changes of a state in order of importance, those of one cause together."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from domain.sections.wording import Group
from domain.state import SECTIONS
from domain.state_paths import write
from projections.sentences.answers import ChangeSentence, Development
from projections.sentences.change_sentences import ChangeSentences, Sections
from projections.sentences.event_texts import EventText, because, shortened_cause
from projections.sentences.marked_sentence import MarkedSentence
from projections.sentences.units import Tokens, Unit, units_of

BINDING = frozenset({"legally_binding", "statutory", "court_order", "contractual"})
"""Forces of the dates that come before the others."""

BESIDE_RANK = 9
"""The rank of a member that concerns something else than its section does: after what is of that group itself."""

LAPSED = "lapsed"
"""The part of a difference that time alone made."""


@dataclass(frozen=True, slots=True)
class RawChange:
    """One difference of two states: its path, the values before and after, and the events behind it."""

    tokens: Tokens
    was: Any
    now: Any
    because: Sequence[str]
    own: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Of a list: the events behind each entry, by what identifies it."""

    alone: bool = False
    """Whether time alone made it."""


@dataclass(frozen=True)
class ChangeText:
    """One change in a sentence."""

    unit: Unit
    path: str
    sentence: MarkedSentence | None
    """Without its causes and full stop; None where it says nothing of its own."""

    because: tuple[str, ...]
    text: str
    """The whole sentence, with its causes."""

    def to_json(self) -> ChangeSentence:
        """Its sentence without its causes, what it concerns and where it is."""
        made = self.sentence or MarkedSentence(())
        text = _sentence(made.text)
        return {"text": text, "parts": made.parts(text), "group": self.group.value, "path": self.path}

    @cached_property
    def group(self) -> Group:
        """What it concerns."""
        words = self.unit.words
        return (words.group if words is not None else None) or SECTIONS[self.unit.section].wording.group

    @cached_property
    def rank(self) -> tuple[Any, ...]:
        """Its place in order of importance, the same in both directions of time."""
        wording = SECTIONS[self.unit.section].wording
        order = [*wording.members]
        member = order.index(self.unit.member) + 1 if self.unit.member in wording.members else len(order) + 1
        entries = [each for each in (self.unit.was_entry, self.unit.now_entry) if isinstance(each, Mapping)]
        binding = any(each.get("force") in BINDING for each in entries)
        due = min((str(each["due"]) for each in entries if each.get("due")), default="~")
        rank = wording.rank if self.group is wording.group else BESIDE_RANK
        return (
            self.sentence is None, self.group.rank, rank, not binding, 0 if self.unit.words is None else member,
            due, self.unit.entry, self.unit.key,
        )  # fmt: skip


KnownTexts = dict[Tokens, tuple[RawChange, list[ChangeText]]]
"""The differences between two states that have their sentences."""


@dataclass
class PartTexts:
    """The changes of one part of a difference, in sentences."""

    part: str
    by_place: dict[Tokens, list[ChangeText]]

    def text(self, tokens: Tokens, key: str | None = None) -> str:
        """What one difference is, or the change of one entry of a list, in a sentence or more."""
        told = (each.text for each in self.by_place[tokens] if key is None or each.unit.entry == (key,))
        return " ".join(dict.fromkeys(told))

    def own_text(self, tokens: Tokens, key: str | None = None) -> str:
        """The same without what follows from other changes or repeats them."""
        told = (
            each.text
            for each in self.by_place[tokens]
            if each.unit.place in self._own and (key is None or each.unit.entry == (key,))
        )
        return " ".join(dict.fromkeys(told))

    def group(self, tokens: Tokens) -> str:
        """What one difference concerns."""
        found = min(self.by_place[tokens], key=lambda each: each.rank, default=None)
        return (found.group if found else SECTIONS[tokens[0]].wording.group).value

    def rank(self, tokens: Tokens) -> tuple[Any, ...]:
        """The place of one difference among the others."""
        return min((each.rank for each in self.by_place[tokens]), default=(True, len(Group)))

    @cached_property
    def _own(self) -> dict[Any, ChangeText]:
        """The changes that say something of their own and do not follow from another, by place."""
        texts = (each for texts in self.by_place.values() for each in texts if each.sentence is not None)
        told = {each.unit.place: each for each in texts}
        return {place: each for place, each in told.items() if not _follows(each.unit, told)}

    def spoken(self) -> list[ChangeText]:
        """The changes that say something of their own and do not follow from another, the most important first."""
        return sorted(self._own.values(), key=lambda each: each.rank)


def texts_of(
    part: str,
    changes: Iterable[RawChange],
    before: Sections,
    after: Sections,
    event_text: EventText,
    undone: Set[str] = frozenset(),
    known: KnownTexts | None = None,
) -> PartTexts:
    """The sentences on what differs between two states; `undone` are the events of the first that the second lacks.

    Those that are `known` of these states are not written again, and it takes in the others.
    """
    known = {} if known is None else known
    sentences = ChangeSentences(before, after, event_text)
    found: dict[Tokens, list[ChangeText]] = {}
    for change in changes:
        if change.tokens not in known or known[change.tokens][0] != change:
            units = units_of(change.tokens, before, after)
            known[change.tokens] = change, [_text(change, unit, sentences, event_text, undone) for unit in units]
        found[change.tokens] = known[change.tokens][1]
    return PartTexts(part, found)


def _text(
    change: RawChange, unit: Unit, sentences: ChangeSentences, event_text: EventText, undone: Set[str]
) -> ChangeText:
    events = tuple(change.own.get(unit.entry[0], change.because) if unit.entry and change.own else change.because)
    sentence = sentences.sentence(unit)
    causes = because(events, event_text)
    told = sentence.text if sentence else sentences.detail(unit)
    if not causes:
        text = _sentence(f"{told}, by time alone" if change.alone else told)
    elif sentence and unit.is_new_entity and len(events) == 1 and sentences.phrase(unit) in causes:
        text = _sentence(f"New: {causes}")
    else:
        named = shortened_cause(causes, told, sentences.phrase(unit)) if unit.entry and unit.words else causes
        label = "Not yet then" if undone >= set(events) else "Cause"
        apart = label != "Cause" or ": " in told.partition(" (before: ")[0]
        text = _sentence(f"{_sentence(told)} {label}: {named}" if apart else f"{told}: {named}")
    return ChangeText(unit, write(change.tokens), sentence, events, text)


def _sentence(text: str) -> str:
    """A text with its full stop, which an abbreviation at its end already has."""
    return text if text.endswith(".") else f"{text}."


def _follows(unit: Unit, told: Mapping[Any, Any]) -> bool:
    """Whether another change of the same entry implies this one."""
    words = unit.words
    if words is None or (words.follows_as and unit.now not in words.follows_as):
        return False
    return any(_place(unit, name) in told for name in words.follows)


def _place(unit: Unit, name: str) -> tuple[str, Tokens, str, Tokens]:
    """The place of a change that implies another."""
    if name.startswith("/"):
        section, _, member = name.removeprefix("/").partition("/")
        return section, (), member, ()
    return unit.section, unit.entry, name, unit.key if "*" in name else ()


def summary(parts: Sequence[PartTexts], told: Callable[[str], bool] = bool) -> list[Development]:
    """The developments behind a difference, the most important first: `{text, parts, group, part, paths, because,
    consequences}`. What else the same events changed are the consequences, each `{text, parts, group, path}`.

    `told` says of a section by its name whether its changes are spoken of.
    """
    leads: list[tuple[tuple[Any, ...], int, Development]] = []
    for place, part in enumerate(parts):
        for together in _by_cause([each for each in part.spoken() if told(each.unit.section)]):
            lead, *rest = together
            led = lead.to_json()
            others = {each["text"]: each for each in (other.to_json() for other in rest)}
            item: Development = {
                "text": lead.text,
                "parts": led["parts"],
                "group": led["group"],
                "part": part.part,
                "paths": list(dict.fromkeys(each.path for each in together)),
                "because": list(lead.because),
                "consequences": [each for text, each in others.items() if text != led["text"]],
            }
            leads.append((lead.rank, place, item))
    return [item for _rank, _place, item in sorted(leads, key=lambda each: each[:2])]


def _by_cause(told: Sequence[ChangeText]) -> Iterator[list[ChangeText]]:
    """The changes of the same events together; what has no event stands alone."""
    together: dict[Any, list[ChangeText]] = {}
    for number, each in enumerate(told):
        together.setdefault(each.because or number, []).append(each)
    return iter(together.values())
