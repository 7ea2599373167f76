"""The members of a list of a state, identified by their subject, so that each change has its own causes."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from domain.json_equality import equal
from domain.sections.context import COUNT
from domain.state import COUNTERS
from domain.state_paths import SUFFIX
from ledger.encoding.canonical_json import canonical

IDENTIFYING_MEMBERS = ("id", "rule", "event_id", "what", "about", "members")
"""Members that identify an entry."""


def without_causes(value: Any) -> Any:
    """A value without what says why, and without day counters."""
    if isinstance(value, dict):
        return {
            name: without_causes(each) for name, each in value.items() if not is_cause(name) and name not in COUNTERS
        }
    return [without_causes(each) for each in value] if isinstance(value, list) else value


@lru_cache(maxsize=4096)
def is_cause(name: str) -> bool:
    """Whether a member of an object only names causes."""
    listed = name.removesuffix(COUNT)
    return listed == "because" or listed.endswith(SUFFIX)


def entries_by_key(entries: Any) -> dict[str, Any]:
    """The entries of a list by their identifying members; none for a value that is no list."""
    found: dict[str, Any] = {}
    for each in entries if isinstance(entries, list) else ():
        key = _entry_key(each)
        while key in found:
            key += "'"
        found[key] = each
    return found


def changed_entries(before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Each entry that came, went or reads otherwise: its key, what it was and what it is; None where there is none."""
    was, now = entries_by_key(before), entries_by_key(after)
    for key in sorted(was.keys() | now.keys()):
        one, other = was.get(key), now.get(key)
        if not equal(without_causes(one), without_causes(other)):
            yield key, one, other


def _entry_key(entry: Any) -> str:
    named = {name: entry[name] for name in IDENTIFYING_MEMBERS if entry.get(name)} if isinstance(entry, dict) else {}
    return canonical(named or entry).decode()
