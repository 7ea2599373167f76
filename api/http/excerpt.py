"""Truncates a JSON value before its faults are listed, so that the time this takes is bounded."""

from collections.abc import Collection
from itertools import islice
from typing import Any

from api import limits


class Excerpt:
    """Truncates one value; `left_out` counts the omitted members."""

    def __init__(self, names: Collection[str]) -> None:
        """`names`: members that are never omitted, as their absence would be another fault."""
        self._names = names
        self._room = limits.VALUES_EXPLAINED
        self.left_out = 0

    def cut(self, value: Any) -> Any:
        """The value, or a smaller one with most of the same faults."""
        kept: dict[str, Any] | list[Any]
        if isinstance(value, dict):
            kept = self._members(value)
        elif isinstance(value, list):
            kept = list(islice(value, max(self._room, 1)))
        else:
            return value
        self.left_out += len(value) - len(kept)
        self._room -= len(kept)
        if isinstance(kept, dict):
            return {name: self.cut(each) for name, each in kept.items()}
        return [self.cut(each) for each in kept]

    def _members(self, value: dict[str, Any]) -> dict[str, Any]:
        most = min(limits.STRANGERS_EXPLAINED, max(self._room, 0))
        if len(value) <= most:
            return value
        unknown = islice((name for name in value if name not in self._names), most)
        return {**{name: value[name] for name in value.keys() & set(self._names)}, **{n: value[n] for n in unknown}}
