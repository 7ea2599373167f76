"""A document as the patches of a replay change it: the value at each place before and after a patch."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from domain.state_paths import ABSENT, get, tokens_of
from projections.replay.answers import PatchOperation

Tokens = tuple[str, ...]


class PatchedDocument:
    """A document that patches are applied to. Values are shared with the patches and never changed in place."""

    def __init__(self) -> None:
        self._value: Any = {}

    def changes(self, patch: Iterable[PatchOperation]) -> Iterator[tuple[Tokens, Any, Any]]:
        """The place, the value before and the value after of each operation, which is applied; ABSENT: none."""
        for operation in patch:
            tokens = tokens_of(operation["path"])
            after = operation.get("value", ABSENT)
            before = ABSENT if operation["op"] == "add" else get(self._value, tokens)
            self._value = _changed(self._value, tokens, operation)
            yield tokens, before, after


def _changed(value: Any, tokens: Sequence[str], operation: PatchOperation) -> Any:
    """A value in which an operation changed what lies at a place below it."""
    if not tokens:
        return operation["value"]
    copy: Any = [*value] if isinstance(value, list) else dict(value)
    place: Any = int(tokens[0]) if isinstance(value, list) else tokens[0]
    if len(tokens) > 1:
        copy[place] = _changed(copy[place], tokens[1:], operation)
    elif operation["op"] == "remove":
        del copy[place]
    elif operation["op"] == "add" and isinstance(copy, list):
        copy.insert(place, operation["value"])
    else:
        copy[place] = operation["value"]
    return copy
