"""The changes of a state as sentences speak of them: one for each entry that came or went, and each member declared."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from domain.json_equality import equal
from domain.sections.context import COUNT, is_shown_count
from domain.sections.section import Form, Section
from domain.sections.wording import COMMON, Member, value_member
from domain.sentences.words import plain
from domain.state import COUNTERS, SECTIONS
from domain.state_paths import ABSENT
from projections.temporal import members
from projections.temporal.members import is_cause, without_causes

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """One change that a sentence speaks of."""

    section: str
    entry: Tokens
    """The entry by its id, its two names, or what identifies it in a list; empty where a section is one value."""

    member: str
    """The member as it is declared; empty for an entry as a whole."""

    key: Tokens
    """What replaces each * in the name of the member."""

    was: Any
    now: Any
    """The member before and after; None where it is missing."""

    was_entry: Any
    now_entry: Any
    """The entry around it before and after."""

    @property
    def place(self) -> tuple[str, Tokens, str, Tokens]:
        """What distinguishes it from other changes."""
        return self.section, self.entry, self.member, self.key

    @property
    def words(self) -> Member | None:
        """The declared words of its member; None for an entry as a whole."""
        return word_of(self.section, self.member) if self.member or self.is_value else None

    @property
    def is_value(self) -> bool:
        """Whether its section is one plain value."""
        return SECTIONS[self.section].form is Form.VALUE

    @property
    def is_new_entity(self) -> bool:
        """Whether an entity of the deal came."""
        return self.words is None and self.was is None and SECTIONS[self.section].form is Form.ENTRIES

    @property
    def is_repeated(self) -> bool:
        """Whether it repeats at more length what another member says."""
        if self.words is None:
            return False
        return is_shown_count(self.member.rpartition(".")[2]) or self.member in SECTIONS[self.section].wording.repeated

    @property
    def is_cut(self) -> bool:
        """Whether it is a long list of which the newest members are shown."""
        count = (*f"{self.member}{COUNT}".split("."),)
        return any(_below(entry, count) is not None for entry in (self.was_entry, self.now_entry))


@lru_cache(maxsize=4096)
def word_of(section: str, member: str) -> Member:
    """The words for a member: as its section declares, as any entry has, else by its name."""
    found = SECTIONS[section].wording.members.get(member) or COMMON.get(member)
    return found or value_member(f"the {plain(member.rpartition('.')[2])}")


def units_of(tokens: Tokens, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Unit]:
    """The changes behind one difference of two states. `before` and `after` are all their sections."""
    section = SECTIONS[tokens[0]]
    one, other = before.get(section.name), after.get(section.name)
    match section.form:
        case Form.VALUE:
            return [Unit(section.name, (), "", (), one, other, None, None)]
        case Form.LIST:
            return list(_of_list(section, one, other))
        case Form.OBJECT:
            if len(tokens) == 1 and section.wording.new and (one is None or other is None):
                return [Unit(section.name, (), "", (), one, other, one, other)]
            return list(_of_members(section, (), tokens[1:], one, other))
    depth = 1 if section.form is Form.ENTRIES else 2
    return list(_of_entries(section, tokens, depth, one or {}, other or {}))


def _of_entries(
    section: Section, tokens: Tokens, depth: int, one: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[Unit]:
    if len(tokens) <= depth:
        held, holds = (_below(each, tokens[1:]) or {} for each in (one, other))
        for name in sorted({*held, *holds}):
            yield from _of_entries(section, (*tokens, name), depth, one, other)
        return
    entry, rest = tokens[1 : depth + 1], tokens[depth + 1 :]
    was, now = _below(one, entry), _below(other, entry)
    if was is None or now is None:
        yield Unit(section.name, entry, "", (), was, now, was, now)
    else:
        yield from _of_members(section, entry, rest, was, now)


def _of_list(section: Section, one: Any, other: Any) -> Iterator[Unit]:
    for key, was, now in members.changed_entries(one, other):
        if was is None or now is None or not isinstance(now, Mapping):
            yield Unit(section.name, (key,), "", (), was, now, was, now)
        else:
            for name in sorted({*was, *now}):
                if is_cause(name) or name in COUNTERS:
                    continue
                yield from _of_members(section, (key,), (name,), was, now)


def _of_members(section: Section, entry: Tokens, rest: Tokens, was: Any, now: Any) -> Iterator[Unit]:
    """The declared members that a place below an entry belongs to, or that lie below it."""
    names, patterns = _declared(section.name)
    for length in range(len(rest), 0, -1):
        found = _matched(names, patterns, rest[:length])
        if found is not None:
            yield from _unit(section, entry, *found, rest[:length], was, now)
            return
    below = sorted({path for name in names for path in _paths(name.split("."), was, now) if path[: len(rest)] == rest})
    for path in below:
        shortest = next((each for each in below if path[: len(each)] == each), path)
        if shortest == path:
            yield from _of_members(section, entry, path, was, now)
    if not below and rest:
        yield from _unit(section, entry, rest[0], (), rest[:1], was, now)


def _unit(section: Section, entry: Tokens, name: str, key: Tokens, path: Tokens, was: Any, now: Any) -> Iterator[Unit]:
    before, after = _below(was, path), _below(now, path)
    if not equal(without_causes(before), without_causes(after)):
        yield Unit(section.name, entry, name, key, before, after, was, now)


@cache
def _declared(section: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The members that a section declares words for or says to be repeated, and those of them with an *."""
    wording = SECTIONS[section].wording
    names = frozenset((*wording.members, *COMMON, *wording.repeated))
    return names, tuple(sorted(each for each in names if "*" in each))


def _matched(names: Collection[str], patterns: Sequence[str], path: Tokens) -> tuple[str, Tokens] | None:
    """The declared name of a path, and what stands for each * in it; None where none is declared."""
    plain_name = ".".join(path)
    if plain_name in names:
        return plain_name, ()
    for name in patterns:
        steps = name.split(".")
        if len(steps) == len(path) and all(step in ("*", each) for step, each in zip(steps, path, strict=True)):
            return name, tuple(each for step, each in zip(steps, path, strict=True) if step == "*")
    return None


def _paths(steps: list[str], *values: Any) -> Iterator[Tokens]:
    """The paths that a declared name has in some values."""
    if not steps:
        yield ()
        return
    held = {name for value in values if isinstance(value, Mapping) for name in value}
    for name in held if steps[0] == "*" else held & {steps[0]}:
        if not is_cause(name) and name not in COUNTERS:
            inner = [value.get(name) for value in values if isinstance(value, Mapping)]
            yield from ((name, *rest) for rest in _paths(steps[1:], *inner))


def _below(value: Any, path: Tokens) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return None if value is ABSENT else value


def path_values(value: Any, path: str) -> Iterator[Any]:
    """The value at a path such as `extension.used` below a value, if there is one."""
    for step in path.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return
        value = value[step]
    yield value
