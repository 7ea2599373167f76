"""The result of verifying a bundle: what was read, and the faults found."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.errors import NotProven
from domain.time.instants import Moment
from ledger.merkle.note import SignedCheckpoint
from ledger.models import Recorded
from ledger.verification import archive

EVERYWHERE = 1 << 62
"""The order of a fault that belongs to no event: after all that do."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A fault: the event, the file, and the reason."""

    order: int
    """The place of the event in the deal; faults are listed in this order."""
    event: str | None
    where: str
    why: str

    def __str__(self) -> str:
        return f"{f'event {self.event}' if self.event else self.where}: {self.why}"


@dataclass(slots=True)
class VerificationResult:
    """The contents of a bundle, and its faults."""

    manifest: Mapping[str, Any]
    faults: list[Fault] = field(default_factory=list)
    rows: list[Recorded] = field(default_factory=list)
    """The deal's events in order of version, positions included where they are known."""
    withheld: set[str] = field(default_factory=set)
    erased: dict[str, str] = field(default_factory=dict)
    heads: dict[int, SignedCheckpoint] = field(default_factory=dict)
    """Tree heads whose signature holds, by size."""
    misdated: list[str] = field(default_factory=list)
    """What is wrong with the dates of cosignatures that hold otherwise, in sentences."""
    stamped: dict[int, Moment] = field(default_factory=dict)
    """Sizes of trees whose head a known authority has stamped, and when."""
    unknown_stamps: list[int] = field(default_factory=list)
    """Sizes of trees whose head an authority has stamped whose certificate was not given."""
    leaves: int = 0
    """In a complete bundle, how many leaves it has."""
    later: int = 0
    """In a complete bundle, how many events the deal has after those of the basis."""

    def __post_init__(self) -> None:
        about, kinds = self.manifest, {"deal": str, "log": str, "checkpoint": int, "complete": bool, "basis": dict}
        for name, kind in kinds.items():
            if type(about.get(name)) is not kind:
                raise NotProven(f"{archive.MANIFEST} does not say {name}, or says it in a form that cannot be read.")

    @property
    def deal(self) -> str:
        return str(self.manifest["deal"])

    @property
    def log(self) -> str:
        """The origin of the log."""
        return str(self.manifest["log"])

    @property
    def size(self) -> int:
        """Leaves under the first checkpoint that covers all of the deal's events."""
        return int(self.manifest["checkpoint"])

    @property
    def complete(self) -> bool:
        """Whether all leaves of the log are there."""
        return bool(self.manifest["complete"])

    def fault(self, order: int, event: str | None, where: str, why: str) -> None:
        self.faults.append(Fault(order, event, where, why))

    def fault_from(self, index: int, where: str, why: str) -> None:
        """A fault of the tree from a leaf index on: attributed to the deal's first event there, or its last."""
        indexes = [row.position - 1 for row in self.rows]
        order = min(bisect_left(indexes, index), len(indexes) - 1)
        self.fault(order, self.rows[order].id if self.rows else None, where, why)


_NUMBER = "(0|[1-9][0-9]{0,18})"

FILED = {
    "checkpoints/": re.compile(f"checkpoints/{_NUMBER}"),
    "consistency/": re.compile(f"consistency/{_NUMBER}-{_NUMBER}"),
    "proofs/": re.compile(rf"proofs/{_NUMBER}\.tlog-proof"),
    "timestamps/": re.compile(rf"timestamps/{_NUMBER}\.tsr"),
}
"""Folder -> how its files are named."""


def numbered(files: Iterable[str], folder: str) -> list[tuple[int, str]]:
    """The files of a folder that are named by a number, with it."""
    named = ((FILED[folder].fullmatch(path), path) for path in files if path.startswith(folder))
    return [(int(match[1]), path) for match, path in named if match]
