"""Deadlines: how the first day is found, how it moved, and who asked for more time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from domain.entities.base import Entity, Occurrence
from domain.fields.values import Branch, ExtensionRule
from domain.time.edtf import When
from domain.time.instants import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """How a deadline's first day is found: said outright, or counted as the instrument says and not otherwise."""

    due: When | None
    anchor: When | None
    from_order: bool
    """Counted from the day on which its order takes effect, wherever that moves."""
    offset: int | None
    unit: str | None
    calendar: str | None
    roll: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One move of a due date: to a named day, or by a count from a day."""

    id: str
    since: str
    start: Moment
    by: str | None
    new_due: When | None = None
    days: int | None = None
    counted_from: str | None = None
    """prior_due, a date as written, or absent (the prior due)."""
    reason: str | None = None
    order_id: str | None = None
    toll: "Toll | None" = None
    """Set where the clock stopped instead of the date being moved."""
    prior: When | None = None
    """The day due before it, where the move before it named one."""
    after: str | None = None
    """How the deadline had ended already when this came: met, lapsed or withdrawn."""
    branches: tuple[Branch, ...] = ()
    """Days that it gave on conditions."""
    resumed: bool = False
    """Whether it restarted a clock that was not stopped."""
    advanced: bool = False
    """Whether it is a move to an earlier day, which uses no budget."""
    erased: bool = False
    """Whether the event that moved the date was erased: the date is unknown."""

    @property
    def extends(self) -> bool:
        """Whether it gave more time: tolling, resuming and advancing give none, and use no budget."""
        return self.toll is None and not (self.resumed or self.advanced or self.erased)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toll:
    """The clock stopped on `since`: through the end of `until`, or until resumed."""

    since: When
    until: When | None
    resumed: When | None = None
    resumed_by: str | None = None
    """The event that restarted the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionRequest:
    by: str
    requested_due: When | None
    status: str
    since: str
    id: str
    granted_due: str | None = None
    answered_by: str | None = None
    """The extension or refusal that answered it."""


@dataclass(frozen=True, kw_only=True)
class Deadline(Entity):
    """A day by which something must happen."""

    KIND = "deadline"
    KEY = "deadline_id"
    SECTION = "deadlines"
    PHRASE = "the deadline “{obligation}”"
    DERIVED_FROM: ClassVar = {
        "withdrawn": ("outcome", "withdrawal"),
        "due": ("instrument", "shifts"),
        "alternatives": ("branches",),
    }
    HARD = frozenset(
        {
            "instrument",
            "set_mark",
            "shifts",
            "outcome",
            "withdrawal",
            "reaffirmed_count",
            "requests",
            "times",
            "refusal",
        }
    )
    BUILT_UP = frozenset({"times", "reaffirmed_count"})
    ACCUMULATED: ClassVar = {"extension/used": ("set_mark",), "extension/times": ("set_mark",), "reaffirmed_count": ()}

    obligation: str | None = None
    obligor: str | None = None
    set_by: str | None = None
    force: str | None = None
    subject: str | None = None
    order_id: str | None = None
    tz: str | None = None
    consequence: str | None = None
    extendable: ExtensionRule | None = None
    instrument: Instrument | None = None
    set_mark: Occurrence | None = None
    shifts: tuple[Shift, ...] = ()
    times: int = 0
    requests: tuple[ExtensionRequest, ...] = ()
    outcome: Occurrence | None = None
    """Its end as an event recorded it: value met, lapsed or withdrawn."""
    withdrawal: Mapping[str, Any] | None = None
    """By whom it was withdrawn and why, in the event's own words."""
    refusal: Occurrence | None = None
    """The last word that more time is ruled out; None once time was given after it."""
    reaffirmed_count: int = 0
    last_reaffirmed: str | None = None
    restated: tuple[Occurrence, ...] = ()
    """Dates given for it elsewhere than in its instrument (reaffirmations that named a day), for C2."""
    history: tuple[Mapping[str, Any], ...] = ()
