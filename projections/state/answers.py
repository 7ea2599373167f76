"""A state and its basis as answers show them: each class is what is encoded and what is published of it."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, NotRequired, TypedDict

import msgspec
from msgspec import Meta

from domain.state import SECTIONS
from ledger.encoding.answer_fields import Instant


class RuleVersions(TypedDict):
    """The versions of the rules by which a state is derived, and of the calendars of working days."""

    rules: str
    calendars: str


class BasisMembers(TypedDict):
    """The members of every basis."""

    valid_at: Instant
    known_at: Instant
    known_version: int
    known_position: int
    known_by: str
    reading: str
    layer: str
    hindsight: bool
    projected: bool
    rules: RuleVersions


class Basis(BasisMembers):
    """What the answer rests on, exact; `permalink` gives the same answer for ever."""

    permalink: str
    links_omitted: NotRequired[
        Annotated[
            int,
            Meta(
                description="Linked deals beyond the 100 in each direction that are read: `links` has neither title "
                "nor status of those that this deal names, and no link of those that name it."
            ),
        ]
    ]


class HypotheticalBasis(BasisMembers):
    """The basis of a state that is not on record, so that no address gives it again."""

    permalink: None
    hypothetical: Annotated[list[str], Meta(description="The ids of the events that were supposed.")]


if TYPE_CHECKING:
    State = dict[str, Any]
    HypotheticalState = dict[str, Any]
else:

    def _state(name: str, basis: type, description: str) -> type:
        """The class of a state on a basis of this form, from the declarations of its sections."""
        described = {name: Meta(description=each.description) for name, each in SECTIONS.items()}
        sections = {name: Annotated[each.returns, described[name]] for name, each in SECTIONS.items()}
        first = {name: sections.pop(name) for name in ("exists", "deal")}
        members = {**first, "basis": basis, **sections, "next_transition_at": Instant | None, "state_hash": str}
        return msgspec.defstruct(name, members.items(), namespace={"__doc__": description})

    State = _state("State", Basis, "The deal on a basis. Every entry carries `because`: the events that made it so.")
    HypotheticalState = _state("HypotheticalState", HypotheticalBasis, "The deal as it would be; see State.")


class CalendarName(TypedDict):
    """A calendar of working days that events may name."""

    name: str
    kind: Literal["country", "part", "market"]
    parts: NotRequired[list[str]]
    of: NotRequired[Annotated[str, Meta(description="Of a part, its country.")]]
