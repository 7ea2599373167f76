"""The nearest names: those spelt most like one that is not known, for errors that say what may have been meant.

What is asked comes from outside, and so do the names that a record holds: both are bounded here, for comparing two
texts by `difflib` takes time by the product of their lengths.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice, pairwise

NAME_CHARACTERS = 64
"""Of a name, from its start, that are compared."""

CANDIDATES = 10_000
"""Names that are looked at; beyond them the first ones are."""

COMPARED = 50
"""Names that are compared in full: those that share most pairs of characters with the one that is sought."""


def nearest(name: str, candidates: Iterable[str], *, count: int = 3, cutoff: float = 0.6) -> tuple[str, ...]:
    """At most `count` of the candidates, the most similar first; none that is less similar than `cutoff` (0 to 1)."""
    wanted = name[:NAME_CHARACTERS]
    whole = {each[:NAME_CHARACTERS]: each for each in islice(candidates, CANDIDATES)}
    compared: Iterable[str] = whole
    if len(whole) > COMPARED:
        sought = set(_pairs(wanted))
        compared = nlargest(COMPARED, whole, key=lambda each: _shared(sought, each))
    return tuple(whole[each] for each in get_close_matches(wanted, compared, n=count, cutoff=cutoff))


def nearest_hint(near: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: "; nearest: " and the names; empty where there is none."""
    names = ", ".join(near)
    return f"; nearest: {names}" if names else ""


FIELDS_NAMED = 12
"""Fields that a sentence lists."""


def field_hint(near: Iterable[str], fields: Iterable[str]) -> str:
    """The end of a sentence about an unknown field: the nearest ones, or where none is near all that there are."""
    if hint := nearest_hint(near):
        return hint
    known = sorted(fields)
    more = len(known) - FIELDS_NAMED
    return f"; the fields are: {', '.join(known[:FIELDS_NAMED])}{f' and {more} more' if more > 0 else ''}"


def _pairs(name: str) -> Iterable[tuple[str, str]]:
    return pairwise(f"\0{name}\0")


def _shared(sought: set[tuple[str, str]], name: str) -> float:
    return len(sought.intersection(_pairs(name))) / (len(sought) + len(name) + 1)
