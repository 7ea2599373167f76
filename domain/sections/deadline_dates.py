"""The dates of a deadline as `due_date` computes them: its due day, each move of it, the latest possible day."""

from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import cached_property, lru_cache
from typing import NamedTuple

from domain.entities.deadline import Deadline, Shift
from domain.fields.types import BINDING
from domain.sections.context import Entry, owed
from domain.sections.deadline_status import OPEN
from domain.time.edtf import When
from domain.time.instants import Moment, end_of_day


class Due(NamedTuple):
    """A due day: its text, its civil day, the last moment of it."""

    text: str
    day: date
    closes: Moment
    because: tuple[str, ...]


class Moved(NamedTuple):
    """One move of the date."""

    shift: Shift
    before: Due | None
    after: Due | None
    number: int
    """How many extensions there had been with it; those that stop the clock do not count."""

    @property
    def late(self) -> bool:
        """Whether it came after the day that was due until then, or after the deadline had ended."""
        return self.shift.after == "lapsed" or (self.before is not None and self.before.closes < self.shift.start)


@dataclass
class DueDate:
    """The status of a deadline on the basis."""

    deadline: Deadline
    zone: tzinfo
    at: Moment | None = None
    """The end of the deal, where that froze it; None: the moment asked about counts."""
    frozen_by: tuple[str, ...] = ()
    """The event that ended the deal and froze it."""
    first: Due | None = None
    due: Due | None = None
    anchor: When | None = None
    """The day from which its instrument counts."""
    trace: list[str] = field(default_factory=list)
    moved: dict[str, str | None] = field(default_factory=dict)
    """Event -> the due day after it."""
    sums: list[tuple[str, Due, date, tuple[str, ...]]] = field(default_factory=list)
    """Events whose count gives another day than the one they name: event, the day that applies, the sum, and the events
    behind the day that it counts from."""
    moves: list[Moved] = field(default_factory=list)
    """Every move of the date, with the day before and after it."""
    tolled: bool = False
    status: str = "pending"
    because: tuple[str, ...] = ()
    branches: list[Entry] = field(default_factory=list)
    branches_by: str | None = None
    """The extension that gave the branches."""
    granted_by: dict[str, str] = field(default_factory=dict)
    """Extension -> the grant of an approval by which a date that it gave on a condition holds."""
    limit: date | None = None
    """The latest day to which it can be extended."""
    longest: int | None = None
    """How many days it can be extended by in all."""
    used: int = 0
    """How many days extensions gave."""
    tolled_days: int = 0
    """How many days tolling moved it by."""

    @property
    def causes(self) -> tuple[str, ...]:
        """The events that made its date, and those that say whose it is and how hard it binds."""
        due = self.due.because if self.due is not None else self.history_because
        return tuple(
            dict.fromkeys((*due, *owed(self.deadline, "obligation", "force", "set_by", "subject", "order_id")))
        )

    @cached_property
    def history_because(self) -> tuple[str, ...]:
        """The events that set it, moved it or stopped its clock, one after another."""
        deadline = self.deadline
        found = [deadline.set_mark.id] if deadline.set_mark else []
        found += self.first.because if self.first is not None else ()
        for shift in deadline.shifts:
            found.append(shift.id)
            if shift.toll is not None and shift.toll.resumed_by is not None:
                found.append(shift.toll.resumed_by)
        found += self.granted_by.values()
        return tuple(dict.fromkeys(found)) or deadline.origin.because

    def due_at(self, moment: Moment) -> Due | None:
        """What was due at a moment, by the moves that had come until then."""
        due = self.first
        for move in self.moves:
            if move.shift.start <= moment:
                due = move.after
        return due

    @property
    def open(self) -> bool:
        return self.status in OPEN

    @property
    def binding(self) -> bool:
        return self.deadline.force in BINDING


def due_as_written(when: When, here: tzinfo, because: tuple[str, ...]) -> Due | None:
    """A date as written: it falls at the end of its latest day."""
    end = _end(when.text, here)
    return None if end is None else Due(when.text, *end, because)


@lru_cache(maxsize=65_536)
def _end(text: str, here: tzinfo) -> tuple[date, Moment] | None:
    """The last civil day of a date as written, and the last moment of it; None where that is open."""
    when = When.parse(text)
    day = when.last_day(here)
    return None if day is None else (day, when.closes(here))


def due_on(day: date | None, here: tzinfo, because: tuple[str, ...]) -> Due | None:
    """A date that was counted."""
    return None if day is None else Due(day.isoformat(), day, end_of_day(day, here), because)
