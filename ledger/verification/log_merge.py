"""The merge of the audited parts of a log, in their order: the roots of the tree, the chain of each deal, and erasures,
which no part can decide by itself. It reads nothing, and costs little beside the parts."""

from collections.abc import Callable, Iterator

from ledger.merkle.tree import Frontier
from ledger.verification.audit_finding import AuditFinding
from ledger.verification.audited_part import AuditedPart, BlockEnd, OfTiles, RootToCompare
from ledger.verification.event_audit import Link, Tip

Earlier = Callable[[Link], Tip]
"""The tip of a deal before its first event in the parts."""


class LogMerge:
    """The state after some parts."""

    def __init__(
        self,
        hashes: Frontier | None,
        leaves: Frontier | None,
        position: int,
        earlier: Earlier,
    ) -> None:
        """An audit that goes on after a position is given the tree up to there, by the recorded hashes and, if there
        are checkpoints from outside, by the leaves themselves; and what reads the tips of deals."""
        self.hashes, self.leaves = hashes, leaves
        self.position = position
        """Of the last event."""
        self.erased: dict[str, tuple[int, str]] = {}
        self.erasures: set[tuple[str, str]] = set()
        self._earlier = earlier
        self._tips: dict[str, Tip] = {}
        self._of_tiles: list[AuditFinding] = []
        self._differs = False
        """Whether a head was found that is not over these leaves: then no later one is."""

    def add(self, part: AuditedPart) -> Iterator[AuditFinding]:
        """Add the part after those that were added."""
        for item in part.items:
            if isinstance(item, Link):
                yield from item.check(self._tips.get(item.deal_id) or self._earlier(item))
            elif isinstance(item, RootToCompare):
                yield from self._root(item)
            elif isinstance(item, OfTiles):
                self._of_tiles.append(item.finding)
            elif isinstance(item, BlockEnd):
                yield from self._block()
            else:
                yield item
        self.hashes = _joined(self.hashes, part.hashes)
        self.leaves = _joined(self.leaves, part.leaves)
        self.position = max(self.position, part.position)
        self._tips |= part.tips
        self.erased |= part.erased
        self.erasures |= part.erasures

    def end(self) -> Iterator[AuditFinding]:
        """The findings of the last block, after all parts."""
        yield from self._block()

    def missing_payloads(self) -> Iterator[AuditFinding]:
        """The payloads that are missing without an erasure, after all parts."""
        for event, (position, deal_id) in sorted(self.erased.items()):
            if (deal_id, event) not in self.erasures:
                why = "its payload is missing, and no erasure names it."
                yield AuditFinding(position, event, "payload-missing", why)

    def _block(self) -> Iterator[AuditFinding]:
        yield from self._of_tiles
        self._of_tiles.clear()

    def _root(self, item: RootToCompare) -> Iterator[AuditFinding]:
        whole = _joined(self.leaves if item.kept else self.hashes, item.leaves)
        if whole is not None and whole.root() == item.root:
            return
        if item.kept or not self._differs:
            yield item.finding
        self._differs = self._differs or not item.kept


def _joined(before: Frontier | None, following: Frontier | None) -> Frontier | None:
    """The two ranges as one; None where a leaf of either is missing."""
    return None if before is None or following is None else before.joined(following)
