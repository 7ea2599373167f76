"""What a conflict is, how a rule of conflict is declared, and what such rules compare."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations

from domain.rulebook import rule
from domain.sections.deadline_dates import DueDate
from domain.sections.derivation import Derivation
from domain.sections.feasibility import Review
from domain.sentences.dates import date_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Recorded facts that cannot all be true."""

    members: tuple[str, ...]
    """Ids of the entities, the one that binds first where one does."""

    why: str
    because: tuple[str, ...]
    binds: str | None = None
    """The one that prevails; None where none does."""

    hard: bool = False
    """Hard: someone is bound to breach something. Soft: someone may be misled, or late."""

    verdict: str | None = None
    """For C5: infeasible or at_risk."""


Finder = Callable[[Derivation, dict[str, Review]], Iterator[Conflict]]

DECLARED: dict[str, Finder] = {}
"""The rules of conflict by id, in the order in which they are declared."""


ABOUT = ("/data/new_due", "/data/due")
"""The members of an event that a conflict is about, where it has them."""


def conflict(rule_id: str, example: str) -> Callable[[Finder], Finder]:
    """Declare a rule of conflict, with a case in which it holds."""

    def declare(finder: Finder) -> Finder:
        DECLARED[rule_id] = rule(rule_id, "conflicts", example=example, about=ABOUT)(finder)
        return finder

    return declare


def pairs_of_one_subject(derivation: Derivation) -> Iterator[tuple[DueDate, DueDate]]:
    """Open deadlines of one subject that are due on different days."""
    about = [found for found in derivation.open if found.deadline.subject is not None]
    for one, other in combinations(about, 2):
        if one.deadline.subject == other.deadline.subject and one.due and other.due and one.due.day != other.due.day:
            yield one, other


def causes(*found: DueDate) -> tuple[str, ...]:
    """The events behind the dates of these deadlines, and by which they are open."""
    return tuple(dict.fromkeys(event for each in found for event in (*each.causes, *each.because)))


def due(found: DueDate) -> str:
    """The date of a deadline in words."""
    return date_text(found.due.text) if found.due else "on no known day"


def force(found: DueDate) -> str:
    """The force of the date of a deadline in words."""
    return (found.deadline.force or "of unknown force").replace("_", " ")
