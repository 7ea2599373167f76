"""The table of the desk: one entry for each thing that was done, printed and written as JSON at once."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TypedDict

from benchmarks.posting import percentile

HEADING = f"{'what':<44}{'status':>22}{'ms':>12}{'p99 ms':>11}{'CPU ms':>11}{'RSS MB':>9}  note"

NOTE = 120
"""Characters of a note that an error makes."""


class Members(TypedDict, total=False):
    """Members of an entry (see Entry)."""

    status: str
    ms: float
    p99_ms: float
    cpu_ms: float
    rss_mb: float
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done; milliseconds are those of the clock, and the CPU's those of the server's processes."""

    what: str
    status: str = "done"
    """`done`, a status of HTTP, or `not done in N s`."""
    ms: float | None = None
    """The median where it was done several times."""
    p99_ms: float | None = None
    cpu_ms: float | None = None
    rss_mb: float | None = None
    """Of the server with its children, afterwards."""
    note: str = ""

    def entry(self) -> dict[str, object]:
        """Its members that are known."""
        members = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            name: round(value, 2) if isinstance(value, float) else value
            for name, value in members.items()
            if value not in (None, "")
        }

    def __str__(self) -> str:
        def number(value: float | None, width: int) -> str:
            return f"{'' if value is None else f'{value:,.1f}':>{width}}"

        numbers = number(self.ms, 12) + number(self.p99_ms, 11) + number(self.cpu_ms, 11) + number(self.rss_mb, 9)
        return f"{self.what:<44}{self.status:>22}{numbers}  {self.note}".rstrip()


@dataclass(slots=True)
class Table:
    """All entries, and what they are about; the file has them at any time."""

    file: Path
    about: dict[str, object]
    entries: list[Entry] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Note an entry, print it, and write them all."""
        if not self.entries:
            print(HEADING)
        self.entries.append(entry)
        print(entry, flush=True)
        content = {"about": self.about, "entries": [each.entry() for each in self.entries]}
        self.file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def milliseconds(seconds: Sequence[float]) -> Members:
    """The median and the 99th percentile of what was done several times."""
    return {"ms": median(seconds) * 1_000, "p99_ms": percentile(seconds, 0.99) * 1_000}


def late(seconds: float) -> str:
    """The status of what was ended after so many seconds."""
    return f"not done in {seconds:.0f} s"
