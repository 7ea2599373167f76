"""Equality of JSON values, by the rules of canonical JSON (RFC 8785): 1 equals 1.0, and true equals no number."""

from collections.abc import Mapping
from typing import Any


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
    if one is other or type(one) is str:
        return True
    if isinstance(one, list | tuple):
        return all(map(_same_kinds, one, other))
    if isinstance(one, Mapping):
        return all(_same_kinds(value, other[name]) for name, value in one.items())
    return isinstance(one, bool) == isinstance(other, bool)
