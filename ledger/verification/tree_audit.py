"""The audit of the tree beside its parts: checkpoints from outside, and the tree where an audit goes on."""

from collections.abc import Iterator, Sequence

from domain.errors import NotProven
from ledger.ledger import Ledger
from ledger.merkle.note import Key, open_checkpoint
from ledger.merkle.tree import Frontier, Tree, leaf_hash
from ledger.tlog.transparency_log import Head, TransparencyLog
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.audited_part import EarlierCheckpoint
from ledger.verification.log_part import rewritten

STRETCH_LEAVES = 5_000
"""Leaves read at once."""


def leaves(ledger: Ledger, end: int) -> Iterator[tuple[int, bytes, bytes]]:
    """Position, leaf and leaf hash of the first events."""
    position = 0
    while position < end:
        rows = ledger.leaves(position, min(STRETCH_LEAVES, end - position))
        if not rows:
            return
        yield from rows
        position = rows[-1][0]


def heads(transparency_log: TransparencyLog, after: int = 0) -> Iterator[Head]:
    """Every tree head over more than so many leaves, as it was last signed."""
    while found := transparency_log.heads(after, limit=1_000):
        yield from found
        after = found[-1].size


def kept_checkpoint(origin: str, note: bytes, keys: Sequence[Key], head: int) -> EarlierCheckpoint | AuditFinding:
    """A checkpoint from outside, to be compared with a log of `head` events; or why it cannot hold."""
    try:
        old = open_checkpoint(note, keys).checkpoint
    except NotProven as error:
        return AuditFinding(0, None, "kept-unsigned", f"the kept checkpoint does not hold: {error}")
    if old.origin != origin:
        return AuditFinding(0, None, "kept-of-another-log", f"the kept checkpoint is of {old.origin}, not {origin}.")
    if old.size > head:
        why = f"{old.size} leaves had been signed when the checkpoint was kept, and the log has {head}: rolled back."
        return AuditFinding(head, None, "rolled-back", why)
    return EarlierCheckpoint(old.size, old.root)


def hashes_at(ledger: Ledger, transparency_log: TransparencyLog, size: int) -> Frontier:
    """The tree at a size by the recorded hashes, from the stored tiles where these reach so far."""
    if transparency_log.stored_size() >= size:
        return Tree(size, transparency_log.read_tile).frontier()
    frontier = Frontier()
    for _, _, digest in leaves(ledger, size):
        frontier.append(digest)
    return frontier


class PassedLeaves:
    """The leaves before the position after which an audit goes on."""

    def __init__(self, ledger: Ledger, transparency_log: TransparencyLog, size: int) -> None:
        self.ledger, self.transparency_log, self.size = ledger, transparency_log, size
        self.tree = Frontier()

    def compare(self, kept: Sequence[EarlierCheckpoint]) -> Iterator[AuditFinding]:
        """Hash them again: they continue the checkpoints of at most so many leaves. Afterwards `tree` is of all."""
        due = sorted((each for each in kept if each.size <= self.size), key=lambda each: each.size)
        for number, (_, leaf, _) in enumerate(leaves(self.ledger, self.size), 1):
            self.tree.append(leaf_hash(leaf))
            while due and due[0].size == number:
                yield from self._kept(due.pop(0))

    def _kept(self, kept: EarlierCheckpoint) -> Iterator[AuditFinding]:
        if self.tree.root() != kept.root:
            good = max((each.size for each in heads(self.transparency_log) if each.size < kept.size), default=0)
            first = self.ledger.read_log(good, 1)
            yield rewritten(kept, good, first[0].id if first else None)
