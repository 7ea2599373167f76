"""Which entities may bear on a subject: those that it mentions, at any remove, and those that mention any of them.

An event refers to an entity by its id, so what a subject rests on is found in the texts of events. A text that is an id
by chance makes too many of them, never too few.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any

from domain.envelope import RecordedEvent
from domain.erased_event import known_event
from domain.events.record import RecordCorrected
from domain.folded_deal import EntityKey


class EntityTexts:
    """The texts in what was recorded of some entities, as recorded or as corrected."""

    def __init__(self, takes: Callable[[EntityKey], bool]) -> None:
        """`takes`: which entities are wanted."""
        self._takes = takes
        self._events: dict[str, RecordedEvent] = {}
        self._found: dict[str, set[str]] = {}

    def add(self, lines: Iterable[RecordedEvent]) -> bool:
        """Take in more lines of the deal; whether they say anything of these entities."""
        changed = False
        for line in lines:
            event = known_event(line.event)
            if isinstance(event, RecordCorrected):
                wrong = self._events.get(event.event_id)
                if wrong is None:
                    continue
                # A correction may say that the event is about another entity.
                names = [*self._names(wrong), *texts_in(event.changes)]
                said = {*texts_in(known_event(wrong.event)), *texts_in(event)}
            else:
                self._events[line.id] = line
                names = self._names(line)
                said = set(texts_in(event)) if names else set()
            for name in names:
                self._found.setdefault(name, set()).update(said)
            changed = changed or bool(names)
        return changed

    def of(self, name: str) -> Set[str]:
        """The texts of an entity."""
        return self._found.get(name, frozenset())

    def _names(self, line: RecordedEvent) -> list[str]:
        return [name for kind, name in line.event.touches(line.id) if self._takes((kind.KIND, name))]


class Mentions:
    """The entities of some kinds that the lines of a deal bring up, and which of them mentions which."""

    def __init__(self, kinds: Collection[str], own: str, same: Mapping[str, frozenset[str]]) -> None:
        """`own` is the kind of the subjects; `same` has each id that is ever merged, with all that may be the same."""
        self._kinds, self._own, self._same = kinds, own, same
        self._texts = EntityTexts(lambda slot: slot[0] == own or slot[0] in kinds)
        self._subjects: set[str] = set()
        self._others: set[str] = set()
        self._reached: dict[str, frozenset[str]] = {}
        self._bearing: dict[str, frozenset[str]] = {}

    def add(self, lines: Sequence[RecordedEvent]) -> None:
        """Take in lines of the deal."""
        for line in lines:
            for kind, name in line.event.touches(line.id):
                if self._own == kind.KIND:
                    self._subjects.add(name)
                if kind.KIND in self._kinds:
                    self._others.add(name)
        if self._texts.add(lines):
            self._reached.clear()
            self._bearing.clear()

    def bearing_on(self, subject: str) -> frozenset[str]:
        """The ids of the entities of these kinds that may bear on a subject."""
        if subject not in self._bearing:
            own = self._reach(subject)
            others = (self._reach(name) for name in self._others)
            self._bearing[subject] = own.union(*(each for each in others if not own.isdisjoint(each)))
        return self._bearing[subject]

    def _reach(self, name: str) -> frozenset[str]:
        """An entity with all that it mentions at any remove. What another subject mentions does not count."""
        if name not in self._reached:
            found, ahead = set[str](), [name]
            while ahead:
                each = ahead.pop()
                if each in found:
                    continue
                found |= self._group(each)
                for same in self._group(each):
                    if each == name or same in self._others:
                        ahead += (self._subjects | self._others) & self._texts.of(same) - found
            self._reached[name] = frozenset(found)
        return self._reached[name]

    def _group(self, name: str) -> frozenset[str]:
        return self._same.get(name) or frozenset((name,))


def texts_in(value: Any) -> Iterator[str]:
    """The texts in a value, and the words of each: a condition holds an id among them."""
    if isinstance(value, str):
        yield value
        if " " in value:
            yield from value.split(" ")
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from texts_in(each)
    elif is_dataclass(value):
        for member in fields(value):
            yield from texts_in(getattr(value, member.name))
