"""The subjects that the rows of a table are about, and what may bear on each: by kind, by the ids that it names, and by
what it mentions or is mentioned by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.entities.party import Party
from domain.envelope import RecordedEvent
from domain.erased_event import known_event
from domain.event import FoldStep
from domain.events.record import RecordCorrected
from domain.folded_deal import EntityKey
from projections.tables.mentions import EntityTexts, Mentions
from projections.tables.timelines import Key


@dataclass(frozen=True, slots=True)
class Subject:
    """What a walk derives: some sections, and the kinds of entities that they depend on."""

    kinds: frozenset[str]
    sections: tuple[str, ...]
    named: tuple[str, ...] = ()
    """Fields of events that hold an id of any kind, which is called by what is known of that entity."""

    listed: Callable[[Mapping[str, Any]], Iterable[str]] | None = None
    """The ids that its sections list, which are called by what is known of those entities; None where none are."""

    own: str | None = None
    """The kind of which each entity is a subject of its own, on which no other of this kind depends."""

    related: frozenset[str] = frozenset()
    """The kinds of entities of which a subject depends on those alone that it mentions, or that mention it."""


ONE: Key = ()
"""The subject of a deal as a whole."""


class Relations:
    """How the subjects of one sort in a deal are related to its entities, by everything that its events ever say."""

    def __init__(self, subject: Subject, lines: Sequence[RecordedEvent], same: Mapping[str, frozenset[str]]) -> None:
        """`same` has each id that is ever merged, with all that may be the same."""
        self.subject = subject
        self._same = same
        self._fields = NamingFields(subject)
        self._texts = EntityTexts(lambda slot: slot[1] in self._ids)
        self._mentions = Mentions(subject.related, subject.own or "", same)
        self._named: dict[str, frozenset[str]] = {}
        """The ids that each subject names."""
        self._ids = frozenset[str]()
        self._parties: dict[str, frozenset[str]] = {}
        """The ids of all that a subject, or what it names, may be called after."""
        self._slots: dict[str, tuple[FoldStep, list[EntityKey]]] = {}
        self.extend(lines)

    def extend(self, lines: Iterable[RecordedEvent]) -> bool:
        """Take in more lines; whether the same entities as before may bear on any subject."""
        if self.subject.own is None:
            return True
        lines = list(lines)
        self._mentions.add(lines)
        named, ids = self._fields.add(lines), self._ids
        self._named = {name: self._all_same(named, name) for name in named}
        self._ids = frozenset[str]().union(*self._named.values())
        self._texts.add(lines)
        self._parties.clear()
        return self._ids == ids

    def same_as(self, name: str) -> frozenset[str]:
        """An id with all that may be the same."""
        return self._same.get(name) or frozenset((name,))

    def _all_same(self, named: Mapping[str, frozenset[str]], subject: str) -> frozenset[str]:
        """What a subject names under any of its ids, and what may be the same."""
        names = frozenset[str]().union(*(named.get(each, ()) for each in self.same_as(subject)))
        return names.union(*map(self.same_as, names))

    def names(self, subject: Key) -> frozenset[str]:
        """The ids that a subject names."""
        return self._named.get(subject[0], frozenset()) if subject else frozenset()

    def _called_after(self, subject: Key) -> frozenset[str]:
        """The ids of the parties that a subject or what it names may be called after."""
        (name,) = subject or ("",)
        if name not in self._parties:
            named = self.names(subject)
            ids = named.union(*map(self._texts.of, named))
            self._parties[name] = ids.union(*(self._same[each] for each in ids if each in self._same))
        return self._parties[name]

    def _bearing(self, subject: Key) -> frozenset[str]:
        """The ids of the related entities that may bear on a subject."""
        return self._mentions.bearing_on(*subject) if subject else frozenset()

    def bears(self, slot: EntityKey) -> bool:
        """Whether an entity may bear on any subject."""
        kind, name = slot
        named = name in self._ids or (kind == Party.KIND and bool(self._ids))
        return named or kind in self.subject.kinds or kind in self.subject.related or kind == self.subject.own

    def slots(self, step: FoldStep) -> list[EntityKey]:
        """The entities that a step touches, of those that may bear on any subject."""
        held = self._slots.get(step.id)
        if held is None or held[0] is not step:
            touched_slots = ((kind.KIND, name) for kind, name in step.event.touches(step.id))
            held = self._slots[step.id] = step, [slot for slot in touched_slots if self.bears(slot)]
        return held[1]

    def bearing_on(self, subject: Key) -> Callable[[EntityKey], bool]:
        """The check whether an entity may bear on a subject."""
        own, ids = self.subject.own, self.same_as(*subject) if subject else frozenset[str]()
        named, bearing, parties = self.names(subject), self._bearing(subject), self._called_after(subject)
        kinds, related = self.subject.kinds, self.subject.related

        def bears(slot: EntityKey) -> bool:
            kind, name = slot
            if kind in kinds or name in named or (kind == Party.KIND and name in parties):
                return True
            return name in ids if kind == own else kind in related and name in bearing

        return bears

    def own(self, slots: Iterable[EntityKey]) -> list[Key]:
        """The subjects that are among these entities, under every id that they may have."""
        return [(each,) for kind, name in slots if kind == self.subject.own for each in sorted(self.same_as(name))]

    def touched(self, slots: Sequence[EntityKey], subjects: Iterable[Key]) -> list[Key]:
        """Those of these subjects that name one of these entities, are related to it, or may be called after a party
        among them."""
        names = {name for _, name in slots if name in self._ids}
        related = {name for kind, name in slots if kind in self.subject.related}
        parties = {name for kind, name in slots if kind == Party.KIND}
        if not (names or related or parties):
            return []

        def touches(key: Key) -> bool:
            return not (
                names.isdisjoint(self.names(key))
                and related.isdisjoint(self._bearing(key) if related else ())
                and parties.isdisjoint(self._called_after(key) if parties else ())
            )

        return [key for key in subjects if touches(key)]


class NamingFields:
    """The ids in the fields of events that name entities, by subject, as recorded or as corrected."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._found: dict[str, set[str]] = {}
        self._about: dict[str, list[set[str]]] = {}

    def add(self, lines: Iterable[RecordedEvent]) -> dict[str, frozenset[str]]:
        """Take in more lines; the ids that all lines so far name."""
        found, about = self._found, self._about
        for line in lines:
            event = known_event(line.event)
            if isinstance(event, RecordCorrected):
                sets, given = about.get(event.event_id, []), event.changes
                # A correction may say that the event is about another of these entities.
                others = [found.setdefault(value, set()) for value in given.values() if isinstance(value, str)]
                for other in others if sets else ():
                    other.update(*sets)
                    sets.append(other)
            else:
                subjects = (name for kind, name in line.event.touches(line.id) if self._subject.own == kind.KIND)
                sets = about[line.id] = [found.setdefault(name, set()) for name in subjects]
                given = {name: getattr(event, name, None) for name in self._subject.named} if sets else {}
            for each in sets:
                each.update(value for name in self._subject.named if isinstance(value := given.get(name), str))
        return {name: frozenset(values) for name, values in found.items() if values}
