"""The decoded record of a deal, and the versions of it at a moment or position."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo

from domain.bitemporal import zone_of
from domain.envelope import RecordedEvent
from domain.errors import InvalidInput
from domain.time.instants import Moment


@dataclass
class History:
    """The record of one deal, decoded, as far as it was read."""

    deal_id: str
    lines: list[RecordedEvent] = field(default_factory=list)
    zone: tzinfo = field(default_factory=lambda: zone_of(()))

    @property
    def version(self) -> int:
        return self.lines[-1].version if self.lines else 0

    def version_at(self, moment: Moment) -> int:
        return bisect_right(self.lines, moment, key=lambda line: line.recorded_at)

    def version_at_position(self, position: int) -> int:
        return bisect_right(self.lines, position, key=lambda line: line.position)

    def catch_up(self, newer: "History") -> None:
        """Take over what was read of the record since, which continues this one."""
        self.lines, self.zone = newer.lines, newer.zone

    def following(self, lines: Iterable[RecordedEvent]) -> Iterator[RecordedEvent]:
        """These lines, which continue the record. Raises InvalidInput at one that is not the version that is due."""
        for due, line in enumerate(lines, self.version + 1):
            if line.version != due:
                named = f"the event {line.id!r} at position {line.position}"
                raise InvalidInput(f"{named} says that it is version {line.version} of its deal, where {due} is due.")
            yield line

    @property
    def extent(self) -> "History":
        return self

    def recorded_of(self, version: int) -> tuple[int, Moment]:
        line = self.lines[version - 1]
        return line.position, line.recorded_at
