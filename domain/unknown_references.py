"""Unknown references: their problem, and refusals and warnings completed with the nearest names that a record holds.

Deciding itself seeks none: it is done under the lock of a log, and seeking takes time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from domain.errors import ParleyError, Problem, UnknownDeal, summary
from domain.nearest_names import nearest, nearest_hint

REFERENCES = 10
"""Unknown references of one answer for which the nearest names are sought."""

DEAL = "deal"
"""The kind under which the ids of deals are sought."""

EVENT = "event"
"""The kind under which the ids of a deal's events are sought."""

Names = Callable[[str, str, str], Iterable[str]]
"""Ids that the record of a deal holds, given deal, kind and the unknown id: all of that kind, or those around it."""


def unknown_reference(pointer: str, type_name: str, sought: tuple[str, str, str]) -> Problem:
    """The problem of an event that acts on an entity (deal, kind, id) that its record does not hold."""
    _, kind, entity_id = sought
    name = kind.replace("_", " ")
    article = "an" if name[0] in "aeiou" else "a"
    detail = f"{type_name} acts on {article} {name} {entity_id!r}, which the record does not hold."
    return Problem(pointer, "unknown-reference", detail, sought=sought, hint="create-first")


def as_warning(problem: Problem) -> Problem:
    """The problem of an unknown reference that is accepted: nothing need be sent again."""
    return replace(problem, hint="create-or-correct")


def with_nearest(problems: Iterable[Problem], names: Names) -> tuple[Problem, ...]:
    """The problems, the first unknown references among them with the names spelt most like what was sent."""
    found: dict[tuple[str, str, str], tuple[str, ...]] = {}
    completed = []
    for problem in problems:
        sought = problem.sought
        if sought is not None and not problem.nearest and (sought in found or len(found) < REFERENCES):
            if sought not in found:
                found[sought] = nearest(sought[2], (name for name in names(*sought) if name != sought[2]), cutoff=0.4)
            near = found[sought]
            hint = f"nearest: {', '.join(near)}" if near else "it holds nothing that is spelt like that"
            problem = replace(problem, detail=f"{problem.detail.rstrip('.')}; {hint}.", nearest=near)
        completed.append(problem)
    return tuple(completed)


def complete(refusal: ParleyError, names: Names) -> None:
    """Name the nearest in a refusal, and in its sentence."""
    if isinstance(refusal, UnknownDeal):
        deal_id = str(refusal.extra["deal_id"])
        near = nearest(deal_id, names(deal_id, DEAL, deal_id))
        if near:
            refusal.detail = f"{refusal.detail.rstrip('.')}{nearest_hint(near)}."
            refusal.extra["nearest"] = list(near)
    if lacks_nearest(refusal.problems):
        refusal.problems = with_nearest(refusal.problems, names)
        refusal.detail = summary(refusal.problems)


def lacks_nearest(problems: Sequence[Problem]) -> bool:
    """Whether any of these is an unknown reference."""
    return any(problem.sought is not None for problem in problems)
