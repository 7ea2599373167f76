"""Equality of JSON values, by the rules of canonical JSON (RFC 8785): 1 equals 1.0, and true equals no number."""

from collections.abc import Iterable, Mapping
from typing import Any

_TEXT = frozenset({str})


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values have the same canonical bytes, at every depth."""
    if one is other:
        return True
    kind = type(one)
    if kind is str:
        return bool(one == other)
    if kind is tuple and type(other) is tuple and len(one) != len(other):
        return False  # a history that has grown: its members need not be compared
    # Python's own comparison is quick, and errs on one side alone: it takes true for 1 and false for 0.
    return bool(one == other) and _same_kinds(one, other)


def _same_kinds(one: Any, other: Any) -> bool:
    """Whether two values that Python holds to be equal have booleans in the same places."""
    if isinstance(one, list | tuple):
        if _TEXT.issuperset(map(type, one)):
            return True
        pairs: Iterable[tuple[Any, Any]] = zip(one, other, strict=True)
    elif isinstance(one, Mapping):
        pairs = [(value, other[name]) for name, value in one.items()]
    else:
        return isinstance(one, bool) == isinstance(other, bool)
    for mine, theirs in pairs:  # most members are text: no call for one
        if type(mine) is not str and mine is not theirs and not _same_kinds(mine, theirs):
            return False
    return True
