"""What an event type is: one frozen class, registered under its own name.

Everything else follows from the class: the request schema and its texts, the codec, the sentence of a recorded event,
the contract test, the property strategy, the web form, the command line's listing and the reference page. A new type
touches the file that holds it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

from domain.entities.base import Entity, Key, Occurrence
from domain.errors import Problem, UnknownType
from domain.fields.description import keyword_named
from domain.fields.types import Attribution
from domain.fields.values import Source
from domain.nearest_names import NAME_CHARACTERS, nearest, nearest_hint
from domain.sentences.wording import Wording
from domain.time.edtf import When
from domain.time.instants import DAY, Moment

E = TypeVar("E", bound="type[Event]")


class Event:
    """Base of all developments. Subclasses are frozen dataclasses whose fields are the event's `data`."""

    NAME: ClassVar[str]
    """The type's name in the record, past tense: `bid.submitted`. Never renamed."""

    VERSION: ClassVar[int] = 1
    """The newest schema version."""

    ABOUT: ClassVar[type[Entity] | None] = None
    """The kind of entity it acts on."""

    CREATES: ClassVar[bool] = False
    """Whether an entity may be heard of first by this event; others act on entities the record holds."""

    SEEN_EARLY: ClassVar[bool] = False
    """Whether it is folded from the day it occurred, its effective day being a date in the entity (an order signed)."""

    THROUGH: ClassVar[bool] = True
    """Whether its `until` is the last day on which it holds; otherwise the first on which it holds no more."""
    OF_THE_LEDGER: ClassVar[frozenset[str]] = frozenset()
    """Fields that the ledger alone fills in: a client that gives one is refused, and no correction changes them."""

    MAY_BE_EMPTY: ClassVar[tuple[str, ...]] = ()
    """Required fields whose empty value says enough where other fields say the rest."""

    OUTLIVES: ClassVar[tuple[str, ...] | None] = None
    """Fields that outlive an erasure of the event, which goes on to act by these alone. None: it acts no more."""

    EXAMPLE: ClassVar[Mapping[str, Any]]
    """A real or realistic `data`, shown in the reference and replayed by the contract test."""

    ALSO_CALLED: ClassVar[tuple[str, ...]] = ()
    """Other names that people try for it, each written as a name of a type; a refusal of one names this type."""

    EFFECT: ClassVar[str] = ""
    """What it does to the state, in a line."""

    SENTENCE: ClassVar[str] = ""
    """What happened, as a template of its fields and of `words` (domain.sentences.template)."""

    REPORT: ClassVar[bool] = False
    """Whether its own sentence says who reported it."""

    def words(self, say: Wording) -> Mapping[str, str | None]:
        """Parts of its sentence that no single field gives, by the names of their placeholders."""
        return {}

    def named(self, entry: Mapping[str, Any]) -> Mapping[str, Any]:
        """Members by which its entity is called that it sets; `entry` are those that stand before."""
        return {}

    def touches(self, event_id: str) -> tuple[tuple[type[Entity], str], ...]:
        """The entities this event acts on: kind and id. `event_id` names entities that have no other id."""
        about = self.ABOUT
        if about is None:
            return ()
        return ((about, "" if about.SINGLETON else (getattr(self, about.KEY, None) or event_id)),)

    def makes(self, event_id: str) -> tuple[tuple[str, str], ...]:
        """Kind and id of each entity that the record holds after this event."""
        return tuple([(kind.KIND, entity_id) for kind, entity_id in self.touches(event_id)])

    def needs(self) -> tuple[tuple[str, str, str], ...]:
        """Kind, id and JSON pointer of each entity that must be held before; parties and cited entities are free."""
        about = self.ABOUT
        if about is None or self.CREATES or about.UNCHECKED:
            return ()
        return ((about.KIND, getattr(self, about.KEY), f"/data/{about.KEY}"),)

    def own_parties(self) -> tuple[str, ...]:
        """Whose own word this is: a party_claim is a fact only from one of these."""
        named = (getattr(self, name, None) for name in ("party_id", "by", "issuer", "set_by", "proposed_by"))
        groups = (getattr(self, name, None) or () for name in ("bidders", "plaintiffs", "joined", "left"))
        return (*(one for one in named if one), *(one for group in groups for one in group))

    def named_parties(self) -> Iterator[tuple[str, str]]:
        """The parties that it names, each with its JSON pointer."""
        if party := getattr(self, "party_id", None):
            yield "/data/party_id", party
        for name in ("bidders", "joined", "parties", "plaintiffs", "defendants"):
            for index, party in enumerate(getattr(self, name, None) or ()):
                yield f"/data/{name}/{index}", party

    def check(self) -> Iterator[Problem]:
        """Faults of the event by itself, beyond the types of its fields. Stored events are not checked."""
        return iter(())

    def apply(self, entity: Any, step: "FoldStep") -> Any:
        """The entity after this event. Pure, and defined for every state of the entity."""
        return entity


@dataclass(slots=True, unsafe_hash=True)
class FoldStep:
    """An event in its place in a fold, with those members around it that the fold reads. It is never changed."""

    id: str
    event: Event
    key: Key
    """Its place in fold order: the moment from which it counts, its rank, its version."""

    reported: bool
    """Whether it belongs to the reported layer."""

    occurred: When
    effective: When | None
    grade: str | None
    actor: str | None
    attribution: Attribution | None
    sources: tuple[Source, ...]
    published: When | None = None
    recorded_at: Moment | None = None
    merged_by: tuple[str, ...] = ()
    """The entity.merged events by which ids in it were renamed."""

    @property
    def start(self) -> Moment:
        """The moment from which it counts."""
        return self.key[0]

    @property
    def since(self) -> str:
        """The day from which it counts, as written."""
        return (self.effective or self.occurred).text

    @property
    def anomalies(self) -> tuple[str, ...]:
        """The rules of anomaly that its own dates break."""
        opens = self.occurred.opens(UTC)
        found = []
        if self.effective is not None and self.effective.closes(UTC) < opens:
            found.append("retroactive")
        if self.published is not None:
            # A day without its zone is extended by two.
            margin = 0 if ("T" in self.published.text) == ("T" in self.occurred.text) else 2 * DAY
            if self.published.closes(UTC) + margin < opens:
                found.append("published-before-occurred")
        if self.recorded_at is not None and self.recorded_at + DAY < opens:
            found.append("recorded-before-occurred")
        return tuple(found)

    def mark(self, value: object = None) -> Occurrence:
        """This event as the occurrence of something."""
        return Occurrence(self.key, self.since, self.id, value, self.reported)


REGISTRY: dict[str, type[Event]] = {}
"""Every event type by name, in the order in which the files declare them."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def event(
    name: str,
    *,
    example: Mapping[str, Any],
    effect: str,
    sentence: str = "",
    also_called: tuple[str, ...] = (),
    about: type[Entity] | None = None,
    creates: bool = False,
    version: int = 1,
    registry: dict[str, type[Event]] | None = None,
) -> Callable[[E], E]:
    """Declare an event type. `also_called` are other names that people try for it; `registry` lets a test declare a
    type of its own beside the published ones."""

    def declare(cls: E) -> E:
        held = REGISTRY if registry is None else registry
        if name in held:
            raise ValueError(f"the event type {name} is declared twice")
        made = cast(E, keyword_named(cls) or dataclass(frozen=True, kw_only=True)(cls))
        made.NAME, made.EXAMPLE, made.EFFECT, made.SENTENCE = name, example, effect, sentence
        made.ALSO_CALLED = also_called
        made.ABOUT, made.CREATES, made.VERSION = about, creates, version
        held[name] = made
        return made

    return declare


def nearest_types(name: str) -> tuple[str, ...]:
    """The types that an unknown name may mean, at most three: the one that is also called so, then those with a name
    that is spelt like it, then those with a name of the same last word (`merger.signed`)."""
    names = _names()
    wanted = name[:NAME_CHARACTERS].lower().replace("-", "_")
    if "." not in wanted:
        wanted = wanted.replace("_", ".", 1)
    if wanted in names:
        return (names[wanted],)
    spelt = (names[each] for each in nearest(wanted, names))
    word = wanted.rpartition(".")[2]
    meant = (names[each] for each in names if each.rpartition(".")[2] == word)
    return tuple(dict.fromkeys((*spelt, *meant)))[:3]


@cache
def _names() -> dict[str, str]:
    """Every name of a type, those that it is also called included, and the type."""
    return {other: cls.NAME for cls in REGISTRY.values() for other in (*cls.ALSO_CALLED, cls.NAME)}


def event_type(name: str) -> type[Event]:
    """The class of a type's name; UnknownType with the nearest names."""
    try:
        return REGISTRY[name]
    except KeyError:
        near = nearest_types(name)
        raise UnknownType(
            f"There is no event type {name!r}{nearest_hint(near)}.",
            hint="list-event-types",
            extra={"nearest": list(near)},
        ) from None
