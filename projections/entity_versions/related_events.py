"""Groups of events about the record that bear on each other: which of a group stand does not depend on any other."""

from collections.abc import Iterable, Iterator

from domain.corrections import ABOUT_THE_RECORD
from domain.envelope import RecordedEvent


class RelatedEvents:
    """The corrections, voidings and reinstatements of one deal, joined where one is about another or about the same."""

    def __init__(self) -> None:
        self._groups: dict[str, tuple[set[str], list[int]]] = {}
        """By the id of an event the ids and the versions of its group: those corrected are in it too."""
        self._ids: dict[int, str] = {}

    def add(self, line: RecordedEvent) -> None:
        """Put an event in its group."""
        if line.version in self._ids or not isinstance(line.event, ABOUT_THE_RECORD):
            return
        self._ids[line.version] = line.id
        groups = {id(each): each for name in (line.id, line.event.event_id) if (each := self._groups.get(name))}
        ids, versions = {line.id, line.event.event_id}, [line.version]
        for its_ids, its_versions in groups.values():
            ids |= its_ids
            versions += its_versions
        joined = (ids, sorted(versions))
        for name in ids:
            self._groups[name] = joined

    def groups(self, versions: Iterable[int]) -> Iterator[tuple[set[str], list[int]]]:
        """The group of each of these events, each once: the ids in it, and the versions of those about the record."""
        found = {}
        for version in versions:
            name = self._ids.get(version)
            if name is not None:
                group = self._groups[name]
                found[id(group)] = group
        yield from found.values()
