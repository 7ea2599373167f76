"""Equality of JSON values, by the rules of canonical JSON (RFC 8785): 1 equals 1.0, and true equals no number."""

from collections.abc import Mapping
from typing import Any


def equal(one: Any, other: Any) -> bool:
    """Whether two JSON values have the same canonical bytes, at every depth."""
    if one is other:
        return True
    # Python's own comparison is quick, and errs on one side alone: it takes true for 1 and false for 0.
    return bool(one == other) and _same_kinds(one, other)


def _same_kinds(one: Any, other: Any) -> bool:
    """Whether two values that Python holds to be equal have booleans in the same places."""
    if one is other:
        return True
    if isinstance(one, Mapping):
        return all(_same_kinds(value, other[name]) for name, value in one.items())
    if isinstance(one, list | tuple):
        return all(_same_kinds(mine, theirs) for mine, theirs in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool)
