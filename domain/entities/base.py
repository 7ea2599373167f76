"""What every entity has: an id, where each value came from, and how reports and erasures bear on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from domain.time.instants import Moment

Key = tuple[Moment, int, int]


@dataclass(slots=True, unsafe_hash=True)
class Occurrence:
    """A moment in fold order at which something was so: when, as written, by which event.

    Not frozen, for the reason given for `Provenance`.
    """

    key: Key
    since: str
    id: str
    value: Any = None
    reported: bool = False


@dataclass(frozen=True, slots=True)
class Erasure:
    """A value that an erased event had set: its place in fold order, the event, and the event that erased it."""

    key: Key
    because: tuple[str, ...]


@dataclass(slots=True, unsafe_hash=True)
class Provenance:
    """Which events made an entity what it is.

    It is not changed after it is made; a frozen dataclass would say so, and takes three times as long to make, at every
    step of a fold.
    """

    because: tuple[str, ...] = ()
    """The events that touched it, oldest first."""

    causes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Field -> the events to which its present value is owed: the last that changed it, or of a field that is built up
    all that did."""

    facts: bool = False
    """Whether a fact touched it; an entity without facts is there by reports alone."""

    by_fact: frozenset[str] = frozenset()
    """The fields that facts set; a report never changes them."""

    by_report: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """Field -> event and grade of the report to which its value is owed, where it is."""

    as_reported: "Entity | None" = None
    """The entity as it would be if every report were true, where that differs."""

    facts_only: "Entity | None" = None
    """The entity as it would be without any report, where that differs."""

    reports: tuple[str, ...] = ()
    """The events of `because` that are reports."""

    keys: tuple[Key, ...] = ()
    """The place in fold order of each event of `because`."""

    anomalies: tuple[tuple[str, str], ...] = ()
    """Events that are anomalous in themselves: id and rule."""

    erased: Mapping[str, tuple[Erasure, ...]] = field(default_factory=dict)
    """Place in the state -> the erased events that had set it, in fold order."""

    steps: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    """The steps of `because` that were folded here; an entity from a checkpoint has only those since."""


@dataclass(frozen=True, kw_only=True)
class Entity:
    KIND: ClassVar[str]
    KEY: ClassVar[str]
    SECTION: ClassVar[str] = ""
    """The section of the state that has an entry for each entity of this kind; empty where none has."""
    KEY_PARTS: ClassVar[int] = 1
    """How many names lead to its entry: an id joined from several parts is written as so many."""
    SHOWS_FIELDS: ClassVar[bool] = True
    """Whether the members of its entry are its fields, each owed to the events that set the field."""
    DERIVED_FROM: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Member of its entry -> the fields from which it follows, where it is no field of the same name."""
    BUILT_UP: ClassVar[frozenset[str]] = frozenset()
    """Fields whose value is made from the one before, such as a counter: each is owed to all events that changed it."""
    ACCUMULATED: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Member of its entry that is made from the one before -> the fields that are set where it begins again; none where
    it never does."""
    UNCHECKED: ClassVar[bool] = False
    """Whether an event may act on one that the record does not hold."""
    SINGLETON: ClassVar[bool] = False
    """Whether a deal has just one, whose id is empty."""
    OWN_LAYERS: ClassVar[bool] = False
    """Whether it holds facts and reports side by side itself."""
    BY_CLAIM: ClassVar[bool] = False
    """Whether reports of it belong to a claim, which may be confirmed: the derivation then says which of them count."""
    PHRASE: ClassVar[str] = ""
    """How a sentence speaks of one: a template of its fields (domain.sentences.template); empty: by kind and id."""
    HARD: ClassVar[frozenset[str]] = frozenset()

    id: str
    created: bool = False
    """Whether its creating event is in effect; an entity first mentioned by a later event is a stub."""
    origin: Provenance = Provenance()  # noqa: RUF009 - never changed

    @property
    def id_parts(self) -> list[str]:
        """The names that lead to its entry, KEY_PARTS of them: its id, or the parts from which that is joined."""
        return self.id.split("/", self.KEY_PARTS - 1)

    def replace(self, **changes: Any) -> Self:
        """The entity with these fields changed. Copies the whole: ten times faster than `dataclasses.replace`."""
        after = object.__new__(type(self))
        object.__setattr__(after, "__dict__", self.__dict__ | changes)
        return after

    def begun_by(self, member: str) -> tuple[str, ...] | None:
        """The events at which an accumulated member of its entry began again; None for any other member."""
        fields = self.ACCUMULATED.get(member)
        return None if fields is None else tuple(event for name in fields for event in self.origin.causes.get(name, ()))
