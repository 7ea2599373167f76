"""The difference of two JSON values as a patch (RFC 6902): add, remove and replace, the same for the same values."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.json_equality import equal
from projections.replay.answers import PatchOperation


def make_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[PatchOperation]:
    """The patch that makes `after` of `before`."""
    return list(_objects(before, after, ""))


def initial_patch(after: Mapping[str, Any]) -> list[PatchOperation]:
    """The patch that makes `after` of an empty object, or of any other with no more members."""
    return [_add(f"/{_token(name)}", value) for name, value in after.items()]


def _values(before: Any, after: Any, path: str) -> Iterator[PatchOperation]:
    if equal(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    else:
        yield {"op": "replace", "path": path, "value": after}


def _objects(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[PatchOperation]:
    for name in sorted(before.keys() - after.keys()):
        yield _remove(f"{path}/{_token(name)}")
    for name, value in after.items():
        place = f"{path}/{_token(name)}"
        if name in before:
            yield from _values(before[name], value, place)
        else:
            yield _add(place, value)


def _lists(before: Sequence[Any], after: Sequence[Any], path: str) -> Iterator[PatchOperation]:
    """Equal items at both ends are kept; in between, items are replaced one by one, removed or added."""
    start = _common_prefix_length(before, after)
    end = _common_prefix_length(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    for offset, (was, becomes) in enumerate(zip(old, new, strict=False)):
        yield from _values(was, becomes, f"{path}/{start + offset}")
    common = min(len(old), len(new))
    for index in range(start + len(old) - 1, start + common - 1, -1):
        yield _remove(f"{path}/{index}")
    for offset, value in enumerate(new[common:]):
        yield _add(f"{path}/{start + common + offset}", value)


def _common_prefix_length(one: Sequence[Any], other: Sequence[Any]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if not equal(mine, theirs):
            break
        count += 1
    return count


def _add(path: str, value: Any) -> PatchOperation:
    return {"op": "add", "path": path, "value": value}


def _remove(path: str) -> PatchOperation:
    return {"op": "remove", "path": path}


def _token(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
