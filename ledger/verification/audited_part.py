"""The audit of one part of a log: what it is given and what it returns. All but the source can be sent to another
process."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.time.instants import Moment
from ledger.merkle.note import Key
from ledger.merkle.tree import Frontier
from ledger.tlog.transparency_log import Head
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.event_audit import Link, StoredEvent, Tip

BLOCK_LEAVES = 1 << 12
"""After so many leaves the findings about stored hashes are reported, wherever the log is cut."""


class PartSource(Protocol):
    """What is stored of a log."""

    def events(self, after: int, to: int) -> Iterable[StoredEvent]:
        """The events at the positions after one, up to another, in their order."""

    def last_event(self, to: int) -> tuple[int, str, Moment] | None:
        """Position, id and time of recording of the last event up to a position."""

    def first_event(self, after: int, to: int) -> str | None:
        """The id of the first event in a range."""

    def heads(self, after: int, to: int) -> Sequence[Head]:
        """The tree heads of sizes in a range, in their order."""

    def heads_before(self, size: int) -> Iterator[Head]:
        """The tree heads of at most a size, the largest first."""

    def read_tile(self, level: int, index: int, width: int) -> bytes:
        """The first hashes of a tile."""


@dataclass(frozen=True, slots=True)
class EarlierCheckpoint:
    """A checkpoint from outside: the first leaves must still be those under it."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class AuditScope:
    """What the parts of one audit have in common."""

    origin: str
    keys: tuple[Key, ...]
    """The keys that may sign a tree head."""
    stored: int
    """The number of leaf hashes that the stored tree has."""
    jumps: tuple[tuple[Moment, Moment], ...] = ()
    """From when to when the clock went back, by the heads that were signed under it."""
    kept: tuple[EarlierCheckpoint, ...] = ()
    """In any order."""


@dataclass(frozen=True, slots=True)
class RootToCompare:
    """A root that the tree must have at a size, which the parts before complete."""

    root: bytes
    leaves: Frontier | None
    """The leaves of the part up to that size; None where one is missing."""
    finding: AuditFinding
    """The finding if the tree has another root."""
    kept: bool
    """Whether it is of a checkpoint from outside: the leaves themselves are compared, not the hashes beside them."""


@dataclass(frozen=True, slots=True)
class OfTiles:
    """A finding about stored hashes: it comes after those about the events of its block."""

    finding: AuditFinding


class BlockEnd:
    """The end of a block, a range of BLOCK_LEAVES positions."""


Item = AuditFinding | RootToCompare | Link | OfTiles | BlockEnd


@dataclass(slots=True)
class AuditedPart:
    """The result of the audit of one part."""

    after: int
    to: int
    position: int = 0
    """The last event up to the end of the part."""
    items: list[Item] = field(default_factory=list)
    """In the order of the log: findings, and what the parts before decide."""
    hashes: Frontier | None = None
    """The leaf hashes as recorded; None where an event is missing."""
    leaves: Frontier | None = None
    """The hashes of the leaves themselves: the same object as `hashes` where they do not differ."""
    tips: dict[str, Tip] = field(default_factory=dict)
    """Deal -> the end of its chain."""
    erased: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Event without payload -> its position and deal."""
    erasures: set[tuple[str, str]] = field(default_factory=set)
    """Deal and event of each erasure."""
